"""A person is taught signs and sounds by a WebRTC peer, and calls with them after a restart."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import av
import numpy as np
import pytest
from known import known
from nodes import Node, new_folder, serving

from visavis.client.line import Line
from visavis.client.plan import CallPlan
from visavis.client.sound import SoundFile, sound

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

FILMS = Path(__file__).parents[1] / "data" / "signs"
TOKEN = "tom-teaches-signs"
TAUGHT = {"water": "hello", "help": "what are you", "wave": "goodnight moon"}
"""Signs, and what they are taught to mean."""
LINEAGE = """
    select s.session_id, c.user_prompt, c.text as answer, m.trainer_name, m.artifact_hash,
           r.examples_hash, r.example_count, count(e.example_id) as takes,
           count(distinct e.label) as labels, count(distinct e.session_id) as calls
    from session_events s
    join chat c on c.turn_id = s.turn_id
    join models m on m.model_id = (s.payload ->> 'model')::uuid
    join training_runs r using (model_id)
    join training_examples e
      on e.user_id = m.user_id and e.modality = m.modality and e.created_at < r.started_at
    where s.event_type = 'sign' and s.payload ->> 'modality' = 'gesture'
    group by 1, 2, 3, 4, 5, 6, 7
"""


def film(sign: str, take: int) -> Path:
    return FILMS / f"{sign}-a-{take}.mp4"


def hum(begin_hz: float, end_hz: float, seed: int) -> SoundFile:
    """A second of a voice that glides, as somebody makes it who doesn't speak."""
    random = np.random.default_rng(seed)
    time = np.arange(int(48_000 * random.uniform(0.9, 1.2))) / 48_000
    share = time / time[-1]
    glide = begin_hz + (end_hz - begin_hz) * share * random.uniform(0.9, 1.1)
    phase = 2 * np.pi * np.cumsum(glide) / 48_000
    wave = sum(np.sin(n * phase) / n**1.3 for n in range(1, 12)) * np.sin(np.pi * share) ** 0.3
    samples = (wave / np.abs(wave).max() * 12_000).astype(np.int16)
    quiet = np.zeros(int(48_000 * random.uniform(0.2, 0.5)), np.int16)
    return sound("hum", np.concatenate([quiet, samples, quiet]))


SOUNDS = {"yes": (140, 330), "no": (330, 140), "more": (220, 215)}


Ask = Callable[..., Awaitable[Any]]
"""A request to the API, and its answer."""


