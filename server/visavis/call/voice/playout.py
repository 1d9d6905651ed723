"""What the caller hears, 20 ms at a time: pure state that is pulled, no I/O and no clock.

``say`` appends clauses, ``tick`` takes the next 960 samples off, ``fence`` drops what an
interruption made stale, and ``dip``, ``hold`` and ``resume`` are the ways of yielding the floor
without losing one's place. Whoever needs to know what is being said at a sample (the face) asks
``near``, also ahead of time. Every clause that was accepted gets exactly one
``Heard``: with its ``Finished`` event if it ended, else from ``fence``.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from visavis.call.voice.clock import RATE, TICK
from visavis.call.voice.utterance import (
    Event,
    Finished,
    FirstSound,
    Heard,
    Idle,
    OwnWord,
    Samples,
    Spoken,
    Started,
    Utterance,
)

DIP = 10 ** (-20 / 20)
"""20 dB down: audibly yielding, still intelligible. What is asked for is 15 dB at the caller's ear
(design §4.3), and speech by itself rises by some dB from one sound to the next."""

RAMP = RATE // 100
"""Every change of gain takes 10 ms: fast, and no click."""

AUDIBLE = 10 ** (-50 / 20)
"""A sample over −50 dBFS counts as sound."""

LIMIT_MS = 60_000.0
"""What may wait to be spoken; at 48 kHz float32 that is 11.5 MB a call."""

MEMORY = 2 * RATE
"""How far back ``near`` remembers, in samples."""

BEFORE, AFTER = RATE * 150 // 1000, RATE * 350 // 1000
"""How far beyond its clause a mouth moves (``lipsync.visemes``: pre-roll, and falling shut)."""


def _ms(samples: int) -> float:
    return samples / RATE * 1000


def _samples(ms: float) -> int:
    return round(ms * RATE / 1000)


class VoiceLevel(Enum):
    """How loudly the persona speaks."""

    FULL = 1.0
    DIP = DIP
    HOLD = 0.0


class PlayoutFull(Exception):
    """More than a minute already waits; await ``room`` and say it again."""


@dataclass
class _Span:
    """Samples [start, stop) of the call carried ``utterance`` from its sample ``offset`` on."""

    start: int
    stop: int
    utterance: Utterance
    offset: int

    @property
    def whole_end(self) -> bool:
        """Whether it reaches the end of its clause."""
        return self.offset + self.stop - self.start == self.utterance.samples.size

    def at(self, sample: int) -> Spoken:
        """The clause and the ms into it, also beyond its ends."""
        return Spoken(self.utterance, _ms(self.offset + sample - self.start))


@dataclass
class _Voice:
    """The clause being spoken: the next sample, and the furthest that has left."""

    utterance: Utterance
    offset: int = 0
    reached: int = 0
    pause: int = field(init=False)

    def __post_init__(self) -> None:
        self.pause = _samples(self.utterance.pause_ms)

    @property
    def left(self) -> int:
        return self.utterance.samples.size - self.offset

    def heard(self) -> Heard:
        ms = _ms(self.reached)
        whole = self.reached >= self.utterance.samples.size
        words = self.utterance.words
        count = len(words) if whole else sum(word.end_ms <= ms for word in words)
        return Heard(self.utterance, ms, count, whole)


class Playout:
    """The queue of clauses of one call, and where in it the voice is."""

    def __init__(self, on_event: Callable[[Event], None] = lambda event: None) -> None:
        """``on_event`` is called from within ``tick``, on its thread; it must be quick."""
        self.position = 0
        """Samples that have left: the media clock."""
        self._on_event = on_event
        self._queue: deque[Utterance] = deque()
        self._voice: _Voice | None = None
        self._fence = 0
        self._sounded = -1
        self._gain = 1.0
        self._target = VoiceLevel.FULL
        self._tail = np.zeros(RAMP, np.float32)
        self._tailing = False
        self._spans: deque[_Span] = deque()
        self._busy = False
        self._roomy = asyncio.Event()

    @property
    def generation(self) -> int:
        """The oldest generation that may still speak."""
        return self._fence

    @property
    def speaking(self) -> bool:
        """Whether anything is being said, held or waiting."""
        return self._voice is not None or bool(self._queue)

    @property
    def gain(self) -> VoiceLevel:
        """What was last asked for."""
        return self._target

    @property
    def queued_ms(self) -> float:
        """Speech and pauses that have not left yet."""
        voice = 0.0
        if self._voice is not None:
            voice = _ms(self._voice.left + self._voice.pause)
        return voice + sum(utterance.duration_ms for utterance in self._queue)

    def say(self, utterance: Utterance) -> bool:
        """Append a clause; False if its generation has been fenced off.

        Raises PlayoutFull when a minute is waiting, ValueError for samples that are not (N,)
        float32 or for a clause that is longer than a minute by itself.
        """
        samples = utterance.samples
        if samples.ndim != 1 or samples.dtype != np.float32:
            raise ValueError(f"samples must be (N,) float32, got {samples.shape} {samples.dtype}")
        if utterance.duration_ms > LIMIT_MS:
            raise ValueError(f"a clause of {utterance.duration_ms / 1000:.0f} s is over a minute")
        if utterance.generation < self._fence:
            return False
        if self.queued_ms + utterance.duration_ms > LIMIT_MS:
            raise PlayoutFull(f"{self.queued_ms / 1000:.0f} s of speech already wait")
        self._queue.append(utterance)
        self._busy = True
        return True

    async def room(self, ms: float) -> None:
        """Return when that much more may be said."""
        while self.queued_ms + ms > LIMIT_MS and self.speaking:
            self._roomy.clear()
            await self._roomy.wait()

    def fence(self, generation: int) -> list[Heard]:
        """Drop every clause older than ``generation``, at once; the gain is full for the next.

        What was being said fades within 10 ms. Returns what was heard of each dropped clause, in
        order (nothing of those that had not begun).
        """
        self._fence = max(self._fence, generation)
        dropped = []
        voice = self._voice
        if voice is not None and voice.utterance.generation < self._fence:
            if voice.left:
                dropped.append(voice.heard())
                self._fade(voice)
            self._voice = None
        dropped += [_Voice(u).heard() for u in self._queue if u.generation < self._fence]
        self._queue = deque(u for u in self._queue if u.generation >= self._fence)
        if self._voice is None:
            self._gain, self._target = 1.0, VoiceLevel.FULL
        self._roomy.set()
        return dropped

    def _fade(self, voice: _Voice) -> None:
        """Keep the next 10 ms, falling to nothing, for the next tick."""
        if self._gain == 0.0:
            return
        end = voice.utterance.samples[voice.offset : voice.offset + RAMP]
        self._tail[:] = 0.0
        fall = np.linspace(self._gain, 0, RAMP, dtype=np.float32)
        self._tail[: end.size] = end * fall[: end.size]
        self._tailing = True

    def dip(self) -> None:
        """Go on 20 dB down."""
        self._target = VoiceLevel.DIP

    def hold(self) -> None:
        """Fall silent within 10 ms and wait at that word."""
        self._target = VoiceLevel.HOLD

    def resume(self) -> None:
        """Full voice; after a hold from the start of the word that it cut."""
        if self._held and self._voice is not None and self._voice.left:
            self._voice.offset = self._word_start(self._voice)
        self._target = VoiceLevel.FULL

    @property
    def _held(self) -> bool:
        return self._gain == 0.0

    @staticmethod
    def _word_start(voice: _Voice) -> int:
        ms = _ms(voice.offset)
        for word in voice.utterance.words:
            if word.start_ms <= ms < word.end_ms:
                return _samples(word.start_ms)
        return voice.offset

    def tick(self) -> NDArray[np.int16]:
        """The next 20 ms: (960,) int16. Well under a millisecond."""
        out = np.zeros(TICK, np.float32)
        self._fill(out)
        self._apply_gain(out)
        self._listen(out)
        if self._tailing:
            out[:RAMP] += self._tail
            self._tailing = False
        self.position += TICK
        if self._busy and not self.speaking:
            self._busy = False
            self._on_event(Idle(_ms(self.position)))
        while self._spans and self._spans[0].stop < self.position - MEMORY:
            self._spans.popleft()
        np.clip(out, -1.0, 1.0, out=out)
        return (out * 32767).astype(np.int16)

    def silence(self, since: int) -> NDArray[np.int16]:
        """20 ms in which nothing is said, after a `tick` that began at ``since`` and failed."""
        self.position = since + TICK
        return np.zeros(TICK, np.int16)

    def _fill(self, out: Samples) -> None:
        """Samples of the queue, up to where a hold stops them."""
        stop = TICK
        if self._target is VoiceLevel.HOLD:
            stop = 0 if self._held else RAMP
        at = 0
        while at < stop:
            voice = self._voice or self._next(at)
            if voice is None:
                return
            if voice.left:
                n = min(stop - at, voice.left)
                out[at : at + n] = voice.utterance.samples[voice.offset : voice.offset + n]
                self._remember(self.position + at, n, voice)
                self._tell_own_word(self.position + at, n, voice)
                voice.offset += n
                voice.reached = max(voice.reached, voice.offset)
                if not voice.left:
                    self._on_event(Finished(voice.heard(), _ms(self.position + at + n)))
            else:
                n = min(stop - at, voice.pause)
                voice.pause -= n
            at += n
            if not voice.left and not voice.pause:
                self._voice = None
                self._roomy.set()

    def _tell_own_word(self, start: int, n: int, voice: _Voice) -> None:
        """Once, though a hold may have gone back to the beginning of that word."""
        begins_ms = voice.utterance.own_word_ms
        if begins_ms is None:
            return
        ahead = _samples(begins_ms) - voice.offset
        if 0 <= ahead < n and voice.offset + ahead >= voice.reached:
            self._on_event(OwnWord(voice.utterance, _ms(start + ahead)))

    def _next(self, at: int) -> _Voice | None:
        if not self._queue:
            return None
        self._voice = _Voice(self._queue.popleft())
        now = _ms(self.position + at)
        self._on_event(Started(self._voice.utterance, now))
        if not self._voice.left:
            self._on_event(Finished(self._voice.heard(), now))
        return self._voice

    def _remember(self, start: int, n: int, voice: _Voice) -> None:
        last = self._spans[-1] if self._spans else None
        follows = last is not None and last.stop == start and last.utterance is voice.utterance
        if last is not None and follows and last.offset + start - last.start == voice.offset:
            last.stop += n
        else:
            self._spans.append(_Span(start, start + n, voice.utterance, voice.offset))

    def _apply_gain(self, out: Samples) -> None:
        target = self._target.value
        if target != self._gain:
            out[:RAMP] *= np.linspace(self._gain, target, RAMP, dtype=np.float32)
            out[RAMP:] *= target
            self._gain = target
        elif target != 1.0:
            out *= target

    def _listen(self, out: Samples) -> None:
        """Tell when the generation that speaks is first audible."""
        if not self._spans or self._spans[-1].stop <= self.position:
            return
        generation = self._spans[-1].utterance.generation
        if generation <= self._sounded:
            return
        loud = np.flatnonzero(np.abs(out) > AUDIBLE)
        if loud.size:
            self._sounded = generation
            self._on_event(FirstSound(generation, _ms(self.position + int(loud[0]))))

    def near(self, sample: int) -> list[Spoken]:
        """The clauses that shape the mouth at that sample of the call: also one that begins within
        150 ms (its ms are negative) and one that ended less than 350 ms ago, unless it was cut. The
        past two seconds are as they were, the future as it will be if nobody interferes."""
        found = []
        for piece in self._pieces():
            since, ahead = sample - piece.stop, piece.start - sample
            ended = piece.whole_end and 0 <= since < AFTER
            begins = piece.offset == 0 and 0 < ahead <= BEFORE
            if ended or begins or piece.start <= sample < piece.stop:
                found.append(piece.at(sample))
        return found

    def _pieces(self) -> Iterator[_Span]:
        """What was said and what will be, in order."""
        voice = self._voice
        at = self.position
        past = list(self._spans)
        if self._target is VoiceLevel.HOLD:
            yield from past
            return
        if voice is not None and past and past[-1].stop == at and voice.left:
            last = past.pop()
            yield from past
            yield _Span(last.start, at + voice.left, voice.utterance, last.offset)
        else:
            yield from past
            if voice is not None and voice.left:
                yield _Span(at, at + voice.left, voice.utterance, voice.offset)
        if voice is not None:
            at += voice.left + voice.pause
        for utterance in self._queue:
            stop = at + utterance.samples.size
            yield _Span(at, stop, utterance, 0)
            at = stop + _samples(utterance.pause_ms)
