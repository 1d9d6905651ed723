"""The caller's sound on its way to words: kept, judged, cut into attempts, transcribed.

Sound comes in by `sound`; what `Turns` wants done comes out by `on_actions`, together with what
this room has done of it itself (`Transcribe`). All of it runs on the event loop, where a packet
costs the VAD 0.1 ms a frame; transcripts are made in the worker.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.call.hearing.audio_input import AudioInput
from visavis.call.turns.hints import backchannel
from visavis.call.turns.turns import Action, Transcribe, Turns
from visavis.engines.stt.base import Recogniser, Transcript
from visavis.engines.stt.vad import Vad
from visavis.engines.turns.base import EndOfTurn

RATE = 16_000
TAIL_MS = 120
"""Sound after the last voiced frame that goes along: unvoiced endings, and Whisper likes it."""
STALL_MS = 60
"""Without a packet for so long the caller's clock is carried on by ours."""
OPINION_TIMEOUT_S = 0.5
TRANSCRIPT_TIMEOUT_S = 4.5


@dataclass
class Segment:
    """One stretch of the caller's sound and what was made of it."""

    number: int
    pcm: NDArray[np.int16]
    begin_ms: float
    last_voiced_ms: float
    voiced_at: float
    """`monotonic()` s when the packet with the last voiced sample arrived."""
    audio_filter: UUID | None = None
    """The row of the filter that touched `pcm`."""
    details: dict[str, Any] = field(default_factory=dict)
    """Of `pcm`, for its row."""
    transcript: Transcript | None = None
    finished: float | None = None
    judge: str = ""
    """What said how `finished` it is."""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class SpeechSegmenter:
    """The hearing half of one call.

    Keeps the last `keep_s` seconds of sound in a ring (int16, 16 kHz); older sound is
    overwritten. `recogniser` None: nothing is transcribed, the caller types. `end_of_turn` None:
    turns end by their silence alone.
    """

    def __init__(
        self,
        turns: Turns,
        vad: Vad,
        recogniser: Recogniser | None,
        end_of_turn: EndOfTurn | None,
        on_actions: Callable[[list[Action]], None],
        on_fault: Callable[[str, str], None],
        *,
        keep_s: float = 40.0,
    ) -> None:
        self.turns = turns
        self.attempts: dict[int, Segment] = {}
        self.audio_input: AudioInput | None = None
        """What was done to the sound before it came here; set by who stands in between."""
        self._vad = vad
        self._recogniser = recogniser
        self._end_of_turn = end_of_turn
        self._on_actions = on_actions
        self._on_fault = on_fault
        self._ring = np.zeros(int(keep_s * RATE), np.int16)
        self._end = 0
        self._arrived = monotonic()
        self._arrivals: list[tuple[int, float]] = []

    @property
    def now_ms(self) -> float:
        """The caller's clock: ms of their sound, carried on by ours while none comes."""
        stalled = (monotonic() - self._arrived) * 1000.0
        return self._end * 1000.0 / RATE + max(0.0, stalled - STALL_MS)

    def sound(self, pcm: NDArray[np.int16], start: int) -> None:
        """Take the next packet: (N,) int16 at 16 kHz, `start` its first sample's index."""
        start = max(start, self._end)
        self._arrived = monotonic()
        self._keep(pcm, start)
        lag = self.audio_input.lag if self.audio_input is not None else 0
        self._arrivals.append((self._end + lag, self._arrived))
        del self._arrivals[:-1500]
        if self._recogniser is None:
            return
        for voicing in self._vad.push(pcm):
            self._act(self.turns.voicing(voicing.end * 1000.0 / RATE, voicing.speech))

    def tick(self) -> None:
        """Let time pass; call about every 20 ms."""
        self._act(self.turns.tick(self.now_ms))

    def forget(self, number: int) -> None:
        """An attempt is void or answered: stop its work, drop its sound."""
        attempt = self.attempts.pop(number, None)
        if attempt is not None:
            for task in attempt.tasks:
                task.cancel()

    def close(self) -> None:
        """Stop all work."""
        for number in list(self.attempts):
            self.forget(number)

    # -- inside -----------------------------------------------------------------------------

    def _keep(self, pcm: NDArray[np.int16], start: int) -> None:
        size = len(self._ring)
        if start - self._end >= size:
            self._ring[:] = 0
        elif start > self._end:
            self._ring[np.arange(self._end, start) % size] = 0
        self._end = start + len(pcm)
        self._ring[np.arange(start, self._end)[-size:] % size] = pcm[-size:]

    def _cut(self, begin_ms: float, end_ms: float) -> NDArray[np.int16]:
        size = len(self._ring)
        begin = max(int(begin_ms * RATE / 1000), self._end - size, 0)
        end = min(int(end_ms * RATE / 1000), self._end)
        cut: NDArray[np.int16] = self._ring[np.arange(begin, max(begin, end)) % size]
        return cut

    def _arrival(self, ms: float) -> float:
        """`monotonic()` s at which the sample at `ms` had come."""
        sample = ms * RATE / 1000
        return next((at for end, at in self._arrivals if end >= sample), self._arrived)

    def _act(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Transcribe):
                self._attempt(action)
        if actions:
            self._on_actions(actions)

    def _attempt(self, ask: Transcribe) -> None:
        attempt = Segment(
            ask.attempt,
            self._cut(ask.begin_ms, ask.last_voiced_ms + TAIL_MS),
            ask.begin_ms,
            ask.last_voiced_ms,
            self._arrival(ask.last_voiced_ms),
        )
        if self.audio_input is not None:
            attempt.audio_filter = self.audio_input.applied(ask.begin_ms)
            attempt.details = self.audio_input.told()
        self.attempts[ask.attempt] = attempt
        works = [self._transcribe(attempt)]
        if self._end_of_turn is not None:
            works.append(self._opinion(attempt, self._end_of_turn))
        attempt.tasks = [asyncio.create_task(work) for work in works]

    async def _transcribe(self, attempt: Segment) -> None:
        assert self._recogniser is not None  # without one no sound is judged
        try:
            transcript = await self._recogniser.transcribe(
                attempt.pcm, timeout=TRANSCRIPT_TIMEOUT_S
            )
        except Exception as error:
            self._on_fault("stt", f"{type(error).__name__}: {error}")
            self._act(self.turns.lost(attempt.number))
            return
        attempt.transcript = transcript
        text = transcript.text
        self._act(
            self.turns.transcript(
                attempt.number,
                text,
                complete=self._complete(text),
                backchannel=backchannel(text),
            )
        )

    def _complete(self, text: str) -> bool:
        try:
            return self._end_of_turn is not None and self._end_of_turn.complete(text)
        except Exception as error:
            self._on_fault("end_of_turn", f"{type(error).__name__}: {error}")
            return False

    async def _opinion(self, attempt: Segment, judge: EndOfTurn) -> None:
        try:
            probability = float(await judge.finished(attempt.pcm, timeout=OPINION_TIMEOUT_S))
            if not 0 <= probability <= 1:
                raise ValueError(f"{judge.system} gives {probability} as a probability")
        except TimeoutError:
            return  # a hint that comes late is none; the turn has ended without it
        except Exception as error:
            self._on_fault("end_of_turn", f"{type(error).__name__}: {error}")
            return
        attempt.finished, attempt.judge = probability, judge.system
        self._act(self.turns.finished(attempt.number, probability))
