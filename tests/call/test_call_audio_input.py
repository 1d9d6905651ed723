"""The caller's sound on its way to the listener: filtered, amplified, and every sample in place."""

from typing import Any

import av
import numpy as np
import pytest
from call.filters_found import chain, find
from known import known
from numpy.typing import NDArray
from overhear import faults, overhear

from visavis.call.events import Bus, Measured
from visavis.call.hearing.audio_input import (
    AudioChunk,
    AudioInput,
    ChosenFilter,
    Filtering,
    InputControl,
    InputGain,
)
from visavis.call.hearing.filters import Chain, Delay, measured
from visavis.records.ids import named_id

RATE = 16_000
ROW = named_id("a row")


def noise(seconds: float = 1.0, amplitude: float = 2000) -> NDArray[np.int16]:
    rng = np.random.default_rng(1)
    return (rng.standard_normal(int(seconds * RATE)) * amplitude).astype(np.int16)


class Listener:
    def __init__(self) -> None:
        self.bus = Bus()
        self.chunks: list[AudioChunk] = []
        self.end, self.faults = 0, faults(self.bus)

    def sound(self, chunk: AudioChunk) -> None:
        assert chunk.start == self.end, "no gap and no overlap"
        self.end += len(chunk.pcm)
        self.chunks.append(chunk)

    @property
    def last(self) -> AudioChunk:
        return self.chunks[-1]

    @property
    def heard(self) -> NDArray[np.int16]:
        return np.concatenate([chunk.attended for chunk in self.chunks])


def treated(name: str = "", control: InputControl | None = None) -> tuple[Listener, AudioInput]:
    listener = Listener()
    found = find(name)
    chosen = None if found is None else ChosenFilter(found, ROW)
    control = control or InputControl()
    return listener, AudioInput(listener.bus, control, [listener], chosen)


def feed(audio_input: AudioInput, pcm: NDArray[np.int16], size: int = 320) -> None:
    for at in range(0, len(pcm), size):
        audio_input.sound(pcm[at : at + size], at)


def test_without_a_filter_and_a_gain_sound_passes_untouched() -> None:
    listener, audio_input = treated()
    pcm = noise()
    feed(audio_input, pcm)
    assert np.array_equal(listener.heard, pcm)
    assert listener.last.filter is None and listener.last.gain_db == 0


