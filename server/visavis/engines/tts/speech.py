"""What a voice returns: samples, and when in them each sound and each written word is heard."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

_PAUSES_MS = {",": 120.0, ";": 180.0, ":": 180.0, "—": 180.0, "–": 180.0, "…": 300.0}
_SENTENCE_PAUSE_MS = 250.0
_RUN_ON_PAUSE_MS = 40.0
_CLOSERS = "\"'”’)]*_`» "


@dataclass(frozen=True)
class Phoneme:
    """One sound, in the alphabet of misaki (IPA with A, I, O, W, Y for diphthongs).

    Stress and length marks belong to their sound. Where no phoneme covers a time, it is silent.
    """

    symbol: str
    start_ms: float
    end_ms: float


@dataclass(frozen=True)
class Word:
    """One whitespace-separated word, as written in the text."""

    text: str
    start_ms: float
    end_ms: float


@dataclass(frozen=True)
class Speech:
    """One spoken clause; every time counts from the first sample.

    ``samples`` is float32 mono (N,), within ±1, without silence at its ends; empty when the text
    holds nothing that can be said. ``words`` has one entry for each of ``text.split()``, in order,
    none starting before the one before it. ``ms`` is the time spent making it.
    """

    samples: NDArray[np.float32]
    rate: int
    phonemes: tuple[Phoneme, ...]
    words: tuple[Word, ...]
    text: str
    system: str
    parameters: dict[str, Any]
    ms: float
    audio_filter: UUID | None = None
    """The row of the filter that ``samples`` went through; None: they are as the engine made
    them."""

    @property
    def duration_ms(self) -> float:
        """Length of the samples."""
        return len(self.samples) * 1000.0 / self.rate

    @property
    def pause_ms(self) -> float:
        """The silence to leave after this clause before the next one begins."""
        return pause_after(self.text) if len(self.samples) else 0.0


def pause_after(text: str) -> float:
    """The silence, in ms, that a reader leaves after ``text``, judged by its last mark."""
    bare = text.rstrip(_CLOSERS)
    if not bare:
        return 0.0
    if bare.endswith("..."):
        return _PAUSES_MS["…"]
    if bare[-1] in ".!?":
        return _SENTENCE_PAUSE_MS
    return _PAUSES_MS.get(bare[-1], _RUN_ON_PAUSE_MS)
