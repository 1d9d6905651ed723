"""What leaves, when, and what counts as heard: a minute of talk in virtual time."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pytest
from call.loopback import tone, utterance
from numpy.typing import NDArray
from virtual_time import VirtualLoop, run

from visavis.call.voice.clock import MAX_BEHIND_S, RATE, TICK, MediaClock
from visavis.call.voice.playout import DIP, Playout, PlayoutFull, VoiceLevel
from visavis.call.voice.sound import to_48k
from visavis.call.voice.utterance import (
    Event,
    Finished,
    FirstSound,
    Idle,
    OwnWord,
    Started,
    Utterance,
)

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Word:
    start_ms: float
    end_ms: float


WORDS = [Word(0, 200), Word(200, 500), Word(500, 1000)]


class Stage:
    """A playout and everything that came of it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.playout = Playout(self.events.append)

    def play(self, ms: float) -> NDArray[np.int16]:
        return np.concatenate([self.playout.tick() for _ in range(round(ms / 20))])

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def level(pcm: NDArray[np.int16]) -> float:
    """RMS of the middle of it, 1 for the test tone at full gain."""
    return float(np.sqrt(np.mean(np.square(pcm.astype(float))))) / (0.3 * 32767 / 2**0.5)


def test_clauses_follow_each_other_without_a_seam(stage: Stage) -> None:
    whole = tone(0.75)
    for part in (whole[:12_345], whole[12_345:]):
        stage.playout.say(Utterance(0, utterance().id, part))
    out = stage.play(800)
    assert np.array_equal(out[: whole.size], (whole * 32767).astype(np.int16))
    assert not out[whole.size :].any()
    assert [type(event) for event in stage.events] == [
        Started, FirstSound, Finished, Started, Finished, Idle,
    ]  # fmt: skip
    assert stage.of(Started)[1].at_ms == pytest.approx(12_345 / 48)
    assert stage.of(Finished)[1].at_ms == pytest.approx(750)
    assert stage.of(Idle)[0].at_ms == 760


def test_the_first_sound_is_where_it_is_audible(stage: Stage) -> None:
    quiet = np.concatenate([np.full(4_800, 0.001, np.float32), tone(0.2)])
    stage.play(100)
    stage.playout.say(Utterance(3, utterance().id, quiet))
    stage.play(400)
    (first,) = stage.of(FirstSound)
    assert (first.generation, round(first.at_ms)) == (3, 200)


def test_a_pause_is_silent_and_ends_before_idle(stage: Stage) -> None:
    stage.playout.say(utterance(0.1, pause_ms=300))
    out = stage.play(600)
    assert stage.of(Finished)[0].at_ms == 100
    assert stage.of(Idle)[0].at_ms == 400
    assert not out[4_800:].any()


@pytest.mark.parametrize("pause_ms", [0.0, 50.0])
def test_an_empty_clause_is_finished_once(stage: Stage, pause_ms: float) -> None:
    empty = np.zeros(0, np.float32)
    stage.playout.say(Utterance(0, utterance().id, empty, pause_ms=pause_ms))
    stage.play(100)
    (finished,) = stage.of(Finished)
    assert finished.heard.complete
    assert len(stage.of(Idle)) == 1


def test_a_fence_drops_everything_older_within_10_ms(stage: Stage) -> None:
    for generation in (1, 1, 2):
        stage.playout.say(utterance(1.0, generation, words=WORDS))
    stage.play(300)
    heard = stage.playout.fence(2)
    assert [(round(h.ms), h.words, h.complete) for h in heard] == [(300, 1, False), (0, 0, False)]
    assert not stage.playout.say(utterance(1.0, 1))
    out = stage.play(20)
    (_, second) = stage.of(Started)
    assert (second.utterance.generation, second.at_ms) == (2, 300)
    expected = tone(1.0)[:TICK].copy()
    expected[:480] += tone(1.0)[14_400:14_880] * np.linspace(1, 0, 480, dtype=np.float32)
    assert np.allclose(out, expected * 32767, atol=2)


