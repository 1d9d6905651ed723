"""Speech to test with, spoken by the project's own voice, and sounds that are no speech."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from visavis.settings import Settings

Sound = NDArray[np.float32]


@pytest.fixture(scope="session")
def weights() -> Path:
    return Settings().weights.expanduser()


@pytest.fixture(scope="session")
def say() -> Callable[[str], Sound]:
    """Text -> (N,) float32 at 16 kHz, 0.1 s of silence before and 0.2 s after the voice."""
    from hibari import Hibari

    voice = Hibari()

    @cache
    def speak(text: str) -> Sound:
        spoken = resample_poly(voice(text, seed=1), 2, 3).astype(np.float32)
        loud = np.flatnonzero(np.abs(spoken) > 0.01)
        margins = np.zeros(1600, np.float32), np.zeros(3200, np.float32)
        return np.concatenate([margins[0], spoken[loud[0] : loud[-1]], margins[1]])

    return speak


def _noises() -> dict[str, NDArray[np.float64]]:
    random = np.random.default_rng(0)
    length = 32_000
    time = np.arange(length) / 16_000
    clicks = np.zeros(length)
    clicks[::4000] = 0.9
    knock = np.zeros(length)
    knock[8000:8800] = random.standard_normal(800) * 0.8
    cough = np.zeros(length)
    for start in (3000, 11_000):
        cough[start : start + 4800] = random.standard_normal(4800) * np.exp(-np.arange(4800) / 900)
    notes = (262, 294, 330, 349, 392, 440, 494, 523)
    melody = [np.sin(2 * np.pi * hz * time[:4000]) * np.hanning(4000) for hz in notes]
    return {
        "silence": np.zeros(length),
        "white noise": random.standard_normal(length) * 0.1,
        "loud white noise": random.standard_normal(length) * 0.4,
        "pulsed noise": random.standard_normal(length) * 0.2 * (np.sin(2 * np.pi * 4 * time) > 0),
        "clicks": clicks,
        "knock": knock,
        "cough": cough * 0.6,
        "short cough": cough[2000:9000] * 0.6,
        "mains hum": np.sin(2 * np.pi * 50 * time) * 0.3,
        "sweep": np.sin(2 * np.pi * (200 * time + 300 * time**2)) * 0.3,
        "chord": sum(np.sin(2 * np.pi * hz * time) for hz in (262, 330, 392)) * 0.2,
        "melody": np.concatenate(melody) * 0.4,
    }


NOISES = {name: np.clip(sound, -1, 1).astype(np.float32) for name, sound in _noises().items()}


@pytest.fixture(params=NOISES)
def noise(request: pytest.FixtureRequest) -> Sound:
    """Each sound that is no speech, (N,) float32 at 16 kHz."""
    return NOISES[request.param]
