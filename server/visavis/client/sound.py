"""Speech files as the caller sends them: 48 kHz mono, and where their voice begins and ends."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""Hz; Opus' own."""
WINDOW = 240
"""Samples of one level: 5 ms."""
SILENCE_DB = -120.0
"""Level of digital silence, and of what never arrived."""
VOICED_DB = -40.0
"""A window is voiced when its level is within this of the file's loudest window."""


class SoundError(Exception):
    """A file that can't be spoken; the message says why."""


@dataclass(frozen=True)
class SoundFile:
    """Something to say. ``first_voiced`` and ``last_voiced`` are sample indices, both voiced."""

    name: str
    samples: NDArray[np.int16]
    first_voiced: int
    last_voiced: int


def levels(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """RMS level of each whole 5 ms window of ``samples`` (N,), dB below full scale."""
    whole = samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW).astype(np.float64)
    power = np.mean((whole / 32768.0) ** 2, axis=1)
    decibels: NDArray[np.float64] = 10.0 * np.log10(np.maximum(power, 10 ** (SILENCE_DB / 10)))
    return decibels


def sound(name: str, samples: NDArray[np.int16]) -> SoundFile:
    """A :class:`Sound` of ``samples`` (N,) at 48 kHz; raises SoundError when it is silent."""
    level = levels(samples)
    if not len(level) or level.max() <= -70.0:
        raise SoundError(f"{name} is silent or shorter than 5 ms; there is nothing to say")
    voiced = np.flatnonzero(level >= level.max() + VOICED_DB)
    return SoundFile(name, samples, int(voiced[0]) * WINDOW, int(voiced[-1] + 1) * WINDOW - 1)


def load(path: Path) -> SoundFile:
    """Decode any audio file that FFmpeg reads; raises SoundError naming the file."""
    if not path.is_file():
        raise SoundError(f"{path} does not exist")
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    pieces: list[NDArray[np.int16]] = []
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise SoundError(f"{path} has no audio in it")
            for frame in [*container.decode(audio=0), None]:
                pieces += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
    except (av.FFmpegError, OSError) as error:
        raise SoundError(f"{path} can't be read as audio: {error}") from error
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
    return sound(path.name, samples)
