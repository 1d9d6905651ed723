"""Gesture and vocalisation features: invariances, gaps, bad input."""

from dataclasses import replace

import numpy as np
import pytest
from learning.body import Performance, perform
from numpy.typing import NDArray

from visavis.engines.pose.features import PARTS, FeaturesError, Landmarks, dump
from visavis.learning.features import DIMS, GESTURE, Features, from_npz, gesture
from visavis.learning.segments import trim
from visavis.learning.takes import audio_problems, gesture_problems
from visavis.learning.vocalisation import DIMS as SOUND_DIMS
from visavis.learning.vocalisation import vocalisation


def rows(kind: str, how: Performance, seed: int = 1) -> Features:
    take = perform(kind, how, np.random.default_rng(seed))
    return gesture(
        take.pose, take.face, take.left_hand, take.right_hand, take.t_ms, take.header.size
    )


def test_place_size_and_frame_rate_change_nothing() -> None:
    plain = rows("circle", Performance(fps=30))
    moved = rows("circle", Performance(fps=30, width=0.1, centre=(0.3, 0.6)))
    slow = rows("circle", Performance(fps=10))
    assert plain.values.shape == (31, DIMS) == slow.values.shape
    assert np.abs(plain.values - moved.values).max() < 1e-3
    assert np.abs(plain.values - slow.values).max() < 0.12
    assert np.abs(plain.values - rows("circle back", Performance(fps=30)).values).max() > 0.5
    assert plain.encoding == GESTURE


def test_what_is_lost_is_bridged_and_marked() -> None:
    take = perform("wave", Performance(fps=30), np.random.default_rng(1))
    take.right_hand[10:40] = np.nan
    take.face[:] = np.nan
    found = gesture(
        take.pose, take.face, take.left_hand, take.right_hand, take.t_ms, take.header.size
    )
    assert np.isfinite(found.values).all()
    assert not found.seen[:, 1].any() and found.seen[:, 0].all()
    assert found.seen[0, 3] and not found.seen[12, 3] and found.seen[-1, 3]
    with pytest.raises(ValueError, match="no frames"):
        gesture(
            take.pose[:0], take.face[:0], take.left_hand, take.right_hand, take.t_ms[:0], (4, 3)
        )


def test_a_file_gives_the_same_rows() -> None:
    take = perform("eat", Performance(), np.random.default_rng(2))
    frames = [
        Landmarks(**{part: getattr(take, part)[n] for part in PARTS}, t_ms=float(take.t_ms[n]))
        for n in range(len(take.t_ms))
    ]
    data = dump(take.header, frames)
    assert np.array_equal(from_npz(data).values, rows("eat", Performance(), 2).values)
    with pytest.raises(FeaturesError):
        from_npz(data[:1000])


def test_poor_takes_are_refused_in_plain_words() -> None:
    def problems(kind: str, how: Performance, light: float = 120.0) -> str:
        take = perform(kind, how, np.random.default_rng(3))
        return " ".join(gesture_problems(take, [light] * len(take.t_ms)))

    good = Performance(jitter=0.01)
    assert problems("wave", good) == problems("grasp", good) == problems("eat", good) == ""
    assert "short" in problems("wave", replace(good, seconds=0.5))
    assert "long" in problems("wave", replace(good, seconds=12))
    assert "dark" in problems("wave", good, light=10)
    assert "No movement" in problems("rest", good)
    take = perform("wave", good, np.random.default_rng(3))
    take.mask[:, 2:] = False
    take.left_hand[:] = take.right_hand[:] = np.nan
    assert "hands" in " ".join(gesture_problems(take))
    take.mask[:, 0] = False
    take.pose[:] = np.nan
    assert "shoulders" in " ".join(gesture_problems(take))


def tone(seconds: float, hz: float, level: float = 0.3, rate: int = 16_000) -> NDArray[np.float32]:
    t = np.arange(int(seconds * rate)) / rate
    swell = np.clip(np.minimum(t, seconds - t) * 4, 0, 1)
    return np.asarray(level * swell * np.sin(2 * np.pi * hz * t), np.float32)


def test_sounds_are_told_apart_at_any_loudness_and_rate() -> None:
    low = vocalisation(tone(1.2, 200), 16_000)
    quiet = vocalisation(tone(1.2, 200, 0.05), 16_000)
    fast = vocalisation(tone(1.2, 200, rate=48_000), 48_000)
    high = vocalisation(tone(1.2, 900), 16_000)
    assert low.values.shape == (30, SOUND_DIMS) == fast.values.shape
    apart = np.abs(low.values - high.values).mean()
    assert np.abs(low.values - quiet.values).mean() < 0.1 * apart
    assert np.abs(low.values - fast.values).mean() < 0.3 * apart
    for bad in (np.zeros(10, np.float32), np.full(16_000, np.nan, np.float32)):
        with pytest.raises(ValueError):
            vocalisation(bad, 16_000)


def test_silence_around_a_sound_changes_nothing_of_it() -> None:
    whole = np.random.default_rng(2).normal(0, 0.0006, 32_000).astype(np.float32)
    whole[6_400:22_400] += tone(1.0, 300)  # as a whistle, it has hardly more than one band
    take, live = (trim(vocalisation(part, 16_000)) for part in (whole, whole[5_120:23_040]))
    assert 20 <= len(take.values) == len(live.values) <= 27
    assert np.abs(take.values - live.values).mean() < 0.02


def test_poor_sounds_are_refused_in_plain_words() -> None:
    assert audio_problems(tone(1.5, 300), 16_000) == []
    assert "short" in " ".join(audio_problems(tone(0.4, 300), 16_000))
    assert "Nothing was heard" in " ".join(audio_problems(np.zeros(32_000, np.float32), 16_000))
    hiss = np.random.default_rng(1).normal(0, 0.008, 32_000).astype(np.float32)
    assert "noise" in " ".join(audio_problems(hiss, 16_000))
    square = np.sign(tone(1.5, 300)) + np.float32(0)
    assert "distorted" in " ".join(audio_problems(square, 16_000))
