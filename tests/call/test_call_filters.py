"""Filters: what they take away, what they leave, and what is refused before anyone calls."""

import numpy as np
import pytest

from visavis.call.hearing import filters
from visavis.call.hearing.filters import (
    FilterError,
    Stream,
    find,
    for_caller,
    for_persona,
    measured,
    whole,
)

RATE = 16_000


def tone(hz, seconds=2.0, rate=RATE):
    return (8000 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype(np.int16)


def noise(seconds=2.0, seed=1):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(int(seconds * RATE)) * 2000).astype(np.int16)


def db(one, other):
    def power(sound):
        return np.mean(sound[RATE // 2 :].astype(float) ** 2)

    return 10 * np.log10(power(one) / power(other))


def through(name, sound, sizes, own=None):
    stream, out, at = Stream(find(name, own or {}), RATE), [], 0
    for size in sizes:
        out.append(stream.push(sound[at : at + size]))
        at += size
    assert at >= len(sound)
    return np.concatenate([*out, stream.finish()])


def test_the_high_pass_takes_hum_and_leaves_speech_alone():
    for hz, least, most in ((25, -99, -18), (50, -99, -8), (300, -0.5, 0.5), (3000, -0.5, 0.5)):
        sound = tone(hz)
        assert least < db(through("high-pass", sound, [RATE * 2]), sound) < most, hz


def test_denoising_takes_steady_noise():
    hiss = (noise() / 20).astype(np.int16)  # −50 dBFS
    assert db(through("denoise", hiss, [RATE * 2]), hiss) < -10


@pytest.mark.parametrize("name", ["high-pass", "denoise", "high-pass+denoise"])
def test_odd_packets_give_what_one_go_gives(name):
    sound = noise()
    sizes = np.random.default_rng(3).integers(0, 700, 200).tolist()
    whole_go = through(name, sound, [len(sound)])
    odd = through(name, sound, [*sizes, 1, len(sound)])
    assert len(odd) == len(whole_go) == len(sound)
    assert np.abs(odd.astype(int) - whole_go).max() <= 1


def test_a_name_may_be_a_chain_and_the_settings_own():
    both = find(" high-pass + mine ", {"mine": "volume=-6dB"})
    assert both.name == "high-pass+mine"
    assert both.graph == "highpass=f=80:poles=2,volume=-6dB"
    assert find("", {}) is None
    sound = tone(1000)
    softer = through("mine", sound, [len(sound)], {"mine": "volume=-6dB"})
    assert db(softer, sound) == pytest.approx(-6, abs=0.2)


def test_commas_in_quotes_belong_to_the_options():
    assert filters.chain(r"aeval='abs(val(0),1)':c=same,volume=1\,5") == [
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
def test_what_cannot_be_used_is_refused_with_the_name_and_ffmpegs_words(name, own, words):
    with pytest.raises(FilterError) as refused:
        for_caller(name, own)
    assert words in str(refused.value)


def test_what_looks_ahead_is_for_the_persona_only():
    assert for_persona("loudness", {}, 24_000).name == "loudness"
    delay = measured(find("denoise", {}), RATE)
    assert (delay.shift, delay.held) == (128, 60), "8 ms late, and 4 ms held back of a packet"


@pytest.mark.parametrize("name", ["high-pass", "denoise", "loudness"])
def test_a_whole_clause_keeps_its_length_and_its_place(name):
    rate = 24_000
    clause = np.zeros(2 * rate, np.float32)
    burst = np.random.default_rng(2).standard_normal(rate // 2).astype(np.float32) * 0.1
    clause[rate : rate + rate // 2] = burst
    out = whole(find(name, {}), clause, rate)
    assert out.shape == clause.shape and out.dtype == np.float32
    loud = np.flatnonzero(np.abs(out) > 0.05)
    assert abs(loud[0] - rate) < 0.004 * rate
    assert abs(loud[-1] - 1.5 * rate) < 0.004 * rate


@pytest.mark.parametrize("name", ["high-pass", "denoise", "loudness"])
def test_nothing_one_sample_and_what_is_no_number_are_safe(name):
    chosen = find(name, {})
    assert whole(chosen, np.zeros(0, np.float32), 24_000).shape == (0,)
    assert whole(chosen, np.ones(1, np.float32), 24_000).shape == (1,)
    broken = np.full(4800, 0.1, np.float32)
    broken[::7], broken[3::11] = np.nan, np.inf
    out = whole(chosen, broken, 24_000)
    assert out.shape == broken.shape and np.isfinite(out).all() and np.abs(out).max() <= 1
