"""The measuring on levels made by hand."""

from pathlib import Path

import numpy as np
import pytest
import sounds
from known import known

from visavis.client.measure import (
    STEP,
    LevelTrack,
    first_audible,
    gaps,
    giving_way,
    last_audible,
    loudness,
    onset_of_run,
)
from visavis.client.mouth import lag
from visavis.client.sound import SILENCE_DB, SoundError, load, sound
from visavis.client.timeline import WRAP, RtpTimeline


def heard(*spans: tuple[float, float]) -> LevelTrack:
    """``(ms, dB)`` one after another."""
    return LevelTrack(100.0, np.concatenate([np.full(int(ms / 5), db) for ms, db in spans]))


def ms(moment: float | None) -> float:
    return round((known(moment) - 100.0) * 1000, 3)


def test_first_audible_is_the_first_sustained_sound() -> None:
    clicks = heard((100, -90), (10, -20), (100, -90), (200, -30), (500, -90))
    assert ms(first_audible(clicks, 100.0)) == 210
    assert first_audible(clicks, 100.5) is None
    assert ms(last_audible(clicks, 100.0)) == 410


def test_a_sound_still_beginning_is_not_called_sustained_yet() -> None:
    assert first_audible(heard((100, -90), (30, -20)), 100.0) is None


def test_onset_of_run_bridges_pauses_inside_speech() -> None:
    speech = heard((200, -30), (400, -90), (200, -30), (200, -90), (200, -30))
    assert ms(onset_of_run(speech, 101.1)) == 600


def test_giving_way_is_measured_against_the_level_before() -> None:
    way = known(giving_way(heard((1000, -20), (90, -20), (210, -36), (600, -90)), 101.0))
    assert way.level_before_db == -20
    assert way.yield_ms == pytest.approx(90, abs=1e-6)
    assert way.silence_ms == pytest.approx(300, abs=1e-6)
    assert way.resumed_ms is None


def test_a_dip_of_14_db_is_no_yielding() -> None:
    way = known(giving_way(heard((1000, -20), (90, -20), (500, -34), (10, -20)), 101.0))
    assert way.yield_ms is None


def test_a_pause_inside_a_word_is_no_yielding() -> None:
    way = known(giving_way(heard((1000, -20), (150, -90), (850, -20)), 101.0))
    assert way.yield_ms is None and way.silence_ms is None


def test_coming_back_is_told() -> None:
    way = known(giving_way(heard((1000, -20), (100, -20), (400, -40), (500, -22)), 101.0))
    assert way.yield_ms == pytest.approx(100, abs=1e-6)
    assert way.resumed_ms == pytest.approx(500, abs=1e-6)


def test_a_pause_of_its_own_is_told_apart() -> None:
    way = known(giving_way(heard((960, -20), (340, -90), (700, -20)), 101.0))
    assert way.in_pause
    assert not known(giving_way(heard((1060, -20), (940, -90)), 101.0)).in_pause


def test_nobody_spoke_before() -> None:
    assert giving_way(heard((1000, -90), (1000, -20)), 101.0) is None


def test_loudness_bridges_jitter_but_not_silence() -> None:
    times = [10.001, 10.006, 10.021, 10.101]
    grid = loudness(times, [-20.0, -21.0, -22.0, -23.0], 10.0, 10.2)
    assert list(grid.levels[:5]) == [-20.0, -21.0, -21.0, -21.0, -22.0]
    assert grid.levels[10] == SILENCE_DB
    assert len(grid.levels) == pytest.approx(0.2 / STEP, abs=1)


def test_gaps() -> None:
    assert gaps([0.0, 0.02, 0.1, 0.12], 0.06) == [(0.02, 0.08)]


def test_lag_finds_a_late_mouth() -> None:
    seconds = np.arange(0, 5, 0.005)
    rng = np.random.default_rng(3)
    voice = np.interp(seconds, np.arange(0, 5, 0.1), rng.random(50))
    frames = np.arange(0, 5, 0.04)
    late = np.interp(frames - 0.12, seconds, voice)
    offset, correlation = known(lag(frames, late, seconds, voice))
    assert offset == pytest.approx(120, abs=8)
    assert correlation > 0.9


def test_lag_of_a_still_mouth_is_unknown() -> None:
    seconds = np.arange(0, 5, 0.005)
    frames = np.arange(0, 5, 0.04)
    assert lag(frames, np.ones(len(frames)), seconds, np.sin(seconds * 9)) is None


def test_timeline_survives_the_wrap_of_its_timestamps() -> None:
    line = RtpTimeline(48_000)
    assert line.unwrap(WRAP - 960) == WRAP - 960
    assert line.unwrap(0) == WRAP
    assert line.unwrap(WRAP - 1920) == WRAP - 1920


def test_reports_put_two_streams_on_one_line() -> None:
    sound_line, picture_line = RtpTimeline(48_000), RtpTimeline(90_000)
    sound_line.unwrap(1000), picture_line.unwrap(70_000)
    now = 3_900_000_000
    sound_line.reported(now * WRAP, 1000)
    picture_line.reported(now * WRAP + WRAP // 2, 70_000)
    picture = picture_line.seconds(70_000, ntp=True)
    assert picture - sound_line.seconds(1000, ntp=True) == pytest.approx(0.5)


def test_voiced_span_of_a_sound() -> None:
    samples = np.concatenate([sounds.silence(100), sounds.tone(300), sounds.silence(200)])
    said = sound("x", samples)
    assert said.first_voiced / 48 == pytest.approx(100, abs=5)
    assert said.last_voiced / 48 == pytest.approx(400, abs=5)


def test_silence_is_nothing_to_say() -> None:
    with pytest.raises(SoundError, match="is silent"):
        sound("x.wav", sounds.silence(500))


def test_files_are_resampled_and_bad_ones_named(tmp_path: Path) -> None:
    path = sounds.save(tmp_path / "tone.wav", sounds.tone(300))
    assert len(load(path).samples) == 300 * 48
    (tmp_path / "bad.wav").write_bytes(b"no sound at all")
    with pytest.raises(SoundError, match=r"bad\.wav can't be read"):
        load(tmp_path / "bad.wav")
    with pytest.raises(SoundError, match="does not exist"):
        load(tmp_path / "none.wav")
