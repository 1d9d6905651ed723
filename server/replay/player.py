"""A kept call's sound and words through today's engines, exchange by exchange."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from server.call.conversation import Conversation
from server.call.hints import Hints
from server.call.listening import Listening, Recogniser
from server.call.reply import Thought, Voice
from server.call.thinking import Thinking
from server.call.turns import Abandon, Action, Discard, EndTurn, Pace, Prepare, Turns, Unheard
from server.chat.engines import Engine
from server.chat.rules import Rules
from server.replay.kept import RATE, Exchange, Kept
from server.stt.vad import Vad

PACKET = 320
"""Samples of 20 ms, as they come in a call."""
WAIT_MS = 8_000
"""Silence after a turn's sound in which it must be decided: longer than any deadline in `Pace`."""
SETTLED_MS = 200
"""After so much silence whatever was said is at least being transcribed."""

Fault = Callable[[str, str], None]


@dataclass(frozen=True)
class Engines:
    """Today's. `recogniser` None: nothing spoken can be played; `voice` None: it stays silent."""

    recogniser: Recogniser | None
    rules: Rules
    chat: Engine | None
    voice: Voice | None
    pace: Pace
    system_prompt: str
    max_tokens: int
    temperature: float


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

    thought: Thought
    began: float
    clauses: list[str] = field(default_factory=list)
    clause_at: float | None = None
    speech_at: float | None = None
    voice: str = ""


class Player:
    """Plays one call. `on_fault(kind, message)` hears of what fails on the way."""

    def __init__(self, engines: Engines, kept: Kept, on_fault: Fault) -> None:
        self._engines = engines
        self._on_fault = on_fault
        self._conversation = Conversation(engines.system_prompt)
        self._thinking = Thinking(
            engines.rules,
            engines.chat,
            self._conversation,
            on_fault,
            seed=seed_of(kept.session),
            max_tokens=engines.max_tokens,
            temperature=engines.temperature,
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
            played = await _Hearing(self._engines, self._answer, self._on_fault).hear(exchange.pcm)
        if played is not None:
            self._thinking.settle(played.transcript)
        self._remember(exchange)
        return played

    def close(self) -> None:
        """Stop reading ahead."""
        self._thinking.close()

    async def _typed(self, text: str) -> Played:
        loop = asyncio.get_running_loop()
        answer = _Answer(self._thinking.answer(text), loop.time())
        await self._think(answer)
        return _played(text, 1, answer, prepared_ms=0.0, voiced_ms=0.0, decided_ms=0.0)

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
        engines: Engines,
        answer: Callable[[str], tuple[_Answer, asyncio.Task[None]]],
        on_fault: Fault,
    ) -> None:
        self._answer = answer
        self._turns = Turns(engines.pace)
        self._listening = Listening(
            self._turns,
            Vad(),
            engines.recogniser,
            Hints(engines.rules),
            self._act,
            on_fault,
        )
        self._at = 0
        """Samples played."""
        self._over = False
        """Something was decided, and nothing has begun since."""
        self._prepared: dict[int, tuple[_Answer, asyncio.Task[None], float]] = {}
        self._texts: list[str] = []
        self._stt = ""
        self._last: tuple[_Answer, asyncio.Task[None], float, float, float] | None = None

    async def hear(self, pcm: NDArray[np.int16]) -> Played:
        """(N,) int16 at 16 kHz, and silence after it until all of it is decided."""
        loop = asyncio.get_running_loop()
        silence = np.zeros(WAIT_MS * RATE // 1000, np.int16)
        sound = np.concatenate([pcm, silence])
        settled = len(pcm) + SETTLED_MS * RATE // 1000
        try:
            while self._at + PACKET <= len(sound):
                due = loop.time() + PACKET / RATE
                self._listening.sound(sound[self._at : self._at + PACKET], self._at)
                self._at += PACKET
                waiting = any(
                    not task.done()
                    for attempt in self._listening.attempts.values()
                    for task in attempt.tasks
                )
                await asyncio.sleep(max(0.0, due - loop.time()) if waiting else 0)
                if self._over and self._at >= settled and not self._listening.attempts:
                    break
            return await self._result()
        finally:
            self._listening.close()
            for _, task, _ in self._prepared.values():
                task.cancel()

    @property
    def _now_ms(self) -> float:
        return self._at * 1000 / RATE

    def _act(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Prepare(attempt, text):
                    answer, task = self._answer(text)
                    self._prepared[attempt] = answer, task, self._now_ms
                case Abandon(attempt):
                    self._over = False
                    self._forget(attempt)
                case EndTurn(attempt, text, last_voiced_ms):
                    self._decided(attempt, text, last_voiced_ms)
                case Discard() | Unheard():
                    self._over = True
                    for attempt in [*self._listening.attempts]:
                        self._forget(attempt)
                case _:
                    pass

    def _decided(self, number: int, text: str, last_voiced_ms: float) -> None:
        self._over = True
        self._texts.append(text)
        transcript = self._listening.attempts[number].transcript
        self._stt = transcript.system if transcript is not None else ""
        if self._last is not None:
            self._last[1].cancel()
        self._last = *self._prepared.pop(number), last_voiced_ms, self._now_ms
        self._forget(number)
        # The answer is taken for heard, so that what follows is another turn.
        self._turns.persona_starts()
        self._turns.persona_stops()

    def _forget(self, number: int) -> None:
        prepared = self._prepared.pop(number, None)
        if prepared is not None:
            prepared[1].cancel()
        self._listening.forget(number)

    async def _result(self) -> Played:
        if self._last is None:
            return Played()
        answer, task, prepared_ms, voiced_ms, decided_ms = self._last
        await task
        played = _played(
            " ".join(self._texts),
            len(self._texts),
            answer,
            prepared_ms=prepared_ms,
            voiced_ms=voiced_ms,
            decided_ms=decided_ms,
        )
        played.systems["stt"] = self._stt
        return played


def _played(
    transcript: str,
    turns: int,
    answer: _Answer,
    *,
    prepared_ms: float,
    voiced_ms: float,
    decided_ms: float,
) -> Played:
    """Stages as `call.stages` defines them, up to the first samples: work that was done while the
    silence was weighed costs its stage nothing."""
    systems = {"chat": answer.thought.system}
    if answer.voice:
        systems["tts"] = answer.voice
    stages = {"endpoint": decided_ms - voiced_ms}
    reached = decided_ms
    for stage, at in (("think", answer.clause_at), ("speak", answer.speech_at)):
        if at is not None:
            ready = prepared_ms + (at - answer.began) * 1000
            stages[stage] = max(0.0, ready - reached)
            reached = max(reached, ready)
    return Played(
        transcript,
        " ".join(answer.clauses),
        turns,
        systems,
        dict(answer.thought.parameters),
        {name: round(ms, 1) for name, ms in stages.items()},
    )


def seed_of(session: UUID) -> int:
    """What decides which of the rules' answers come first in that call."""
    return session.int & 0xFFFF
