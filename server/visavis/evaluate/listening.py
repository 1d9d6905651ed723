"""A script of spoken turns played to the parts of a call that hear and answer, faster than it would
be spoken: the wall's time passes only while an engine computes.

The parts are a call's own, put together as `replay.player` does it for calls that were kept.
"""

import asyncio
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from visavis.call.dialogue import making
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.reply import ThoughtOut
from visavis.call.events import Bus, Faulted, LineDue, ReplyEnded
from visavis.call.hearing.audio_input import AudioChunk
from visavis.call.turns.actions import EndTurn
from visavis.call.turns.floor import Floor
from visavis.call.turns.pace import Pace
from visavis.call.turns.segmenter import SpeechSegmenter
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.speaker import Speaker
from visavis.call.voice.utterance import Event
from visavis.engines.stt.base import Recogniser
from visavis.engines.stt.vad import Vad
from visavis.engines.tts.base import Voice
from visavis.engines.turns.base import EndOfTurn
from visavis.evaluate.cases.rows import CaseRow, speaking
from visavis.evaluate.results import TurnResult
from visavis.evaluate.sounds import LEAD_MS, RATE, TAIL_MS, render
from visavis.replay.outcome import Outcome

PACKET = 320
"""Samples of 20 ms, as they come in a call."""
OVER = "over"
"""The kind of line that is spoken over."""
THINK_S = 30.0
"""The longest that such a line takes to be made."""


@dataclass(frozen=True)
class ListeningParts:
    """What hears, answers and speaks. `fault(kind, text)` hears of what fails."""

    recogniser: Recogniser
    voice: Voice
    mind: Mind
    pace: Pace
    end_of_turn: EndOfTurn | None
    fault: Callable[[str, str], None]


class Listening:
    """One script, once."""

    def __init__(self, parts: ListeningParts, row: CaseRow) -> None:
        self._row, self._voice = row, parts.voice
        over = row.get("over")
        mind = parts.mind
        if over is not None:
            mind = replace(mind, lines={**mind.lines, OVER: (over["says"],)})
        bus = self._bus = Bus()
        self._floor = Floor(bus, parts.pace)
        self._floor.expect(False)  # a silence in which nobody is asked whether they are there
        self._playout = Playout(self._playout_event)
        self._dialogue = making.dialogue(
            bus,
            mind,
            self._floor,
            Speaker(parts.voice, None, bus),
            self._playout,
            SessionClock(MediaClock()),
            seed=zlib.crc32(str(row["id"]).encode()) & 0xFFFF,
        )
        self._segmenter = SpeechSegmenter(
            bus, self._floor, Vad(), parts.recogniser, parts.end_of_turn
        )
        self._outcome = Outcome(bus, self._segmenter)
        self._made = asyncio.Event()
        self._cut: bool | None = None
        self.ends = 0
        """Decisions that a turn had ended, those taken back included."""
        bus.subscribe(Faulted, lambda fault: parts.fault(fault.kind, fault.description))
        bus.subscribe(ThoughtOut, lambda _: self._made.set())
        bus.subscribe(ReplyEnded, self._replied)
        bus.subscribe(EndTurn, self._turn_ended)

    async def hear(self) -> TurnResult:
        """All of it, until it is decided and answered."""
        try:
            lead_ms = LEAD_MS if "over" not in self._row else await self._begin_to_speak()
            spoken = render(self._row, self._voice, lead_ms=lead_ms, tail_ms=TAIL_MS)[0]
            await self._listen((spoken * 32767).astype(np.int16))
        finally:
            self._dialogue.close()
            self._segmenter.close()
        played = self._outcome.played
        voice = None
        if "over" in self._row:
            voice = "stops" if self._cut else "goes on"
        return TurnResult(
            speaking(self._row).words,
            "speech",
            heard=played.transcript,
            turns=played.turns,
            answer=played.reply if played.turns else "",
            by=played.systems.get("chat", ""),
            first_ms=played.stages.get("endpoint"),
            voice=voice,
        )

    async def _begin_to_speak(self) -> float:
        """She has the line ready that is spoken over; ms from its first sound to the caller's."""
        over = self._row["over"]
        self._bus.publish(LineDue(OVER))
        async with asyncio.timeout(THINK_S):
            await self._made.wait()
        if "after_ms" in over:
            return float(over["after_ms"])
        return self._playout.queued_ms - float(over["before_end_ms"])

    async def _listen(self, pcm: NDArray[np.int16]) -> None:
        """(N,) at 16 kHz, and silence after it until all of it is decided and answered."""
        loop = asyncio.get_running_loop()
        due, at = loop.time(), 0
        for packet in _packets(pcm):
            if at >= len(pcm) and not self._undecided:
                return
            self._segmenter.sound(AudioChunk(packet, at, monotonic()))
            at += PACKET
            self._segmenter.tick()
            self._playout.tick()
            due = due + PACKET / RATE if self._waiting else loop.time()
            await asyncio.sleep(max(0.0, due - loop.time()))

    @property
    def _undecided(self) -> bool:
        return self._floor.hearing or self._segmenter.busy or self._outcome.answering

    @property
    def _waiting(self) -> bool:
        """Somebody waits for an engine."""
        unsaid = self._outcome.answering and not self._playout.speaking
        return self._segmenter.busy or unsaid

    def _playout_event(self, event: Event) -> None:
        self._dialogue.playout_event(event)

    def _turn_ended(self, _: EndTurn) -> None:
        self.ends += 1

    def _replied(self, ended: ReplyEnded) -> None:
        """The first that ends is the one that is spoken over."""
        if self._cut is None:
            self._cut = ended.cut


def _packets(pcm: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
    """20 ms at a time, and silence for ever."""
    whole = np.concatenate([pcm, np.zeros(-len(pcm) % PACKET, np.int16)])
    yield from whole.reshape(-1, PACKET)
    while True:
        yield np.zeros(PACKET, np.int16)
