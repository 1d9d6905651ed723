"""The caller's sound on its way to words: kept, judged, cut into attempts, transcribed.

Sound comes in by `sound`; what it means for the floor is the floor's to say, and what the floor
wants transcribed is done here. All of it runs on the event loop, where a packet costs the VAD
0.1 ms a frame; transcripts are made in the worker.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.call.events import Bus, Calibrated, Transcribed
from visavis.call.hearing.audio_input import AudioChunk
from visavis.call.turns.actions import Abandon, Discard, EndTurn, Settle, Transcribe
from visavis.call.turns.floor import Floor
from visavis.call.turns.nearness import FRAME, Nearness
from visavis.call.turns.pieces import Piece, Pieces, joined
from visavis.call.turns.segment import Segment
from visavis.engines.calling import called, within
from visavis.engines.stt.base import ContextRecogniser, Recogniser, Transcript
from visavis.engines.stt.checked import checked
from visavis.engines.stt.vad import Vad
from visavis.engines.turns.base import EndOfTurn

RATE = 16_000
TAIL_MS = 120
"""Sound after the last voiced frame that goes along: unvoiced endings, and Whisper likes it."""
STALL_MS = 60
"""Without a packet for so long the caller's clock is carried on by ours."""
OPINION_TIMEOUT_S = 0.5
TRANSCRIPT_TIMEOUT_S = 4.5
GRACE_S = 0.5
"""An engine that doesn't end by its timeout is waited for no longer than this."""
JUDGED = 30 * RATE
"""Samples of a turn that its judge is given, the last."""
ARRIVALS = 1_500
"""Packets whose arrival is remembered: 30 s."""


@dataclass(frozen=True)
class _Packet:
    """Samples [start, stop) of the ring; those before `come` had come at `at` on `monotonic()`."""

    start: int
    stop: int
    come: int
    at: float
    filter: UUID | None