def test_a_fence_between_clauses_reports_nothing_twice(stage: Stage) -> None:
    stage.playout.say(utterance(0.1, 1, pause_ms=200))
    stage.play(200)
    assert len(stage.of(Finished)) == 1
    assert stage.playout.fence(2) == []
    stage.play(20)
    assert len(stage.of(Idle)) == 1


def test_a_dip_is_15_db_within_10_ms(stage: Stage) -> None:
    stage.playout.say(utterance(2.0))
    assert level(stage.play(200)) == pytest.approx(1, abs=0.01)
    stage.playout.dip()
    assert level(stage.play(20)[480:]) == pytest.approx(DIP, rel=0.02)
    assert level(stage.play(200)) == pytest.approx(DIP, rel=0.01)
    stage.playout.resume()
    stage.play(20)
    assert level(stage.play(200)) == pytest.approx(1, abs=0.01)


def test_a_held_voice_comes_back_at_the_word_it_left(stage: Stage) -> None:
    stage.playout.say(utterance(1.0, words=WORDS))
    stage.play(300)
    stage.playout.hold()
    assert stage.playout.gain is VoiceLevel.HOLD
    silent = stage.play(2_000)
    assert not silent[480:].any()
    assert stage.playout.speaking and not stage.of(Finished)
    stage.playout.resume()
    back = stage.play(20)
    assert np.allclose(back[480:], tone(1.0)[9_600 + 480 : 9_600 + 960] * 32767, atol=2)
    stage.play(900)
    (finished,) = stage.of(Finished)
    # 310 ms before the hold (its ramp included), and from 200 ms on after it.
    assert finished.at_ms == pytest.approx(2_300 + 800)
    assert (finished.heard.words, finished.heard.complete) == (3, True)


def test_what_is_dropped_while_held_counts_up_to_the_hold(stage: Stage) -> None:
    stage.playout.say(utterance(1.0, 1, words=WORDS))
    stage.play(500)
    stage.playout.hold()
    stage.play(100)
    (heard,) = stage.playout.fence(2)
    assert (round(heard.ms), heard.words) == (510, 2)
    assert stage.playout.gain is VoiceLevel.FULL
    stage.playout.say(utterance(0.5, 2))
    assert level(stage.play(100)) == pytest.approx(1, abs=0.01)


def test_what_is_said_at_a_sample_is_known_before_and_after(stage: Stage) -> None:
    first, second = utterance(0.5, pause_ms=100), utterance(0.5)
    stage.playout.say(first)
    stage.playout.say(second)

    def at(ms: float) -> tuple[object, int] | None:
        inside = [it for it in stage.playout.near(round(ms * 48)) if 0 <= it.ms < 500]
        return (inside[0].utterance.id, round(inside[0].ms)) if inside else None

    expected = {
        0: (first.id, 0),
        499: (first.id, 499),
        550: None,
        600: (second.id, 0),
        1_099: (second.id, 499),
        1_101: None,
    }
    for _ in range(4):
        assert {ms: at(ms) for ms in expected} == expected
        stage.play(300)


def test_a_mouth_moves_a_little_beyond_its_clause_unless_cut(stage: Stage) -> None:
    first, second = utterance(0.5, pause_ms=200), utterance(0.5)
    stage.playout.say(first)
    stage.playout.say(second)
    stage.play(100)

    def near(ms: float) -> list[int]:
        return [round(spoken.ms) for spoken in stage.playout.near(round(ms * 48))]

    assert near(400) == [400]
    assert near(540) == [540]
    assert near(600) == [600, -100]
    assert near(720) == [720, 20]
    stage.playout.hold()
    stage.play(100)
    assert near(200) == []


