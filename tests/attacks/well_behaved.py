"""Whoever calls while others attack: types, speaks if the server listens, and must be answered.

In a process of its own it prints what it went through as JSON:

    PYTHONPATH=tests python -m attacks.well_behaved http://127.0.0.1:8443 --calls 3 --seconds 60
"""

import argparse
import asyncio
import itertools
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

from visavis.client import CallPlan
from visavis.client.line import Line
from visavis.client.problems import CallFailed
from visavis.client.sound import SoundFile, sound

QUESTION, ANSWER = "What is your name?", "Iris"
"""Answered by a rule: there is one right answer, and it takes no model."""
ANSWER_S = 20.0
GAP_MS = 60.0
"""A longer pause between two packets of sound is a gap."""


@dataclass
class Asked:
    """A turn. ``at``: when, by the wall's clock; ``turn``: its id, None if it wasn't answered."""

    at: float
    spoken: bool
    answered_ms: float | None = None
    turn: str | None = None


@dataclass
class Account:
    """What a caller went through."""

    session: str | None = None
    asked: list[Asked] = field(default_factory=list)
    gaps: list[tuple[float, float]] = field(default_factory=list)
    """When each began by the wall's clock, and how long it was, ms."""
    own_delay_ms: float = 0.0
    """99 of 100 frames of this caller's own left no later than so: its gaps can't be told from
    its own delays any better."""
    faults: list[str] = field(default_factory=list)
    problem: str | None = None

    @property
    def turns(self) -> list[str]:
        """Of what was answered."""
        return [asked.turn for asked in self.asked if asked.turn is not None]

    @property
    def unanswered(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.turn is None]


class WellBehaved:
    """One call, greeted inside ``async with``. Raises CallFailed."""

    def __init__(self, url: str, source: str, token: str = "") -> None:
        self.account = Account()
        self.line = Line(
            CallPlan(url, video=False, source=source, host_addresses=(source,), token=token)
        )

    async def __aenter__(self) -> Self:
        await self.line.__aenter__()
        greeted = await self.line.until(lambda: bool(self._said("caption", who="persona")), 20)
        if not greeted:
            await self.line.__aexit__(None, None, None)
            raise CallFailed("no_answer", "The persona said nothing within 20 s.")
        self.account.session = self._said("hello")[0]["session"]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.line.__aexit__(kind, error, traceback)
        started = time.time() - time.perf_counter()
        packets = [heard.at for heard in self.line.ear.packets]
        self.account.gaps = [
            (round(started + before, 3), round((after - before) * 1000, 1))
            for before, after in itertools.pairwise(packets)
            if (after - before) * 1000 > GAP_MS
        ]
        late = sorted(self.line.microphone.lateness)
        self.account.own_delay_ms = round(late[len(late) * 99 // 100], 1) if late else 0.0
        self.account.faults = [e["message"] for e in self._said("fault")]

    async def ask(self, spoken: SoundFile | None = None) -> Asked:
        """Type the question, or speak it; wait until the answer is over."""
        line, already = self.line, len(self.line.events)
        asked = Asked(time.time(), spoken is not None)
        self.account.asked.append(asked)
        if spoken is None:
            began = line.now_ms()
            line.send("text", text=QUESTION)
        else:
            utterance = line.microphone.say(spoken)
            await line.until(lambda: utterance.last_voiced_at is not None, 10)
            began = line.ms(utterance.last_voiced_at or time.perf_counter())

        def answer() -> dict[str, Any] | None:
            news = (e for e in line.events[already:] if e["type"] == "caption")
            return next((e for e in news if e["who"] == "persona" and ANSWER in e["text"]), None)

        await line.until(lambda: answer() is not None, ANSWER_S)
        if (found := answer()) is not None:
            asked.answered_ms, asked.turn = round(found["received_ms"] - began, 1), found["id"]
            await line.until(lambda: bool(self._said("heard", id=found["id"])), ANSWER_S)
        return asked

    def _said(self, event: str, /, **fields: object) -> list[dict[str, Any]]:
        return [e for e in self.line.events if e["type"] == event and fields.items() <= e.items()]


async def _converse(
    url: str, source: str, seconds: float, every_s: float, say: SoundFile | None, late_s: float
) -> Account:
    """A turn each ``every_s``, every third one spoken if there is something to ``say``. It begins
    ``late_s`` later."""
    caller = WellBehaved(url, source)
    began = time.monotonic()
    await asyncio.sleep(late_s)
    try:
        async with caller:
            turns = 0
            while time.monotonic() - began < seconds:
                turns += 1
                next_at = time.monotonic() + every_s
                await caller.ask(say if turns % 3 == 0 else None)
                await caller.line.until(partial(_past, next_at), every_s)
    except CallFailed as failure:
        caller.account.problem = f"{failure.kind}: {failure}"
    return caller.account


def _past(moment: float) -> bool:
    return time.monotonic() > moment


async def _main(given: argparse.Namespace) -> list[dict[str, Any]]:
    say = None
    if given.speaking:
        import sounds

        say = sound(QUESTION, sounds.speech(QUESTION))
    accounts = await asyncio.gather(
        *(
            _converse(
                given.url,
                f"127.0.2.{n + 1}",
                given.seconds,
                given.every,
                say if n < given.speaking else None,
                n * 0.7,
            )
            for n in range(given.calls)
        )
    )
    return [asdict(account) for account in accounts]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="attacks.well_behaved")
    parser.add_argument("url")
    parser.add_argument("--calls", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=3.0)
    parser.add_argument("--speaking", type=int, default=0, help="so many of them speak, too")
    sys.stdout.write(json.dumps(asyncio.run(_main(parser.parse_args()))) + "\n")
