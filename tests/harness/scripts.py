"""The calls. Each goes the same way every time: what is asked has one answer by the rules, so that
it has the same clauses, whichever session it is asked in."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from . import http
from .caller import Caller, Unexpected, calling, empty, ended, film, hum, still
from .node import Node
from .project import ROOT

import sounds  # isort: skip  # `project` has put it on the path

HOUSE = {
    "MAX_CALLS": "4",
    "LIPSYNC__SIZE": "256",  # as any other, for less of the machine
    "CHAT__TEMPERATURE": "0",
    "CHAT__MAX_TOKENS": "24",
    "CHAT__OPENER_AFTER_MS": "0",  # it depends on how fast the model is today
    "VISION__EVERY_S": "600",  # once a call, however long it is
}
"""The settings of the server that most scripts call, all engines on."""
STAND = {
    "DEPLOYMENT_TYPE": "kiosk",
    "LIPSYNC__SIZE": "256",
    "CHAT__ENGINE": "off",
    "VISITS__GONE_S": "6",  # longer than an answer, during which nobody is noticed without a camera
    "VISITS__STAY_S": "4",  # longer than an invitation
    "VISITS__ATTRACT_AFTER_S": "5",  # longer than a goodbye
    "VISION__EVERY_S": "600",
}
RUN, THINK, SHORT = "Where do you run?", "How do you think?", "May I interrupt you?"
"""Questions with one answer each."""
TAKES = 4
"""So often a take is tried."""


@dataclass
class Stage:
    """What a script works with, and where it leaves what the callers were told."""

    node: Node
    folder: Path
    name: str
    told: list[list[dict[str, Any]]] = field(default_factory=list)
    """The server's messages, of one call after the other."""
    answers: list[Any] = field(default_factory=list)
    """What HTTP answered in it."""

    def call(self, **plan: Any) -> "_Call":
        """`async with stage.call(consent=True) as caller`."""
        return _Call(self, plan)

    async def api(self, method: str, path: str, **body: Any) -> Any:
        """Ask the REST API as the operator. Raises Unexpected."""
        headers = {"Authorization": f"Bearer {self.node.token}"}
        async with (
            aiohttp.ClientSession(self.node.url, headers=headers) as http,
            http.request(method, f"/api{path}", json=body or None) as answer,
        ):
            if answer.status >= 400:
                raise Unexpected(f"{method} {path}: {answer.status} {await answer.text()}")
            return await answer.json(content_type=None)


class _Call:
    """A call whose messages go to the stage."""

    def __init__(self, stage: Stage, plan: dict[str, Any]) -> None:
        self._stage = stage
        self._open = calling(stage.node.url, stage.name, **plan)

    async def __aenter__(self) -> Caller:
        caller = await self._open.__aenter__()
        self._stage.told.append(caller.events)
        return caller

    async def __aexit__(self, *error: Any) -> None:
        await self._open.__aexit__(*error)


async def typed(stage: Stage) -> None:
    """By rules, then by the language model; hung up with DELETE."""
    async with stage.call() as caller:
        await caller.greeted()
        await caller.types(SHORT)
        await caller.types("How tall is Mount Everest?")


async def spoken(stage: Stage) -> None:
    """With consent, before a camera: everything is kept."""
    async with stage.call(consent=True, camera=still(stage.folder)) as caller:
        await caller.greeted()
        await caller.says(sounds.speech("How do you hear me?"))
        await caller.wait(0.5)
        await caller.says(sounds.speech("Where do you run?"))


async def interrupted(stage: Stage) -> None:
    """Without a picture either way and without consent: spoken over, then told to be quiet, then
    typed over."""
    async with stage.call(video=False) as caller:
        await caller.greeted()
        caller.ask("text", text=THINK)
        await caller.speaks()
        await caller.says(sounds.speech("Where do you run?"))
        caller.ask("text", text=THINK)
        await caller.speaks()
        caller.ask("interrupt")
        await caller.told("heard", complete=False)
        caller.ask("text", text=THINK)
        await caller.speaks()
        await caller.types(SHORT)


