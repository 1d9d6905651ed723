"""Somebody on the line: says, types, shows and asks, and waits for what the server tells of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from .project import TESTS, CallFailed, CallPlan, Line, sound

FILMS = TESTS / "data" / "signs"
WAIT_S = 40.0
"""Generous: what is recorded is what happens, not how soon."""


class Unexpected(Exception):
    """A script did not go as it goes; the message says what was waited for."""


class Caller:
    """One open line."""

    def __init__(self, line: Any) -> None:
        self.line = line
        self._since = 0

    @property
    def events(self) -> list[dict[str, Any]]:
        """All messages of the server's."""
        events: list[dict[str, Any]] = self.line.events
        return events

    def mark(self) -> None:
        """What is waited for from now on comes after this moment."""
        self._since = len(self.events)

    def heard(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        """Messages of that kind since the mark."""
        return [
            event
            for event in self.events[self._since :]
            if event["type"] == kind and wanted.items() <= event.items()
        ]

    async def told(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """The first such message since the mark, as soon as it is there. Raises Unexpected."""
        if not await self.line.until(lambda: self.heard(kind, **wanted), WAIT_S):
            last = [e for e in self.events if e["type"] not in ("stats", "skeleton")][-6:]
            raise Unexpected(f"no {kind} {wanted} came; the last messages: {last}")
        return self.heard(kind, **wanted)[0]

    async def wait(self, seconds: float) -> None:
        """Stay on the line."""
        await self.line.until(lambda: False, seconds)

    def ask(self, kind: str, **fields: Any) -> None:
        """Send a message; a mark."""
        self.mark()
        self.line.send(kind, **fields)

    async def greeted(self) -> None:
        """The persona has introduced itself to the end."""
        await self.told("heard")

    async def types(self, text: str) -> str:
        """Type, and hear the answer to its end; the turn's id."""
        self.ask("text", text=text)
        return await self.answered(text)

    async def says(self, samples: NDArray[np.int16], *, answered: bool = True) -> str:
        """Speak (N,) samples at 48 kHz; the turn's id, or "" when nothing is waited for."""
        self.mark()
        utterance = self.line.microphone.say(sound("said", samples))
        if not await self.line.until(utterance.finished.is_set, WAIT_S):
            raise Unexpected("the microphone's packets are not taken")
        return await self.answered() if answered else ""

    async def answered(self, text: str | None = None) -> str:
        """A turn of the caller's is understood, and answered to the end; its id."""
        wanted = {} if text is None else {"text": text}
        turn = str((await self.told("caption", who="caller", final=True, **wanted))["id"])
        await self.told("heard", id=turn)
        return turn

    async def speaks(self) -> None:
        """The persona has begun an answer, and is heard."""
        await self.told("caption", who="persona")
        await self.wait(1.2)


@asynccontextmanager
async def calling(url: str, name: str, **plan: Any) -> AsyncIterator[Caller]:
    """A call of the script `name`, which is a client of its own: what is remembered of a client
    (its microphone's gain) goes from no script to another."""
    async with Line(CallPlan(url, client={"script": name}, **plan)) as line:
        caller = Caller(line)
        await caller.told("hello")
        yield caller


async def ended(caller: Caller) -> None:
    """The server has hung up."""
    try:
        await caller.line.until(lambda: False, WAIT_S)
    except CallFailed:
        return
    raise Unexpected("the server did not hang up")


def film(sign: str, take: int) -> Path:
    """Somebody who makes a sign."""
    return FILMS / f"{sign}-a-{take}.mp4"


def still(folder: Path) -> Path:
    """A picture of somebody who sits still."""
    path = folder / "still.png"
    if not path.exists():
        with av.open(str(film("wave", 1))) as container:
            next(container.decode(video=0)).to_image().save(path)
    return path


def empty(folder: Path) -> Path:
    """A picture of nobody."""
    path = folder / "empty.png"
    if not path.exists():
        grey = np.full((480, 640, 3), 120, np.uint8)
        av.VideoFrame.from_ndarray(grey, format="rgb24").to_image().save(path)
    return path


def hum(begin_hz: float, end_hz: float) -> NDArray[np.int16]:
    """A second of a voice that glides, as somebody makes it who doesn't speak; 48 kHz."""
    time = np.arange(48_000) / 48_000
    phase = 2 * np.pi * np.cumsum(begin_hz + (end_hz - begin_hz) * time) / 48_000
    wave = np.sum([np.sin(n * phase) / n**1.3 for n in range(1, 12)], axis=0)
    wave *= np.sin(np.pi * time) ** 0.3
    quiet = np.zeros(14_400, np.int16)
    voiced = (wave / np.abs(wave).max() * 12_000).astype(np.int16)
    return np.concatenate([quiet, voiced, quiet])
