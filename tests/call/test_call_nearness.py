"""Voices of a television and of callers, as noise with the spectrum of speech."""

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.call.turns.nearness import FRAME, RATE, JudgedFrame, Nearness

Pcm = NDArray[np.int16]
BRIGHT, DULL = 0.16, 0.03
"""Treble to bass, as amplitudes: −16 and −30 dB."""


def voice(seconds: float, db: float, tilt: float = BRIGHT) -> Pcm:
    """Bass and treble by so many dBFS, over a room of −70."""
    count = round(seconds * RATE) // FRAME * FRAME
    rng = np.random.default_rng(1)
    hz = np.fft.rfftfreq(count, 1 / RATE)
    shape = np.where((hz > 200) & (hz < 1000), 1.0, 0.0)
    treble = (hz > 2000) & (hz < 3800)
    shape = np.where(treble, tilt * np.sqrt(800 / 1800), shape)
    sound = np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * shape, count)
    sound *= 10 ** (db / 20) / np.sqrt(np.mean(sound**2))
    return as_pcm(sound + rng.standard_normal(count) * 10 ** (-70 / 20))


def room(seconds: float) -> Pcm:
    count = round(seconds * RATE) // FRAME * FRAME
    return as_pcm(np.random.default_rng(2).standard_normal(count) * 10 ** (-70 / 20))


def as_pcm(sound: NDArray[np.float64]) -> Pcm:
    out: Pcm = np.rint(sound * 32767).astype(np.int16)
    return out


def hear(near: Nearness, pcm: Pcm, speech: float = 0.9) -> list[JudgedFrame]:
    return [near.judge(frame, speech) for frame in pcm.reshape(-1, FRAME)]


def voiced(frames: list[JudgedFrame]) -> int:
    return sum(frame.speech > 0.5 for frame in frames)


def fresh() -> Nearness:
    near = Nearness()
    hear(near, room(1.0), 0.0)
    return near


@pytest.mark.parametrize("db", [-54.0, -48.0, -42.0])
def test_a_quiet_dull_voice_is_somebody_elses_and_is_none_from_then_on(db: float) -> None:
    near = fresh()
    frames = [*hear(near, voice(1.0, db, DULL)), *hear(near, room(0.2), 0.0)]
    assert [frame.others for frame in frames].count(True) == 1
    assert voiced(hear(near, voice(5.0, db, DULL))) == 0


@pytest.mark.parametrize("db", [-57.0, -45.0, -23.0])
def test_a_close_voice_is_the_callers_however_quiet(db: float) -> None:
    near = fresh()
    frames = [*hear(near, voice(1.0, db)), *hear(near, room(0.2), 0.0)]
    assert not any(frame.others for frame in frames)
    assert voiced(frames) >= 30


def test_a_loud_voice_is_the_callers_however_dull() -> None:
    frames = [*hear(near := fresh(), voice(2.0, -25.0, DULL)), *hear(near, room(0.2), 0.0)]
    assert not any(frame.others for frame in frames)


def test_the_caller_is_heard_over_a_television_and_ends_though_it_goes_on() -> None:
    near = fresh()
    hear(near, voice(1.5, -48.0, DULL))
    assert voiced(hear(near, voice(1.0, -23.0))) >= 29
    assert voiced(hear(near, voice(2.0, -46.0, DULL))) <= 3


def test_who_begins_over_a_television_begins_a_turn_of_their_own() -> None:
    near = fresh()
    hear(near, voice(0.6, -48.0, DULL))
    frames = hear(near, voice(0.6, -23.0))
    assert frames[0].others or frames[1].others
    assert voiced(frames) >= 17


def test_a_television_after_the_callers_turn_is_not_theirs() -> None:
    near = fresh()
    hear(near, voice(1.0, -23.0))
    near.answered()
    hear(near, room(0.2), 0.0)
    assert voiced(hear(near, voice(3.0, -48.0, DULL))) == 0


def test_who_speaks_far_more_quietly_than_before_is_believed_soon() -> None:
    near = fresh()
    hear(near, voice(1.0, -23.0))
    near.answered()
    hear(near, room(1.0), 0.0)
    frames = hear(near, voice(1.5, -50.0))
    assert 30 <= voiced(frames) < len(frames)


def test_calibrated_to_a_quiet_voice_a_dull_one_of_that_level_is_the_callers() -> None:
    near = fresh()
    near.calibrated(-45.0)
    frames = [*hear(near, voice(1.0, -46.0, DULL)), *hear(near, room(0.2), 0.0)]
    assert not any(frame.others for frame in frames)


def test_a_television_that_was_switched_off_is_forgotten() -> None:
    near = fresh()
    hear(near, voice(1.5, -48.0, DULL))
    hear(near, room(31.0), 0.0)
    assert voiced(hear(near, voice(1.0, -45.0))) >= 29
