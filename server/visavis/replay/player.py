"""A kept call's sound and words through today's engines, exchange by exchange."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing, Prompt
from visavis.call.dialogue.reply import Answer
from visavis.call.dialogue.responder import Responder
from visavis.call.events import Bus, Faulted, Transcribed
from visavis.call.hearing.audio_input import AudioChunk
from visavis.call.turns.actions import Abandon, Discard, EndTurn, Prepare, Transcribe
from visavis.call.turns.floor import Floor
from visavis.call.turns.pace import Pace
from visavis.call.turns.segment import Segment
from visavis.call.turns.segmenter import SpeechSegmenter
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.engines.stt.base import Recogniser
from visavis.engines.stt.vad import Vad
from visavis.engines.tts.base import Voice
from visavis.engines.turns.base import EndOfTurn
from visavis.prompts.graph import Graph, Template, escape
from visavis.replay.kept import RATE, Exchange, Kept

PACKET = 320
"""Samples of 20 ms, as they come in a call."""
WAIT_MS = 8_000
"""Silence after a turn's sound in which it must be decided: longer than any deadline in `Pace`."""
SETTLED_MS = 200
"""After so much silence whatever was said is at least being transcribed."""

Fault = Callable[[str, str], None]


@dataclass(frozen=True)
class ReplayEngines:
    """Today's. `recogniser` None: nothing spoken can be played; `voice` None: it stays silent."""

    recogniser: Recogniser | None
    mind: Mind
    voice: Voice | None
    pace: Pace
    end_of_turn: EndOfTurn | None = None


@dataclass
class Played:
    """What came of an exchange now."""

    transcript: str = ""
    reply: str = ""
    turns: int = 0
    """In how many turns it was taken; 1 is as it was, 0: nothing was understood."""
    systems: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)


@dataclass
class _Answer:
    """A reply that is being thought; moments in s on the loop's clock."""

    thought: Answer
    began: float
    clauses: list[str] = field(default_factory=list)
    clause_at: float | None = None
    speech_at: float | None = None
    voice: str = ""


@dataclass
class _Decided:
    """A turn that was taken, with its answer; times in ms of the sound that was played."""

    texts: list[str]
    """One for each turn that the sound was taken for; the answer is the last one's."""
    answer: _Answer
    stt: str = ""
    prepared_ms: float = 0.0
    """When the thinking began."""
    voiced_ms: float = 0.0
    decided_ms: float = 0.0

    def ready_ms(self, at: float | None) -> float | None:
        """A moment of the answer in that time."""
        return None if at is None else self.prepared_ms + (at - self.answer.began) * 1000

    def played(
        self, opener: str = "", clause_ms: float | None = None, speech_ms: float | None = None
    ) -> Played:
        """Stages as `call.stages` defines them, up to the first samples: work that was done while
        the silence was weighed costs its stage nothing. The moments are those of the opener."""
        answer, thought = self.answer, self.answer.thought
        if not opener:
            clause_ms, speech_ms = self.ready_ms(answer.clause_at), self.ready_ms(answer.speech_at)
        stages = {"endpoint": self.decided_ms - self.voiced_ms}
        reached = self.decided_ms
        for stage, ready in (("think", clause_ms), ("speak", speech_ms)):
            if ready is not None:
                stages[stage] = max(0.0, ready - reached)
                reached = max(reached, ready)
        systems = {"stt": self.stt, "chat": thought.system, "tts": answer.voice}
        return Played(
            " ".join(self.texts),
            " ".join(filter(None, [opener, *answer.clauses])),
            len(self.texts),
            {part: name for part, name in systems.items() if name},
            dict(thought.parameters),
            {name: round(ms, 1) for name, ms in stages.items()},
        )


def as_it_was(system_prompt: str) -> Briefing:
    """The words that a kept call's model was told, and nothing beside them."""
    told = [Template(UUID(int=0), "kept", escape(system_prompt)), Template(UUID(int=0), "note", "")]
    return Briefing(Graph(told, [], []), "kept", "note", persona="")


class Player:
    """Plays one call. `on_fault(kind, message)` hears of what fails on the way."""

    def __init__(self, engines: ReplayEngines, kept: Kept, on_fault: Fault) -> None:
        self._engines = engines
        self._on_fault = on_fault
        bus = Bus()
        bus.subscribe(Faulted, self._fault)
        prompt = Prompt(engines.mind.briefing, bus, SessionClock(MediaClock()))
        self._conversation = Conversation(prompt.system.text)
        self._thinking = Responder(
            engines.mind, self._conversation, prompt, bus, seed=seed_of(kept.session)
        )

    async def play(self, exchange: Exchange) -> Played | None:
        """The next exchange; None for one that can't be played, which is only remembered."""
        # In a call the model reads ahead while the persona speaks.
        self._thinking.prime()
        await self._thinking.primed()
        played = None
        if exchange.typed is not None:
            played = await self._typed(exchange.typed)
        elif exchange.pcm is not None:
            hearing = _Hearing(self._engines, self._answer, self._on_fault)
            decided = await hearing.hear(exchange.pcm)
            played = Played() if decided is None else await self._opened(decided)
        if played is not None:
            self._thinking.settle(played.transcript)
        self._remember(exchange)
        return played

    def _fault(self, fault: Faulted) -> None:
        self._on_fault(fault.kind, fault.description)

    def close(self) -> None:
        """Stop reading ahead."""
        self._thinking.close()

    async def _typed(self, text: str) -> Played:
        loop = asyncio.get_running_loop()
        answer = _Answer(self._thinking.answer(text), loop.time())
        await self._think(answer)
        return await self._opened(_Decided([text], answer))

    def _answer(self, text: str) -> tuple[_Answer, asyncio.Task[None]]:
        answer = _Answer(self._thinking.answer(text), asyncio.get_running_loop().time())
        return answer, asyncio.create_task(self._think(answer))

    async def _think(self, answer: _Answer) -> None:
        loop = asyncio.get_running_loop()
        async for clause in answer.thought.clauses:
            answer.clauses.append(clause)
            if answer.clause_at is not None:
                continue
            answer.clause_at = answer.speech_at = loop.time()
            if self._engines.voice is not None:
                try:
                    speech = await asyncio.to_thread(self._engines.voice.say, clause)
                except Exception as error:
                    self._on_fault("tts", f"{type(error).__name__}: {error}")
                    continue
                answer.voice, answer.speech_at = speech.system, loop.time()

    async def _opened(self, decided: "_Decided") -> Played:
        """What came of it; where the model kept the caller waiting, with what was said first."""
        thought, voice = decided.answer.thought, self._engines.voice
        due = decided.decided_ms + thought.patience_s * 1000
        first = decided.ready_ms(decided.answer.clause_at)
        if not thought.opener or (first is not None and first <= due):
            return decided.played()
        spoken = due
        if voice is not None:
            spoken += (await asyncio.to_thread(voice.say, thought.opener)).ms
        return decided.played(thought.opener, due, spoken)

    def _remember(self, exchange: Exchange) -> None:
        """The history goes on as it really did."""
        if exchange.voided:
            return
        if exchange.transcript:
            self._conversation.caller(exchange.transcript)
        self._conversation.persona(exchange.heard, complete=exchange.complete)
        self._thinking.said(exchange.heard)


