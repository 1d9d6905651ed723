"""A person's own sounds in a running call: sound in, now and then a recognition out.

A sound lasts while it is louder than the room; words of the caller's are sounds too, and should
come out as unknown.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from visavis.learning.segments import LONGEST_MS, LOUD, SHORTEST_MS, End, Segmenter, trim
from visavis.learning.trainers.types import Model
from visavis.learning.vocalisation import ROW_MS, vocalisation

_KEPT_MS = LONGEST_MS + 1_500.0
_BEFORE_MS = 200.0
_FULL = 32_768.0


class Sounded(NamedTuple):
    """A recognition, when on the clock of the sound it was made, and the sound itself: (N,) int16
    from a little before it until now."""

    label: str | None
    confidence: float
    nearest: str
    from_ms: float
    to_ms: float
    pcm: NDArray[np.int16]


class SoundRecogniser:
    """One caller's sounds. Not thread-safe: one thread at a time."""

    def __init__(self, model: Model, rate: int = 16_000) -> None:
        self._model = model
        self._rate = rate
        self._row = int(rate * ROW_MS / 1000)
        self._segmenter = Segmenter(1000 / ROW_MS, begins=LOUD)
        self._kept = np.zeros(0, np.int16)
        self._weighed = 0
        """Samples since the beginning whose loudness is known: whole rows."""
        self._fresh = 0
        """Samples kept after those."""

    def sound(self, pcm: NDArray[np.int16]) -> Sounded | None:
        """The next (N,) samples; a recognition, if a sound is now over."""
        self._kept = np.concatenate([self._kept, pcm])
        self._fresh += len(pcm)
        found = None
        while self._fresh >= self._row:
            begin = len(self._kept) - self._fresh
            row = self._kept[begin : begin + self._row].astype(np.float32) / _FULL
            self._fresh -= self._row
            self._weighed += self._row
            loud = float(np.sqrt(np.mean(row * row)))
            event = self._segmenter.push(self._weighed * 1000 / self._rate, loud)
            if isinstance(event, End) and event.to_ms - event.from_ms >= SHORTEST_MS:
                found = self._named(event)
        self._kept = self._kept[-int(self._rate * _KEPT_MS / 1000) :]
        return found

    def _named(self, span: End) -> Sounded:
        pcm = self._from(span.from_ms)
        length = int((span.to_ms - span.from_ms) * self._rate / 1000)
        # As a take is in training, so that both begin and end alike.
        features = trim(vocalisation(pcm[:length].astype(np.float32) / _FULL, self._rate))
        whole = self._from(span.from_ms - _BEFORE_MS)
        return Sounded(*self._model.recognise(features), span.from_ms, span.to_ms, whole)

    def _from(self, ms: float) -> NDArray[np.int16]:
        """What was kept from that moment on."""
        back = self._weighed + self._fresh - int(ms * self._rate / 1000)
        return self._kept[-min(max(back, 1), len(self._kept)) :]
