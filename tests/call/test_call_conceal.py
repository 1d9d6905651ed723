"""Concealment, judged on periodic sounds whose continuation is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.call.hearing.conceal import FADE, RATE, Concealer


def voice(hz: float, seconds: float) -> NDArray[np.int16]:
    """A steady vowel: a few harmonics."""
    time = np.arange(round(RATE * seconds)) / RATE
    sound = sum(np.sin(2 * np.pi * hz * k * time) / k for k in range(1, 6))
    return np.asarray(sound * 5000).astype(np.int16)


def rms(sound: NDArray[np.int16]) -> float:
    return float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))


@pytest.mark.parametrize("hz", [80, 125, 200, 320])
def test_a_vowel_goes_on_at_its_pitch(hz: float) -> None:
    whole = voice(hz, 0.2)
    concealer = Concealer()
    concealer.heard(whole[:2400])
    invented = concealer.conceal(320)
    fade = 1 - np.arange(320) / FADE
    error = invented - whole[2400:2720] * fade
    assert rms(error) < 0.1 * rms(whole)


def test_it_is_silent_within_60_ms_and_stays_so() -> None:
    concealer = Concealer()
    concealer.heard(voice(150, 0.1))
    parts = [concealer.conceal(320) for _ in range(50)]
    levels = [rms(part) for part in parts]
    assert levels[0] > levels[1] > levels[2] > 0
    assert max(levels[3:]) == 0


def test_real_sound_comes_back_without_a_step() -> None:
    whole = voice(150, 0.2)
    concealer = Concealer()
    concealer.heard(whole[:1600])
    invented = concealer.conceal(320)
    back = concealer.heard(whole[1920:2240])
    steepest = np.abs(np.diff(whole.astype(int))).max()
    joint = np.abs(np.diff(np.concatenate([invented[-5:], back[:80]]).astype(int)))
    assert joint.max() < 1.5 * steepest
    assert np.array_equal(back[64:], whole[1984:2240])
    assert concealer.heard(whole[2240:]) is not None


def test_sound_that_needs_nothing_is_not_touched() -> None:
    concealer = Concealer()
    sound = voice(150, 0.1)
    assert np.array_equal(concealer.heard(sound), sound)


def test_before_any_sound_a_loss_is_silence() -> None:
    concealer = Concealer()
    assert not concealer.conceal(320).any()
    assert not concealer.conceal(1).any()
    assert len(concealer.conceal(0)) == 0


@pytest.mark.parametrize("level", [0, 1, 32_767])
def test_extreme_sounds_stay_in_range(level: int) -> None:
    concealer = Concealer()
    square = np.where(np.arange(1600) // 50 % 2, level, -level).astype(np.int16)
    concealer.heard(square)
    invented = concealer.conceal(960)
    assert np.abs(invented.astype(int)).max() <= level
    back = concealer.heard(square)
    assert np.abs(back.astype(int)).max() <= level
