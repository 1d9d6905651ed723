"""What was said in a film that a caller kept, by ears of our own."""

from functools import cache
from pathlib import Path

import av
import numpy as np

from visavis.engines.stt.whisper import Whisper
from visavis.settings import Settings
from visavis.weights.store import WeightStore


@cache
def whisper() -> Whisper:
    settings = Settings()
    return Whisper(str(WeightStore(settings.weights).path(settings.stt.model)))


def transcript(film: Path) -> str:
    """The sound of a file as whisper hears it."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
    with av.open(str(film)) as container:
        frames = [*container.decode(audio=0), None]
        parts = [f.to_ndarray()[0] for frame in frames for f in resampler.resample(frame)]
    return whisper().transcribe(np.concatenate(parts)[: 28 * 16_000]).text


def words(text: str) -> set[str]:
    return {word.strip(".,!?—'’").lower() for word in text.split()} - {""}


def alike(one: str, other: str) -> float:
    """The share of words that both have."""
    a, b = words(one), words(other)
    return len(a & b) / max(1, len(a | b))
