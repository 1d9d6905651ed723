"""Sounds in a running call: where they begin and end, and what is named."""

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.learning.examples import features_of, sound_file
from visavis.learning.sounds import Sounded, SoundRecogniser
from visavis.learning.trainers import TRAINERS, Example
from visavis.learning.trainers.artefact import load
from visavis.learning.trainers.types import Model

RATE = 16_000
GLIDES = {"yes": (140, 330), "no": (330, 140), "more": (220, 215)}


def hum(name: str, seed: int, before_s: float = 0.3, after_s: float = 0.5) -> NDArray[np.int16]:
    """A second of a voice that glides, between silences in a quiet room: (N,) int16."""
    random = np.random.default_rng(seed)
    low, high = GLIDES[name]
    share = np.linspace(0, 1, int(RATE * random.uniform(0.9, 1.2)))
    phase = 2 * np.pi * np.cumsum(low + (high - low) * share * random.uniform(0.9, 1.1)) / RATE
    wave = sum(np.sin(n * phase) / n**1.3 for n in range(1, 12)) * np.sin(np.pi * share) ** 0.3
    parts = [np.zeros(int(RATE * before_s)), wave * 4_000, np.zeros(int(RATE * after_s))]
    pcm = np.concatenate(parts)
    return np.asarray(pcm + random.normal(0, 8, len(pcm))).astype(np.int16)


@pytest.fixture(scope="module")
def model() -> Model:
    takes = [
        Example(
            f"{name} {n}",
            name,
            features_of(
                "audio", sound_file(hum(name, n, 0.1 + 0.2 * n).astype(float) / 32768, RATE)
            ),
        )
        for name in GLIDES
        for n in range(2)
    ]
    return load(
        TRAINERS["baseline_knn"].train(
            takes, seed=0, progress=lambda share: None, cancelled=lambda: False
        )
    )


def heard(model: Model, pcm: NDArray[np.int16]) -> list[tuple[float, Sounded]]:
    """What comes of packets of 20 ms, and how many ms of sound had come by then."""
    recogniser, found = SoundRecogniser(model), []
    for start in range(0, len(pcm), 320):
        one = recogniser.sound(pcm[start : start + 320])
        if one is not None:
            found.append(((start + 320) / 16, one))
    return found


@pytest.mark.parametrize("name", GLIDES)
def test_a_sound_is_named_soon_after_its_end(model: Model, name: str) -> None:
    pcm = hum(name, 50, 0.5)
    ((at_ms, one),) = heard(model, pcm)
    assert one.label == name and one.confidence > 0.5
    over_ms = len(pcm) / 16 - 500
    assert abs(one.from_ms - 500) <= 150 and abs(one.to_ms - over_ms) <= 100
    assert at_ms - one.to_ms <= 300
    assert len(one.pcm) / 16 == pytest.approx(at_ms - one.from_ms + 200, abs=45)


def test_noise_is_unknown_and_silence_and_clicks_are_nothing(model: Model) -> None:
    random = np.random.default_rng(1)
    noise = np.concatenate([np.zeros(8_000), random.normal(0, 3_000, 16_000), np.zeros(8_000)])
    ((_, one),) = heard(model, noise.astype(np.int16))
    assert one.label is None and one.confidence < 0.5
    assert heard(model, random.normal(0, 20, 48_000).astype(np.int16)) == []
    click = np.zeros(32_000, np.int16)
    click[16_000:17_000] = 9_000
    assert heard(model, click) == []