def test_a_filter_that_is_late_leaves_every_sample_in_its_place() -> None:
    listener, audio_input = treated("denoise")
    pcm = noise()
    pcm[: RATE // 2] = 0
    feed(audio_input, pcm)
    assert listener.last.lag == len(pcm) - listener.end <= 0.02 * RATE
    loud = np.flatnonzero(np.abs(listener.heard) > 500)
    assert abs(loud[0] - RATE // 2) < 32
    assert listener.chunks[0].filter == ROW and not listener.faults
    measured = overhear(listener.bus, Measured)
    audio_input.close()
    assert measured[0].measure == "audio_filter" and measured[0].parameters["packets"] == 50


class Breaking:
    """A stream that fails at its n-th packet, as ffmpeg does when it has no memory left."""

    def __init__(self, stream: Any, after: int) -> None:
        self.stream, self.left = stream, after

    def push(self, pcm: NDArray[np.float32]) -> NDArray[np.float32]:
        self.left -= 1
        if self.left < 0:
            raise av.FFmpegError(12, "Cannot allocate memory")
        out: NDArray[np.float32] = self.stream.push(pcm)
        return out


@pytest.mark.parametrize("name", ["high-pass", "denoise"])
def test_a_filter_that_breaks_is_told_once_and_no_sample_is_lost(name: str) -> None:
    listener, audio_input = treated(name)
    filtering = known(audio_input.filtering)
    breaking: Any = Breaking(filtering._stream, 20)
    filtering._stream = breaking
    pcm = noise()
    feed(audio_input, pcm)
    assert listener.end == len(pcm) and listener.last.lag == 0
    assert [kind for kind, _ in listener.faults] == ["audio_filter"]
    assert "Cannot allocate memory" in listener.faults[0][1]
    since = known(filtering.until)
    assert np.array_equal(listener.heard[since:], pcm[since:])
    # Exactly the rows it touched: those that begin before it broke.
    assert all((chunk.filter == ROW) == (chunk.start < since) for chunk in listener.chunks)
    assert listener.last.filter is None


def test_a_filter_that_hoards_is_given_up() -> None:
    class Hoarding:
        def push(self, pcm: NDArray[np.float32]) -> NDArray[np.float32]:
            return pcm[:0]

    bus = Bus()
    told = faults(bus)
    filtering = Filtering(ChosenFilter(chain("high-pass"), ROW), bus)
    hoarding: Any = Hoarding()
    filtering._stream, filtering._delay = hoarding, Delay(0, 0)
    out = np.concatenate([filtering.push(noise(0.02)) for _ in range(50)])
    assert len(out) == RATE and "more and more" in told[0][1]


def test_odd_packets_empty_ones_included_change_nothing() -> None:
    one, other = treated("high-pass"), treated("high-pass")
    pcm = noise()
    feed(one[1], pcm)
    at = 0
    for size in np.random.default_rng(2).integers(0, 900, 40):
        other[1].sound(pcm[at : at + size], at)
        at += len(pcm[at : at + size])
    other[1].sound(pcm[at:], at)
    assert np.abs(one[0].heard.astype(int) - other[0].heard).max() <= 1


def test_what_is_no_number_is_given_up_and_reaches_nobody() -> None:
    class Mad:
        def push(self, pcm: NDArray[np.float32]) -> NDArray[np.float32]:
            return pcm * np.float32(np.nan)

    listener, audio_input = treated("high-pass")
    mad: Any = Mad()
    known(audio_input.filtering)._stream = mad
    feed(audio_input, noise())
    assert np.array_equal(listener.heard, noise())
    assert ["not finite" in told for _, told in listener.faults] == [True]


def test_a_gain_is_reached_soon_and_clips_nothing() -> None:
    gain = InputGain(12.0)
    quiet = noise(1.0, 300)
    out = np.concatenate([gain.apply(packet) for packet in quiet.reshape(-1, 320)])
    assert np.std(out[RATE // 2 :]) / np.std(quiet[RATE // 2 :]) == pytest.approx(3.98, rel=0.02)
    loud = noise(0.2, 9000).clip(-32768, 32767)
    out = np.concatenate([gain.apply(packet) for packet in loud.reshape(-1, 320)])
    assert np.abs(out.astype(int)).max() < 32768
    assert np.abs(out).max() <= max(32767 * 10 ** (-1 / 20) + 1, np.abs(loud.astype(int)).max())
    steps = np.abs(np.diff(gain.apply(np.full(320, 100, np.int16)).astype(int)))
    assert steps.max() <= 30


def test_a_gain_of_nothing_and_of_silence() -> None:
    gain = InputGain(20.0)
    assert gain.apply(np.zeros(0, np.int16)).shape == (0,)
    assert not gain.apply(np.zeros(320, np.int16)).any()
    assert gain.apply(np.full(320, -32768, np.int16)).min() == -32768


def test_who_measures_hears_the_sound_before_the_gain() -> None:
    control = InputControl()
    control.set_gain(20.0)
    listener, audio_input = treated(control=control)
    feed(audio_input, noise(0.1, 100))
    measured = np.concatenate([chunk.unamplified for chunk in listener.chunks])
    assert np.array_equal(measured, noise(0.1, 100))
    assert listener.last.gain_db == 20.0 and np.abs(listener.heard).max() > 2 * measured.max()


def test_who_is_unheard_for_two_reasons_is_heard_when_both_are_over() -> None:
    control = InputControl()
    listener, audio_input = treated(control=control)
    control.ignore("lesson")
    control.ignore("calibration")
    control.attend("calibration")
    feed(audio_input, noise(0.02))
    assert not listener.heard.any() and listener.last.pcm.any()
    control.attend("lesson")
    audio_input.sound(noise(0.02), 320)
    assert listener.last.attended.any()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (None, "float32"),
        (7, "float32"),
        (np.zeros((320, 2), np.float32), "float32"),
        (np.zeros(320, np.int16), "float32"),
        (["a"], "float32"),
        (SystemExit(3), "wanted to exit: 3"),
    ],
)
def test_a_filter_that_gives_no_sound_is_given_up(wrong: object, why: str) -> None:
    class Odd:
        def push(self, pcm: object) -> object:
            if isinstance(wrong, BaseException):
                raise wrong
            return wrong

    bus = Bus()
    told = faults(bus)
    filtering = Filtering(ChosenFilter(chain("high-pass"), ROW), bus)
    stream: Any = Odd()
    filtering._stream = stream
    pcm = noise(0.02)
    assert np.array_equal(filtering.push(pcm), pcm)
    assert [kind for kind, _ in told] == ["audio_filter"] and why in told[0][1]


@pytest.mark.parametrize(
    ("error", "why"), [(OSError("no more"), "OSError: no more"), (SystemExit(3), "to exit: 3")]
)
def test_a_filter_that_has_no_stream_for_this_call_is_given_up(
    error: BaseException, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = chain("high-pass")
    measured(found, RATE)

    def no_stream(chain: Chain, rate: int) -> Any:
        raise error

    monkeypatch.setattr(Chain, "stream", no_stream)
    bus = Bus()
    told = faults(bus)
    filtering = Filtering(ChosenFilter(found, ROW), bus)
    pcm = noise(0.02)
    assert np.array_equal(filtering.push(pcm), pcm) and filtering.until == 0
    assert [kind for kind, _ in told] == ["audio_filter"] and why in told[0][1]