async def taught(stage: Stage) -> None:
    """A lesson, a training, and a call that understands what was taught."""
    person = (await stage.api("POST", "/learners", name="Mia"))["user_id"]
    plan: dict[str, Any] = {
        "camera": still(stage.folder),
        "camera_fps": 12,
        "consent": True,
        "token": stage.node.token,
        "person": person,
    }
    async with stage.call(**plan) as mia:
        await mia.greeted()
        mia.ask("label", do="lesson", on=True)
        await mia.told("skeleton")
        labels = {"water": "where do you run", "help": "how do you think"}
        for take in (1, 2, 3):
            for sign, label in labels.items():
                show = partial(mia.line.camera.show, film(sign, take))
                await _take(mia, show, "keep", "gesture", label)
        await _take(mia, partial(mia.says, hum(220, 215), answered=False), "discard", "audio", "oh")
        for low, high, label in ((140, 330, SHORT), (330, 140, "how old are you")):
            for _ in range(2):
                voice = partial(mia.says, hum(low, high), answered=False)
                await _take(mia, voice, "keep", "audio", label)
        mia.ask("label", do="begin", modality="gesture", label="nothing")
        await mia.wait(1.5)
        mia.ask("label", do="end")
        await mia.told("take", state="refused")
        mia.ask("label", do="lesson", on=False)
        await mia.wait(0.5)
    for modality in ("gesture", "audio"):
        await _learn(stage, person, modality)
    async with stage.call(**plan) as mia:
        await mia.greeted()
        mia.mark()
        await mia.line.camera.show(film("help", 2))
        recognised = await mia.told("sign", state="recognised")
        await mia.told("heard", id=recognised.get("turn"))
        mia.mark()
        await mia.line.camera.show(film("circle", 1))
        weighed = await mia.told("sign")
        mia.ask("label", do="correct", id=weighed["id"], label="where do you run")
        await mia.told("sign", state="corrected")
        await mia.answered()
        await mia.says(hum(330, 140))


async def _take(
    mia: Caller, make: Callable[[], Awaitable[Any]], then: str, modality: str, label: str
) -> None:
    """Record a take, and keep or discard it; once more where a busy machine saw too little."""
    for _ in range(TAKES):
        mia.ask("label", do="begin", modality=modality, label=label)
        await mia.told("take", state="recording")
        await make()
        mia.ask("label", do="end")
        take = await mia.told("take")
        if take["state"] == "recorded":
            break
    else:
        raise Unexpected(f"no take was good enough: {take['reasons']}")
    mia.ask("label", do=then, id=take["id"])
    await mia.told("take", state="kept" if then == "keep" else "discarded")


async def _learn(stage: Stage, person: str, modality: str) -> None:
    run = await stage.api(
        "POST", f"/learners/{person}/trainings", modality=modality, unconfirmed=True
    )
    async with asyncio.timeout(90):
        while run["state"] == "training":
            await asyncio.sleep(0.2)
            run = await stage.api("GET", f"/trainings/{run['run_id']}")
    if run["state"] != "done":
        raise Unexpected(f"the training ended so: {run}")


async def consent(stage: Stage) -> None:
    """Given during the call, judged, taken back, given again."""
    async with stage.call(camera=still(stage.folder)) as caller:
        await caller.greeted()
        caller.ask("consent", given=True)
        turn = await caller.says(sounds.speech("May I interrupt you?"))
        for score, comment in ((1, "Good."), (-0.5, ""), (None, "")):
            caller.ask("judge", id=turn, score=score, **({"comment": comment} if comment else {}))
            await caller.told("judged")
        caller.ask("judge", id=turn, score=0.5)
        await caller.told("judged")
        caller.ask("stats", values={"rtt_ms": 12.5, "browser": "harness"})
        caller.ask("consent", given=False)
        await caller.wait(1.0)
        await caller.types(SHORT)
        caller.ask("consent", given=True)
        await caller.wait(0.5)