class SpeechSegmenter:
    """The hearing half of one call.

    Keeps the last `keep_s` seconds of sound in a ring (int16, 16 kHz); older sound is
    overwritten. `recogniser` None: nothing is transcribed, the caller types. `end_of_turn` None:
    turns end by their silence alone.
    """

    def __init__(
        self,
        bus: Bus,
        floor: Floor,
        vad: Vad,
        recogniser: Recogniser | None,
        end_of_turn: EndOfTurn | None,
        *,
        keep_s: float = 40.0,
    ) -> None:
        self._bus = bus
        self._floor = floor
        self._vad = vad
        self._recogniser = recogniser
        self._end_of_turn = end_of_turn
        self._ring = np.zeros(int(keep_s * RATE), np.int16)
        self._end = 0
        self._arrived = monotonic()
        self._gain_db = 0.0
        self._packets: deque[_Packet] = deque(maxlen=ARRIVALS)
        self._attempts: dict[int, list[asyncio.Task[Any]]] = {}
        """What is being done for each attempt that isn't void."""
        self._nearness = Nearness()
        self._pieces = Pieces()
        self._open: Piece | None = None
        """What the last attempt has to transcribe."""
        bus.subscribe(Transcribe, self._attempt)
        bus.subscribe(Settle, self._settle)
        bus.subscribe(Abandon, lambda void: self._forget(void.attempt))
        bus.subscribe(EndTurn, self._answered)
        bus.subscribe(Discard, self._discarded)
        bus.subscribe(Calibrated, self._calibrated)

    @property
    def now_ms(self) -> float:
        """The caller's clock: ms of their sound, carried on by ours while none comes."""
        stalled = (monotonic() - self._arrived) * 1000.0
        return self._end * 1000.0 / RATE + max(0.0, stalled - STALL_MS)

    @property
    def busy(self) -> bool:
        """Something is being transcribed, or its silence is being weighed."""
        return bool(self._attempts)

    def sound(self, chunk: AudioChunk) -> None:
        """Take the next piece of the caller's sound."""
        pcm, start = chunk.attended, max(chunk.start, self._end)
        self._arrived = chunk.arrived_at
        self._keep(pcm, start)
        self._gain_db = chunk.gain_db
        come = self._end + chunk.lag
        self._packets.append(_Packet(start, self._end, come, self._arrived, chunk.filter))
        if self._recogniser is None:
            return
        for voicing in self._vad.push(pcm):
            self._judged(voicing.end * 1000.0 / RATE, voicing.speech)

    def _judged(self, end_ms: float, speech: float) -> None:
        """A frame's speech is the caller's, or somebody else's."""
        frame = self._cut(end_ms - FRAME * 1000.0 / RATE, end_ms)
        if len(frame) == FRAME:  # else it is forgotten already
            judged = self._nearness.judge(frame, speech)
            speech = judged.speech
            if judged.others:
                self._floor.others()
        self._floor.voicing(end_ms, speech)

    def tick(self) -> None:
        """Let time pass; call about every 20 ms."""
        self._floor.tick(self.now_ms)

    def close(self) -> None:
        """Stop all work."""
        self._forget_all()
        self._pieces.close()

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
        return next((packet.at for packet in self._packets if packet.come >= sample), self._arrived)

    def _filter(self, ms: float) -> UUID | None:
        """The row of the filter that touched the sample at `ms`."""
        sample = ms * RATE / 1000
        return next((packet.filter for packet in self._packets if packet.stop > sample), None)

    def _forget(self, number: int) -> None:
        for task in self._attempts.pop(number, []):
            task.cancel()

    def _answered(self, ended: EndTurn) -> None:
        self._forget(ended.attempt)
        self._nearness.answered()

    def _discarded(self, _: Discard) -> None:
        self._forget_all()
        self._nearness.over()

    def _calibrated(self, known: Calibrated) -> None:
        measured = known.calibration
        if measured.speech_level_db is not None:
            self._nearness.calibrated(measured.speech_level_db + measured.gain_db)

    def _forget_all(self) -> None:
        for number in list(self._attempts):
            self._forget(number)

    def _attempt(self, ask: Transcribe) -> None:
        before = self._pieces.since(ask.begin_ms)
        begin_ms = before[-1].end_ms if before else ask.begin_ms
        last = self._open = self._piece(begin_ms, ask.last_voiced_ms)
        segment = Segment(
            ask.attempt,
            np.concatenate([*(piece.pcm for piece in before), self._sound(last)]),
            ask.begin_ms,
            ask.last_voiced_ms,
            self._arrival(ask.last_voiced_ms),
            audio_filter=self._filter(ask.begin_ms),
            details={"gain_db": round(self._gain_db, 1)} if self._gain_db else {},
        )
        works = [self._transcribe(segment, [*before, last])]
        if self._end_of_turn is not None:
            works.append(self._opinion(segment, self._end_of_turn))
        tasks = [asyncio.create_task(work) for work in works]
        self._attempts[ask.attempt] = [*tasks, last.words]

    def _settle(self, settle: Settle) -> None:
        piece = self._open
        if piece is not None and (piece.begin_ms, piece.end_ms) == (settle.begin_ms, settle.end_ms):
            for tasks in self._attempts.values():
                if piece.words in tasks:  # its attempt is void, its words aren't
                    tasks.remove(piece.words)
        else:
            piece = self._piece(settle.begin_ms, settle.end_ms)
        self._pieces.keep(piece)

    def _piece(self, begin_ms: float, end_ms: float) -> Piece:
        words = asyncio.create_task(self._heard(self._cut(begin_ms, end_ms + TAIL_MS)))
        return Piece(begin_ms, end_ms, self._cut(begin_ms, end_ms), words)

    def _sound(self, piece: Piece) -> NDArray[np.int16]:
        """With its tail, as it is transcribed."""
        return self._cut(piece.begin_ms, piece.end_ms + TAIL_MS)

    async def _heard(self, pcm: NDArray[np.int16]) -> Transcript | None:
        assert self._recogniser is not None  # without one no sound is judged
        try:
            return await _transcript(self._recogniser, pcm, self._floor.context)
        except Exception as error:
            self._bus.fault("stt", f"{type(error).__name__}: {error}")
            return None

    async def _transcribe(self, segment: Segment, pieces: list[Piece]) -> None:
        words = [piece.words for piece in pieces]
        await asyncio.wait(words)  # when this ends before them, what is settled of them goes on
        transcript = joined([one.result() for one in words])
        if transcript is None:
            self._floor.lost(segment.number)
            return
        segment.transcribed(transcript)
        self._bus.publish(Transcribed(segment))
        text = transcript.text
        self._floor.transcript(segment.number, text, complete=self._complete(text))

    def _complete(self, text: str) -> bool:
        judge = self._end_of_turn
        try:
            return judge is not None and called(judge.system, judge.complete, text)
        except Exception as error:
            self._bus.fault("end_of_turn", f"{type(error).__name__}: {error}")
            return False

    async def _opinion(self, segment: Segment, judge: EndOfTurn) -> None:
        try:
            limit_s = OPINION_TIMEOUT_S + GRACE_S
            finished = judge.finished
            given = await within(
                judge.system, limit_s, finished, segment.pcm[-JUDGED:], timeout=OPINION_TIMEOUT_S
            )
            opinion = float(given)
            if not 0 <= opinion <= 1:
                raise ValueError(f"{judge.system} gives {opinion} as a probability")
        except TimeoutError:
            return  # a hint that comes late is none; the turn has ended without it
        except Exception as error:
            self._bus.fault("end_of_turn", f"{type(error).__name__}: {error}")
            return
        segment.judged(opinion, judge.system)
        self._floor.finished(segment.number, opinion)


async def _transcript(recogniser: Recogniser, pcm: NDArray[np.int16], context: str) -> Transcript:
    """What is said in it. Raises TimeoutError, and what the recogniser raises."""
    who, limit_s = type(recogniser).__name__, TRANSCRIPT_TIMEOUT_S + GRACE_S
    seconds = TRANSCRIPT_TIMEOUT_S
    if isinstance(recogniser, ContextRecogniser):
        transcribe = recogniser.transcribe_in
        found = await within(who, limit_s, transcribe, pcm, context, timeout=seconds)
    else:
        found = await within(who, limit_s, recogniser.transcribe, pcm, timeout=seconds)
    return checked(found, who)
