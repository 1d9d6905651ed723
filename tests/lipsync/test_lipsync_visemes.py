"""The mouth over time: what is closed, when it moves, and how softly it rests."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.engines.lipsync.visemes import INDEX, LEAD_MS, VISEMES, VisemeTrack


@dataclass(frozen=True)
class Sound:
    symbol: str
    start_ms: float
    end_ms: float


def said(*sounds: tuple[str, float]) -> tuple[list[Sound], float]:
    """Sounds one after the other, from their symbols and lengths in ms, and the whole length."""
    at, made = 0.0, []
    for symbol, length in sounds:
        made.append(Sound(symbol, at, at + length))
        at += length
    return made, at


def track(*sounds: tuple[str, float]) -> VisemeTrack:
    return VisemeTrack.from_phonemes(*said(*sounds))


def shown(of: VisemeTrack, name: str, times: NDArray[Any]) -> NDArray[np.float32]:
    return np.array([of.at(t)[INDEX[name]] for t in times])


def test_weights_are_shares() -> None:
    weights = track(("h", 60), ("ə", 70), ("l", 60), ("ˈO", 200)).weights
    assert weights.dtype == np.float32
    assert weights.shape[1] == len(VISEMES) == 15
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    assert weights.min() >= 0


@pytest.mark.parametrize("phase", range(0, 40, 5))
def test_every_p_b_and_m_shows_closed_lips_at_25_fps(phase: int) -> None:
    said_map = track(("m", 50), ("ˈæ", 120), ("p", 25), ("ˈɑ", 120), ("b", 40), ("i", 90))
    frames = np.arange(phase - 80.0, 500, 40)
    closed = shown(said_map, "PP", frames) > 0.97
    runs = np.flatnonzero(np.diff(np.concatenate([[0], closed.astype(int)])) == 1)
    assert len(runs) == 3, "the lips should meet once for each of m, p and b"


def test_vowels_open_between_closures() -> None:
    said_map = track(("m", 50), ("ˈæ", 130), ("p", 60))
    times = np.arange(0.0, 240, 5)
    opened = shown(said_map, "aa", times) + shown(said_map, "E", times)
    assert opened.max() > 0.6


def test_teeth_meet_the_lip_however_short_the_sound() -> None:
    assert (
        shown(track(("ˈu", 150), ("v", 20), ("ˈi", 150)), "FF", np.arange(0, 330, 5)).max() > 0.97
    )


def test_lips_lead_the_voice() -> None:
    times = np.arange(-200.0, 600, 1)
    opened = shown(track(("ˈɑ", 300)), "aa", times)
    half = times[np.flatnonzero(opened > opened.max() / 2)[0]]
    assert half == pytest.approx(-LEAD_MS, abs=6)


def test_a_pause_closes_the_mouth_softly() -> None:
    sounds = [Sound("ˈɑ", 0, 200), Sound("ˈɑ", 800, 1000)]
    paused = VisemeTrack.from_phonemes(sounds, 1000)
    times = np.arange(0.0, 1000, 5)
    rest = shown(paused, "sil", times)
    assert rest[(times > 450) & (times < 600)].min() > 0.9
    assert np.abs(np.diff(rest)).max() < 0.08, "the mouth should not snap shut in 5 ms"


def test_rests_outside_the_clause() -> None:
    of = track(("ˈɑ", 200))
    for ms in (-10_000, -400, 900, 1e7):
        assert of.at(ms)[0] == pytest.approx(1, abs=0.02)


def test_a_short_gap_between_sounds_does_not_close_the_mouth() -> None:
    sounds = [Sound("ˈɑ", 0, 200), Sound("ˈɑ", 250, 450)]
    assert shown(VisemeTrack.from_phonemes(sounds, 450), "aa", np.arange(50, 300, 5)).min() > 0.8


def test_unstressed_vowels_are_smaller() -> None:
    times = np.arange(0.0, 700, 5)
    opened = shown(track(("ˈɑ", 200), ("t", 200), ("ɑ", 200)), "aa", times)
    assert opened[times > 350].max() < 0.9 * opened[times < 250].max()


def test_without_marks_no_vowel_counts_as_unstressed() -> None:
    assert shown(track(("ɑ", 300)), "aa", np.arange(0, 300, 5)).max() > 0.95


def test_diphthongs_move() -> None:
    of = track(("ˈI", 240))
    early, late = of.at(20), of.at(160)
    assert early[INDEX["aa"]] > late[INDEX["aa"]] + 0.3
    assert late[INDEX["ih"]] > early[INDEX["ih"]] + 0.3


@pytest.mark.parametrize("symbol", ["?", "", "ˈ", "7", "☃", " "])
def test_what_is_no_sound_is_silence(symbol: str) -> None:
    assert track((symbol, 200)).at(100)[0] == pytest.approx(1)


@pytest.mark.parametrize("duration", [0, -5, float("nan"), float("inf")])
def test_refuses_an_impossible_duration(duration: float) -> None:
    with pytest.raises(ValueError, match="duration_ms"):
        VisemeTrack.from_phonemes([], duration)


def test_no_sounds_is_a_mouth_at_rest() -> None:
    assert VisemeTrack.from_phonemes([], 300).weights[:, 0].min() == 1


def test_every_symbol_of_the_voice_has_a_shape() -> None:
    spoken = "AIOWYbdfhijklmnpstuvwzæðŋɑɔəɛɜɡɪɹʃʊʌʒʤʧθᵊᵻɾʔT"
    silent = [s for s in spoken if track((s, 200)).weights[:, 0].min() > 0.9]
    assert silent == []


class TestFromLoudness:
    rate = 24_000

    def voiced(self, hz: float, seconds: float) -> NDArray[np.float32]:
        t = np.arange(int(seconds * self.rate)) / self.rate
        return np.asarray(0.3 * np.sin(2 * np.pi * hz * t), np.float32)

    def test_opens_with_sound_and_rests_in_silence(self) -> None:
        quiet = np.zeros(self.rate // 2, np.float32)
        of = VisemeTrack.from_loudness(
            np.concatenate([quiet, self.voiced(700, 0.5), quiet]), self.rate
        )
        assert of.at(200)[0] > 0.95
        assert of.at(700)[0] < 0.3
        assert of.at(1300)[0] > 0.95

    def test_timbre_chooses_the_shape(self) -> None:
        low, high = (
            VisemeTrack.from_loudness(self.voiced(hz, 0.6), self.rate).at(300) for hz in (300, 6000)
        )
        assert VISEMES[int(low.argmax())] == "ou"
        assert VISEMES[int(high.argmax())] == "SS"

    def test_silence_and_nothing_are_rest(self) -> None:
        for samples in (np.zeros(0, np.float32), np.zeros(9, np.float32), np.zeros(48_000)):
            assert VisemeTrack.from_loudness(samples, self.rate).weights[:, 0].min() > 0.99

    def test_refuses_what_is_no_sound(self) -> None:
        for samples in (np.array([np.nan] * 999), np.zeros((2, 999))):
            with pytest.raises(ValueError, match="finite"):
                VisemeTrack.from_loudness(samples, self.rate)