async def calibrated(stage: Stage) -> None:
    """The guided check, and a call that remembers it."""
    quiet = sounds.speech("This is how I speak to you.", peak_db=-26.0)
    async with stage.call(consent=True, camera=still(stage.folder)) as caller:
        await caller.greeted()
        caller.ask("calibrate", step="quiet")
        await caller.told("calibration", step="quiet", state="done")
        caller.ask("calibrate", step="speech")
        await caller.says(quiet, answered=False)
        await caller.told("calibration", step="speech", state="done")
        caller.ask("calibrate", step="look")
        await caller.told("calibration", step="look", state="done")
        caller.ask("calibrate", step="set", gain_db=4.0)
        await caller.told("calibration", step="set")
    async with stage.call() as caller:
        await caller.told("calibration", step="remembered")
        await caller.greeted()


async def goodbye(stage: Stage) -> None:
    """The rule that ends a call."""
    async with stage.call() as caller:
        await caller.greeted()
        caller.ask("text", text="Goodbye!")
        await ended(caller)


async def refused(stage: Stage) -> None:
    """Messages that are none, a page that was away, and a hang-up while the persona speaks."""
    async with stage.call() as caller:
        await caller.greeted()
        for kind, fields in (
            ("text", {"text": ""}),
            ("nonsense", {}),
            ("calibrate", {"step": "set"}),
            ("judge", {"id": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "score": 1}),
            ("label", {"do": "begin", "modality": "gesture", "label": "hello"}),
        ):
            caller.ask(kind, **fields)
            await caller.told("take" if kind == "label" else "fault")
        caller.ask("hello", consent=False, away_ms=5_000)
        caller.ask("text", text=THINK)
        await caller.speaks()


async def vanished(stage: Stage) -> None:
    """The caller's machine goes away without a word."""
    command = [sys.executable, "-m", "tests.harness", "hold", stage.node.url]
    caller = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        assert caller.stdout is not None
        said = await caller.stdout.readline()
        if said.strip() != b"greeted":
            raise Unexpected(f"the caller could not call: {said!r}")
    finally:
        caller.kill()
        await caller.communicate()


async def hold(url: str) -> None:
    """The caller of `vanished`, in a process of its own: waits to be killed."""
    async with calling(url, "vanished", camera_fps=5) as caller:
        await caller.greeted()
        sys.stdout.write("greeted\n")
        sys.stdout.flush()
        await caller.wait(120)


async def stand(stage: Stage) -> None:
    """Two visitors, one after the other: one is seen, one only types."""
    async with stage.call(camera=empty(stage.folder), camera_fps=12) as line:
        await line.told("mode", mode="attract")
        await line.told("heard")
        stage.answers.append(await http.busy(stage.node))
        line.ask("consent", given=True)
        await line.line.camera.show(still(stage.folder))
        await line.told("heard")  # the invitation
        line.mark()
        await line.told("mode", mode="introduction")
        await line.told("heard")
        await line.types(SHORT)
        line.mark()
        await line.line.camera.show(empty(stage.folder))
        await line.told("hello")
        await line.told("heard")  # goodbye
        await line.types(SHORT)
        line.mark()
        await line.told("hello")
        await line.told("mode", mode="idle")


IN_THE_HOUSE: dict[str, Callable[[Stage], Awaitable[None]]] = {
    script.__name__: script
    for script in (
        taught, spoken, interrupted, consent, calibrated, typed, goodbye, refused, vanished
    )
}  # fmt: skip
"""Those that compute much first."""
LIGHT = ("goodbye", "refused", "vanished")
"""Beside these the stand is called."""
AT_THE_STAND: dict[str, Callable[[Stage], Awaitable[None]]] = {"stand": stand}