class Caller:
    """Mia on the line, sitting still before her camera."""

    def __init__(self, line: Line) -> None:
        self.line, self._since = line, 0

    def ask(self, kind: str, **fields: Any) -> None:
        self._since = len(self.line.events)
        self.line.send(kind, **fields)

    def heard(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        """Messages of that kind since the last thing that was done."""
        events = self.line.events[self._since :]
        return [
            event
            for event in events
            if event["type"] == kind and all(event.get(name) == v for name, v in wanted.items())
        ]

    async def told(self, kind: str, seconds: float = 15.0, **wanted: Any) -> dict[str, Any]:
        assert await self.line.until(lambda: bool(self.heard(kind, **wanted)), seconds), (
            f"no {kind} {wanted}: {self.line.events[self._since :][-8:]}"
        )
        return self.heard(kind, **wanted)[0]

    async def sign(self, sign: str, take: int) -> None:
        self._since = len(self.line.events)
        await known(self.line.camera).show(film(sign, take))

    async def voice(self, name: str, seed: int) -> None:
        self._since = len(self.line.events)
        said = self.line.microphone.say(hum(*SOUNDS[name], seed))
        assert await self.line.until(said.finished.is_set, 10)

    async def take(
        self, make: Awaitable[None], **what: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Record a take and keep it; what was told of it."""
        self.ask("label", do="begin", **what)
        await self.told("take", state="recording")
        await make
        self.ask("label", do="end")
        recorded = await self.told("take")
        assert (recorded["state"], recorded["reasons"]) == ("recorded", []), recorded
        self.ask("label", do="keep", id=recorded["id"])
        return recorded, await self.told("take", state="kept")


@asynccontextmanager
async def calling(node: Node, person: str, folder: Path) -> AsyncIterator[Caller]:
    with av.open(str(film("wave", 1))) as container:
        still = folder / "still.png"
        next(container.decode(video=0)).to_image().save(still)
    plan = CallPlan(node.url, camera=still, camera_fps=12, consent=True, token=TOKEN, person=person)
    async with Line(plan) as line:
        caller = Caller(line)
        await caller.told("hello")
        yield caller


@asynccontextmanager
async def api(node: Node) -> AsyncIterator[Ask]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(node.url, headers=headers) as http:

        async def ask(method: str, path: str, status: int = 200, **body: Any) -> Any:
            async with http.request(method, f"/api{path}", json=body or None) as answer:
                told = await answer.json(content_type=None)
                assert answer.status == status, told
                return told

        yield ask


async def learn(ask: Ask, person: str, modality: str) -> dict[str, Any]:
    """Train on all takes, as the page does, and wait for the model that serves then."""
    run = await ask(
        "POST", f"/learners/{person}/trainings", 202, modality=modality, unconfirmed=True
    )
    one: dict[str, Any] = run
    async with asyncio.timeout(90):
        while one["state"] == "training":
            await asyncio.sleep(0.2)
            one = await ask("GET", f"/trainings/{run['run_id']}")
    assert one["state"] == "done", one
    return one


async def test_signs_are_taught_kept_understood_after_a_restart_and_corrected() -> None:
    settings = {
        "VISAVIS_ACCESS": json.dumps([{"token": TOKEN, "user": "tom", "role": "trainer"}]),
        "VISAVIS_CHAT__ENGINE": "off",
        "VISAVIS_MAX_CALLS": "2",
    }
    with new_folder() as folder:
        with serving(folder, **settings) as node:
            person = await taught(node, folder)
        # Another life of the server, which knows only what was kept.
        with serving(folder, **settings) as node:
            await understood(node, person, folder)


async def taught(node: Node, folder: Path) -> str:
    async with api(node) as ask:
        person: str = (await ask("POST", "/learners", 201, name="Mia"))["user_id"]
        async with calling(node, person, folder) as mia:
            mia.ask("label", do="lesson", on=True)
            skeleton = await mia.told("skeleton")
            assert len(skeleton["pose"]) == 25 and skeleton["pose"][0], "the nose is seen"
            for take in (1, 2, 3):
                for sign, label in TAUGHT.items():
                    recorded, kept = await mia.take(
                        mia.sign(sign, take), modality="gesture", label=label, performer="Mia"
                    )
                    assert recorded["tracked"]["body"] == 1.0 and 2 < recorded["seconds"] < 4
            for take in range(2):
                for word in SOUNDS:
                    await mia.take(mia.voice(word, 10 + take), modality="audio", label=word)
            mia.ask("label", do="begin", modality="gesture", label="nothing")
            await mia.line.until(lambda: False, 1.5)
            mia.ask("label", do="end")
            assert "No movement" in (await mia.told("take", state="refused"))["reasons"][0]
            captions = [event for event in mia.line.events if event["type"] == "caption"]
            assert all(event["who"] == "persona" for event in captions)
        model = await learn(ask, person, "gesture")
        assert model["metrics"]["confusion"]["labels"][:3] == sorted(TAUGHT.values())
        await learn(ask, person, "audio")
    (row,) = await node.rows(
        "select * from training_examples where example_id = $1", kept["example"]
    )
    file = folder / row["features_uri"]
    assert row["features_uri"].startswith(f"users/{person}/sessions/")
    assert row["features_hash"] == f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    return person


async def understood(node: Node, person: str, folder: Path) -> None:
    async with calling(node, person, folder) as mia:
        signs = await mia.told("signs")
        assert signs["gesture"] == sorted(TAUGHT.values()) and signs["audio"] == sorted(SOUNDS)
        await mia.told("heard", 30)  # the greeting is over
        await mia.sign("help", 5)
        sign = await mia.told("sign")
        assert sign["label"] == "what are you" and sign["confidence"] > 0.5
        caption = await mia.told("caption", who="caller")
        assert (caption["text"], caption["id"]) == ("what are you", sign["turn"])
        assert (await mia.told("caption", who="persona", id=sign["turn"]))["text"]
        await mia.told("heard", 30, id=sign["turn"])

        await mia.voice("no", 77)
        spoken = await mia.told("sign", modality="audio")
        assert (spoken["label"], spoken["modality"]) == ("no", "audio")
        assert (await mia.told("caption", who="caller", final=True))["text"] == "no"
        await mia.told("heard", 30)

        # A movement that nobody has taught is unknown and says nothing, until it is corrected.
        for take in (1, 2):
            await mia.sign("circle", take)
            unknown = await mia.told("sign")
            assert unknown["label"] is None and "turn" not in unknown
            assert not mia.heard("caption", who="caller")
            mia.ask("label", do="correct", id=unknown["id"], label="all done")
            assert (await mia.told("sign", state="corrected"))["label"] == "all done"
            assert (await mia.told("caption", who="caller"))["text"] == "all done"
            await mia.told("heard", 30)
        async with api(node) as ask:
            anew = await learn(ask, person, "gesture")
        assert "all done" in anew["metrics"]["confusion"]["labels"]
        mia.ask("label", do="lesson", on=True)
        mia.ask("label", do="lesson", on=False)
        assert "all done" in (await mia.told("signs"))["gesture"]
        await mia.sign("circle", 3)
        assert (await mia.told("sign"))["label"] == "all done"

    rows = await node.settled(LINEAGE)
    first = next(row for row in rows if row["user_prompt"] == "what are you")
    assert first["answer"] and first["trainer_name"] == "baseline_knn"
    assert (first["takes"], first["labels"], first["calls"]) == (9, 3, 1)
    assert first["example_count"] == 9 and first["artifact_hash"].startswith("sha256:")
    later = next(row for row in rows if row["user_prompt"] == "all done" and row["takes"] == 11)
    assert later["calls"] == 2 and later["examples_hash"] != first["examples_hash"]
    delays = await node.rows("select value from performance_log where measure = 'sign'")
    assert len(delays) >= 5
    serious = await node.rows("select type, description from faults where type like 'sign%'")
    assert serious == []
