"""A kept call's sound and words through today's engines, exchange by exchange.

The parts are a call's own, put together as `call.session` does it; what is of the replay is the
clock, by which the caller's sound comes, and what is heard of the bus (`outcome`).
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from time import monotonic
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.call.dialogue import making
from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing
from visavis.call.events import Bus, Faulted
from visavis.call.hearing.audio_input import AudioChunk
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
from visavis.prompts.graph import Graph, Template, escape
from visavis.replay.kept import RATE, Exchange, Kept
from visavis.replay.outcome import Outcome, Played

PACKET = 320
"""Samples of 20 ms, as they come in a call."""
SETTLED_MS = 200
"""After so much silence whatever was said is at least being transcribed."""

Fault = Callable[[str, str], None]
Pcm = NDArray[np.int16]


@dataclass(frozen=True)
class ReplayEngines:
    """Today's. `recogniser` None: nothing spoken can be played; `voice` None: it stays silent."""

    recogniser: Recogniser | None
    mind: Mind
    voice: Voice | None
    pace: Pace
    end_of_turn: EndOfTurn | None = None


def as_it_was(system_prompt: str) -> Briefing:
    """The words that a kept call's model was told, and nothing beside them."""
    told = [Template(UUID(int=0), "kept", escape(system_prompt)), Template(UUID(int=0), "note", "")]
    return Briefing(Graph(told, [], []), "kept", "note", persona="")


class Player:
    """Plays one call. `on_fault(kind, message)` hears of what fails on the way."""

    def __init__(self, engines: ReplayEngines, kept: Kept, on_fault: Fault) -> None:
        self._on_fault = on_fault
        bus = Bus()
        bus.subscribe(Faulted, self._fault)
        self._floor = Floor(bus, engines.pace)
        self._floor.expect(False)  # a silence in which nobody is asked whether they are there
        self._playout = Playout(self._playout_event)
        self._dialogue = making.dialogue(
            bus,
            engines.mind,
            self._floor,
            None if engines.voice is None else Speaker(engines.voice, None, bus),
            self._playout,
            SessionClock(MediaClock()),
            seed=making.seed_of(kept.session),
        )
        self._segmenter = SpeechSegmenter(
            bus, self._floor, Vad(), engines.recogniser, engines.end_of_turn
        )
        self._outcome = Outcome(bus, self._segmenter)
        self._at = 0
        """Samples of the caller's that have come."""
        self._was = Conversation("")
        """What was said in the call that is played."""
        self._last = ""
        """What the persona said last in it."""

    async def play(self, exchange: Exchange) -> Played | None:
        """The next exchange; None for one that can't be played, which is only remembered."""
        played = None
        if exchange.playable:
            # In a call the model reads ahead while the persona speaks.
            await self._dialogue.go_on_from(self._was, self._last)
            self._outcome.begin()
            if exchange.typed is not None:
                self._dialogue.typed(exchange.typed)
            await self._hear(np.zeros(0, np.int16) if exchange.pcm is None else exchange.pcm)
            played = self._outcome.played
        self._remember(exchange)
        return played

    def close(self) -> None:
        """End what runs."""
        self._dialogue.close()
        self._segmenter.close()

    def _fault(self, fault: Faulted) -> None:
        self._on_fault(fault.kind, fault.description)

    def _playout_event(self, event: Event) -> None:
        self._dialogue.playout_event(event)

    async def _hear(self, pcm: Pcm) -> None:
        """(N,) int16 at 16 kHz, and silence after it until all of it is decided and answered."""
        loop = asyncio.get_running_loop()
        settled = self._at + len(pcm) + SETTLED_MS * RATE // 1000
        due = loop.time()
        for packet in _packets(pcm):
            if self._at >= settled and not self._undecided:
                return
            self._segmenter.sound(AudioChunk(packet, self._at, monotonic()))
            self._at += PACKET
            self._segmenter.tick()
            self._playout.tick()
            due = due + PACKET / RATE if self._waiting else loop.time()
            await asyncio.sleep(max(0.0, due - loop.time()))

    @property
    def _undecided(self) -> bool:
        """More may come of what was heard."""
        return self._floor.hearing or self._segmenter.busy or self._outcome.answering

    @property
    def _waiting(self) -> bool:
        """Somebody waits for an engine."""
        unsaid = self._outcome.answering and not self._playout.speaking
        return self._segmenter.busy or unsaid

    def _remember(self, exchange: Exchange) -> None:
        """The history goes on as it really did."""
        if exchange.voided:
            return
        if said := exchange.said or exchange.transcript:
            self._was.caller(said)
        self._was.persona(exchange.heard, complete=exchange.complete)
        self._last = exchange.heard or self._last


def _packets(pcm: Pcm) -> Iterator[Pcm]:
    """The sound, 20 ms at a time, and silence for ever."""
    whole = np.concatenate([pcm, np.zeros(-len(pcm) % PACKET, np.int16)])
    yield from whole.reshape(-1, PACKET)
    yield from repeat(np.zeros(PACKET, np.int16))