def test_no_more_than_a_minute_waits() -> None:
    async def main() -> None:
        stage = Stage()
        for _ in range(6):
            stage.playout.say(utterance(10))
        with pytest.raises(PlayoutFull, match="60 s"):
            stage.playout.say(utterance(1))
        with pytest.raises(ValueError, match="minute"):
            stage.playout.say(utterance(61))
        waiting = asyncio.create_task(stage.playout.room(1_000))
        await asyncio.sleep(1)
        assert not waiting.done()
        stage.play(10_020)
        await asyncio.wait_for(waiting, 1)
        assert stage.playout.say(utterance(1))

    run(main())


def test_samples_of_another_kind_are_refused(stage: Stage) -> None:
    some: list[Any] = [np.zeros((2, 10), np.float32), np.zeros(10, np.int16)]
    for wrong in some:
        with pytest.raises(ValueError, match="float32"):
            stage.playout.say(Utterance(0, utterance().id, wrong))


def test_ticks_leave_on_absolute_deadlines_however_late_some_are() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        clock, left = MediaClock(), []
        await asyncio.sleep(7)
        for k in range(3_000):
            await clock.pace(k * TICK)
            left.append(loop.time())
            if k % 50 == 7:
                loop.advance(0.07)
        assert clock.stalls == 0
        return left

    left = np.array(run(main()))
    late = left - (7 + np.arange(3_000) * 0.02)
    assert late.min() > -1e-6
    assert late.max() < 0.07
    assert late[-1] < 1e-6
    assert np.median(late) < 1e-6


def test_after_a_long_stall_the_clock_moves_and_nothing_is_crammed() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        clock = MediaClock()
        for k in range(10):
            await clock.pace(k * TICK)
        loop.advance(MAX_BEHIND_S + 3)
        await clock.pace(10 * TICK)
        resumed = loop.time()
        await clock.pace(11 * TICK)
        assert loop.time() - resumed == pytest.approx(0.02)
        assert clock.stalls == 1
        assert clock.now() == pytest.approx(11 * TICK, abs=2)

    run(main())


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100, 48_000])
def test_any_rate_becomes_48_khz(rate: int) -> None:
    t = np.arange(rate) / rate
    out = to_48k((0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32), rate)
    assert out.size == RATE and out.dtype == np.float32
    spectrum = np.abs(np.fft.rfft(out[:RATE]))
    assert int(spectrum.argmax()) == 440
    clean = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert np.abs(out - clean)[500:-500].max() < 0.01


def test_samples_that_are_no_numbers_become_silence() -> None:
    out = to_48k(np.array([np.nan, np.inf, -np.inf, 7.0] * 600, np.float32), 24_000)
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 1.0
    with pytest.raises(ValueError, match="rate"):
        to_48k(np.zeros(5, np.float32), 5)


def test_a_tick_takes_well_under_a_millisecond(stage: Stage) -> None:
    for _ in range(50):
        stage.playout.say(utterance(1.0))
    spent = []
    for _ in range(1_000):
        began = time.perf_counter()
        stage.playout.tick()
        spent.append(time.perf_counter() - began)
    assert np.median(spent) < 0.0005


def test_the_first_own_word_is_told_once_and_only_when_it_leaves(stage: Stage) -> None:
    word = Word(200.0, 400.0)
    clause = Utterance(0, utterance().id, tone(0.5), words=(word,), own_word_ms=200.0)
    stage.playout.say(clause)
    stage.play(200)
    assert stage.of(OwnWord) == []
    stage.play(60)
    (told,) = stage.of(OwnWord)
    assert told.utterance is clause and told.at_ms == pytest.approx(200.0)
    stage.playout.hold()
    stage.play(100)
    stage.playout.resume()  # goes back to the beginning of that word
    stage.play(400)
    assert len(stage.of(OwnWord)) == 1
    stage.playout.say(Utterance(0, utterance().id, tone(0.5), own_word_ms=200.0))
    stage.play(100)
    stage.playout.fence(1)
    stage.play(400)
    assert len(stage.of(OwnWord)) == 1, "what never left is not told"
