"""The idle life of a face: the same for everyone, smooth, and never regular."""

import dataclasses
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.engines.lipsync.motion import IdleMotion, Motion

FIELDS = [field.name for field in dataclasses.fields(Motion)]


@cache
def moments(seconds: float, rate: float, seed: int) -> list[Motion]:
    idle = IdleMotion(seed)
    return [idle.at(i / rate) for i in range(int(seconds * rate))]


def series(name: str, seconds: float, rate: float = 20, seed: int = 1) -> NDArray[np.float64]:
    return np.array([getattr(moment, name) for moment in moments(seconds, rate, seed)])


def blinks(seconds: float, seed: int = 1) -> NDArray[np.float64]:
    """When each blink begins, s."""
    lids = series("blink", seconds, 20, seed)
    return np.flatnonzero((lids[1:] > 0) & (lids[:-1] == 0)) / 20


def test_two_renderers_draw_the_same_moment() -> None:
    one, other = IdleMotion(5), IdleMotion(5)
    for t in (12345.678, 3.2, 0.0, 9.9e5):  # any order: nothing is remembered
        one.at(t + 7)
        assert one.at(t) == other.at(t)


def test_seeds_differ() -> None:
    assert IdleMotion(1).at(10.0) != IdleMotion(2).at(10.0)


@pytest.mark.parametrize("name", ["yaw", "pitch", "roll", "sway_x", "sway_y", "breath", "smile"])
def test_moves_without_jumps(name: str) -> None:
    values = series(name, 60, 100)
    step = np.abs(np.diff(values)).max()
    assert step < 0.035 * np.ptp(values), f"{name} jumps by {step} in 10 ms"


@pytest.mark.parametrize("name", ["yaw", "pitch", "roll"])
def test_sway_is_irregular(name: str) -> None:
    values = series(name, 240) - series(name, 240).mean()
    spectrum = np.abs(np.fft.rfft(values)) ** 2
    assert spectrum.max() / spectrum.sum() < 0.35, "one frequency carries the movement"
    assert np.abs(values).max() < 5, "a listener's head turns by a few degrees"


def test_blinks_are_irregular_and_as_often_as_peoples() -> None:
    gaps = np.diff(blinks(240))
    single = gaps[gaps > 1]
    assert single.min() > 1.9
    assert single.max() < 6.1
    assert single.std() > 0.5
    assert (gaps < 1).any(), "now and then one comes double"


def test_each_blink_shows_shut_lids_at_25_fps() -> None:
    idle = IdleMotion(1)
    for begin in blinks(240)[:15]:
        for phase in np.arange(0, 0.04, 0.01):
            frames = [idle.at(begin + phase + i * 0.04).blink for i in range(6)]
            assert max(frames) > 0.85


def test_lids_fall_faster_than_they_rise() -> None:
    idle, about = IdleMotion(1), blinks(240)[0]
    lids = np.array([idle.at(about - 0.1 + i / 1000).blink for i in range(400)])
    shut = np.flatnonzero(lids == 1)
    falls = shut[0] - np.flatnonzero(lids > 0)[0]
    rises = np.flatnonzero(lids[shut[-1] :] == 0)[0]
    assert 30 < falls < rises < 150


def test_looks_mostly_at_the_viewer() -> None:
    away = np.hypot(series("gaze_x", 240), series("gaze_y", 240))
    assert 0.6 < (away < 1.2).mean() < 0.9
    assert away.max() > 3


def test_breathes_about_fourteen_times_a_minute() -> None:
    breath = series("breath", 240)
    assert 0 <= breath.min() < 0.02
    assert 0.98 < breath.max() <= 1
    starts = np.count_nonzero((breath[1:] > 0.5) & (breath[:-1] <= 0.5))
    assert starts / 4 == pytest.approx(14, abs=1.5)


def test_ranges() -> None:
    for name in ("blink", "smile", "brow", "breath"):
        values = series(name, 240)
        assert values.min() >= 0, name
        assert values.max() <= 1, name


def test_loud_speech_moves_the_head_more_and_silence_changes_nothing() -> None:
    idle = IdleMotion(3)
    times = np.arange(0, 30, 0.04)
    assert idle.at(8.0, energy=0.0) == idle.at(8.0)
    calm = np.array([idle.at(t).pitch for t in times])
    lively = np.array([idle.at(t, energy=1.0).pitch for t in times])
    assert np.abs(np.diff(lively)).mean() > 1.5 * np.abs(np.diff(calm)).mean()