class _Hearing:
    """One stretch of sound, heard as a call hears it."""

    def __init__(
        self,
        engines: ReplayEngines,
        answer: Callable[[str], tuple[_Answer, asyncio.Task[None]]],
        on_fault: Fault,
    ) -> None:
        self._answer = answer
        bus = Bus()
        self._floor = Floor(bus, engines.pace)
        bus.subscribe(Faulted, lambda fault: on_fault(fault.kind, fault.description))
        bus.subscribe(Transcribed, self._transcribed)
        bus.subscribe(Transcribe, lambda ask: self._open.add(ask.attempt))
        bus.subscribe(Prepare, self._prepare)
        bus.subscribe(Abandon, self._abandon)
        bus.subscribe(EndTurn, self._end_turn)
        bus.subscribe(Discard, self._discarded)
        self._listening = SpeechSegmenter(
            bus, self._floor, Vad(), engines.recogniser, engines.end_of_turn
        )
        self._open: set[int] = set()
        """Attempts that are neither decided nor void."""
        self._segments: dict[int, Segment] = {}
        self._at = 0
        """Samples played."""
        self._over = False
        """Something was decided, and nothing has begun since."""
        self._prepared: dict[int, tuple[_Answer, asyncio.Task[None], float]] = {}
        self._texts: list[str] = []
        self._last: tuple[_Decided, asyncio.Task[None]] | None = None

    async def hear(self, pcm: NDArray[np.int16]) -> _Decided | None:
        """(N,) int16 at 16 kHz, and silence after it until all of it is decided; None when
        nothing was understood."""
        loop = asyncio.get_running_loop()
        silence = np.zeros(WAIT_MS * RATE // 1000, np.int16)
        sound = np.concatenate([pcm, silence])
        settled = len(pcm) + SETTLED_MS * RATE // 1000
        try:
            due = loop.time()
            while self._at + PACKET <= len(sound):
                packet = sound[self._at : self._at + PACKET]
                self._listening.sound(AudioChunk(packet, self._at, monotonic()))
                self._at += PACKET
                waiting = self._listening.busy
                due = due + PACKET / RATE if waiting else loop.time()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if self._over and self._at >= settled and not self._open:
                    break
            if self._last is None:
                return None
            decided, task = self._last
            await task
            return decided
        finally:
            self._listening.close()
            for _, task, _ in self._prepared.values():
                task.cancel()

    @property
    def _now_ms(self) -> float:
        return self._at * 1000 / RATE

    def _transcribed(self, transcribed: Transcribed) -> None:
        self._segments[transcribed.segment.number] = transcribed.segment

    def _prepare(self, prepare: Prepare) -> None:
        answer, task = self._answer(prepare.text)
        self._prepared[prepare.attempt] = answer, task, self._now_ms

    def _abandon(self, void: Abandon) -> None:
        self._over = False
        self._forget(void.attempt)

    def _discarded(self, _: Discard) -> None:
        self._over = True
        for attempt in [*self._open]:
            self._forget(attempt)

    def _end_turn(self, ended: EndTurn) -> None:
        self._over = True
        self._texts.append(ended.text)
        transcript = self._segments[ended.attempt].transcript
        stt = transcript.system if transcript is not None else ""
        if self._last is not None:
            self._last[1].cancel()
        answer, task, prepared_ms = self._prepared.pop(ended.attempt)
        voiced_ms, now_ms = ended.last_voiced_ms, self._now_ms
        decided = _Decided(self._texts, answer, stt, prepared_ms, voiced_ms, now_ms)
        self._last = decided, task
        self._forget(ended.attempt)
        # The answer is taken for heard, so that what follows is another turn.
        self._floor.persona_starts()
        self._floor.persona_stops()

    def _forget(self, number: int) -> None:
        self._open.discard(number)
        self._segments.pop(number, None)
        prepared = self._prepared.pop(number, None)
        if prepared is not None:
            prepared[1].cancel()


def seed_of(session: UUID) -> int:
    """What decides which of the rules' answers come first in that call."""
    return session.int & 0xFFFF
