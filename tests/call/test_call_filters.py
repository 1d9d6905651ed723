"""Filters: what they take away, what they leave, and what is refused before anyone calls."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from call.filters_found import chain, context, find
from known import known
from numpy.typing import NDArray

from visavis.call.hearing.filters import Chain, for_caller, for_persona, measured, whole
from visavis.engines.filters.base import FilterError
from visavis.engines.filters.ffmpeg import FilterGraph, steps

RATE = 16_000


def tone(hz: float, seconds: float = 2.0, rate: int = RATE) -> NDArray[np.float32]:
    t = np.arange(int(seconds * rate)) / rate
    pcm: NDArray[np.float32] = (0.25 * np.sin(2 * np.pi * hz * t)).astype(np.float32)
    return pcm


def noise(seconds: float = 2.0, seed: int = 1) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(int(seconds * RATE)) * 0.06).astype(np.float32)


def db(one: NDArray[Any], other: NDArray[Any]) -> float:
    def power(sound: NDArray[Any]) -> float:
        return float(np.mean(sound[RATE // 2 :].astype(float) ** 2))

    return float(10 * np.log10(power(one) / power(other)))


def through(
    name: str, sound: NDArray[np.float32], sizes: Sequence[int], own: dict[str, str] | None = None
) -> NDArray[np.float32]:
    stream, out, at = known(find(name, own)).stream(RATE), [], 0
    for size in sizes:
        out.append(stream.push(sound[at : at + size]))
        at += size
    assert at >= len(sound)
    return np.concatenate([*out, stream.finish()])


def test_the_high_pass_takes_hum_and_leaves_speech_alone() -> None:
    for hz, least, most in ((25, -99, -18), (50, -99, -8), (300, -0.5, 0.5), (3000, -0.5, 0.5)):
        sound = tone(hz)
        assert least < db(through("high-pass", sound, [RATE * 2]), sound) < most, hz


def test_denoising_takes_steady_noise() -> None:
    hiss = noise() / np.float32(20)  # −50 dBFS
    assert db(through("denoise", hiss, [RATE * 2]), hiss) < -10


@pytest.mark.parametrize("name", ["high-pass", "denoise", "high-pass+denoise"])
def test_odd_packets_give_what_one_go_gives(name: str) -> None:
    sound = noise()
    sizes = np.random.default_rng(3).integers(0, 700, 200).tolist()
    whole_go = through(name, sound, [len(sound)])
    odd = through(name, sound, [*sizes, 1, len(sound)])
    assert len(odd) == len(whole_go) == len(sound)
    assert odd.dtype == np.float32 and np.abs(odd - whole_go).max() < 3e-5


def test_a_name_may_be_a_chain_and_the_settings_own() -> None:
    both = known(find(" high-pass + mine ", {"mine": "volume=-6dB"}))
    assert both.name == "high-pass+mine"
    assert both.implementation == "highpass=f=80:poles=2,volume=-6dB"
    assert find("") is None
    sound = tone(1000)
    softer = through("mine", sound, [len(sound)], {"mine": "volume=-6dB"})
    assert db(softer, sound) == pytest.approx(-6, abs=0.2)


def test_commas_in_quotes_belong_to_the_options() -> None:
    assert steps(r"aeval='abs(val(0),1)':c=same,volume=1\,5") == [
        ("aeval", "'abs(val(0),1)':c=same"),
        ("volume", r"1\,5"),
    ]


@pytest.mark.parametrize(
    ("name", "own", "words"),
    [
        ("hi-pass", {}, "There is no audio filter 'hi-pass'; there are denoise, high-pass"),
        ("mine", {"mine": "highpass=f=abc"}, "(highpass=f=abc): Undefined constant"),
        ("mine", {"mine": "highpass=zz=3"}, "No such option: zz."),
        ("mine", {"mine": "nosuch=1"}, "no filter nosuch"),
        ("mine", {"mine": ""}, "refuses the audio filter 'mine'"),
        ("mine", {"mine": "volume=0"}, "lets nothing through"),
        ("mine", {"mine": "atempo=1.2"}, "must keep the length"),
        ("high-pass+loudness", {}, "looks ahead; at most 20 ms"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_name_and_ffmpegs_words(
    name: str, own: dict[str, str], words: str
) -> None:
    with pytest.raises(FilterError) as refused:
        asyncio.run(for_caller(context(caller_filter=name, filters=own)))
    assert words in str(refused.value)


def test_what_looks_ahead_is_for_the_persona_only() -> None:
    set_ = context(persona_filter="loudness")
    assert known(asyncio.run(for_persona(set_, 24_000))).name == "loudness"
    delay = measured(chain("denoise"), RATE)
    assert (delay.shift, delay.held) == (128, 60), "8 ms late, and 4 ms held back of a packet"


@pytest.mark.parametrize("name", ["high-pass", "denoise", "loudness"])
def test_a_whole_clause_keeps_its_length_and_its_place(name: str) -> None:
    rate = 24_000
    clause = np.zeros(2 * rate, np.float32)
    burst = np.random.default_rng(2).standard_normal(rate // 2).astype(np.float32) * 0.1
    clause[rate : rate + rate // 2] = burst
    out = whole(chain(name), clause, rate)
    assert out.shape == clause.shape and out.dtype == np.float32
    loud = np.flatnonzero(np.abs(out) > 0.05)
    assert abs(loud[0] - rate) < 0.004 * rate
    assert abs(loud[-1] - 1.5 * rate) < 0.004 * rate


@pytest.mark.parametrize("name", ["high-pass", "denoise", "loudness"])
def test_nothing_one_sample_and_what_is_no_number_are_safe(name: str) -> None:
    chosen = chain(name)
    assert whole(chosen, np.zeros(0, np.float32), 24_000).shape == (0,)
    assert whole(chosen, np.ones(1, np.float32), 24_000).shape == (1,)
    broken = np.full(4800, 0.1, np.float32)
    broken[::7], broken[3::11] = np.nan, np.inf
    out = whole(chosen, broken, 24_000)
    assert out.shape == broken.shape and np.isfinite(out).all() and np.abs(out).max() <= 1


class Late:
    """A filter as somebody else would write it: everything comes ``by`` samples later."""

    system = "late:1"

    def __init__(self, by: int, **wrong: Any) -> None:
        self.parameters = {"by": by}
        self._by, self._wrong = by, wrong

    def stream(self, rate: int) -> "LateStream":
        return LateStream(self._by, **self._wrong)


class LateStream:
    def __init__(
        self, by: int, dtype: Any = np.float32, fails: bool = False, more: int = 0
    ) -> None:
        self._rest = np.zeros(by, dtype)
        self._dtype, self._fails, self._more = dtype, fails, more

    def push(self, pcm: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._fails:
            raise ZeroDivisionError("by nothing")
        both = np.concatenate([self._rest, pcm]).astype(self._dtype)
        self._rest = both[len(pcm) :]
        out: NDArray[np.float32] = both[: len(pcm)]
        return out

    def finish(self) -> NDArray[np.float32]:
        return np.zeros(self._more, np.float32)


def test_a_filter_of_a_strangers_is_measured_chained_and_told_of() -> None:
    assert (measured(Chain("late", (Late(40),)), RATE).shift) == 40
    both = Chain(
        "late+denoise", (Late(40), FilterGraph("denoise", "anlmdn=s=0.05:p=0.002:r=0.006"))
    )
    assert both.implementation == 'late:1 {"by": 40},anlmdn=s=0.05:p=0.002:r=0.006'
    delay = measured(both, RATE)
    assert delay.shift == 168 and delay.held == 60, "the sum of both"
    burst = np.zeros(RATE, np.float32)
    burst[4000:6000] = noise(0.125)
    loud = np.flatnonzero(np.abs(whole(both, burst, RATE)) > 0.02)
    assert abs(loud[0] - 4000) < 40 and abs(loud[-1] - 6000) < 40, "put back in its place"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"dtype": np.float64}, r"gives float64 \(64000,\), and float32 \(N,\) is expected"),
        ({"fails": True}, r"'late' \(late:1 .*\) broke when it was tried: ZeroDivision"),
        ({"more": 3}, r"makes 64003 samples of 64000"),
    ],
)
def test_a_filter_that_keeps_no_promise_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(FilterError, match=words):
        measured(Chain("late", (Late(40, **wrong),)), RATE)
