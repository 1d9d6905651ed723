"""Audio filters: ffmpeg's own, chained by name, run in process on mono sound.

A *graph* here is what ffmpeg's documentation calls a filterchain: filters and their options with
commas between them (``highpass=f=80,volume=3dB``), one sound in, one out; labels and branches are
not taken. A *name* is a packaged graph, one of the settings' own, or several with "+" between them
("high-pass+denoise"), applied in that order.

What a graph does to time is measured when it is looked up, with a sound of known shape: how many
samples later its output is (``shift``), and how many it holds back besides (``held``). So sound
can be put back where it belongs, and a graph that would keep a conversation waiting is refused
before anyone calls.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import av.logging
import numpy as np
from numpy.typing import NDArray

CALLER_RATE = 16_000
PACKET_MS = 20
"""What is fed at once while a graph is measured: the caller's packets are as long."""
MOST_DELAY_MS = 20.0
"""What a filter may add to the caller's way to an answer."""
PACKAGED: Mapping[str, str] = {
    "high-pass": "highpass=f=80:poles=2",
    "denoise": "anlmdn=s=0.05:p=0.002:r=0.006",
    "loudness": "loudnorm=I=-18:TP=-1.5:LRA=11",
}
"""``high-pass``: hum and rumble of machines, 12 dB an octave below 80 Hz. ``denoise``: steady
noise of about −50 dBFS and less by 16 dB, by non-local means, 12 ms late. ``loudness``: EBU R128 to
−18 LUFS; it looks 3 s ahead, so it is for the persona's whole clauses only, and takes 12 to 60 ms
of the wait for each."""
_PROBE_S = 4.0
_SHORTEST_S = 0.5
"""A shorter sound is followed by silence: loudnorm swallows what is much shorter."""
_WORDS = threading.Lock()
"""ffmpeg's log is one for the process; who wants its words sets its level for a moment."""

Sound = NDArray[np.int16] | NDArray[np.float32]


class FilterError(ValueError):
    """A filter that can't be used; the message names it and says why, for who sets it."""


@dataclass(frozen=True)
class Delay:
    """What a graph does to time, in samples of the rate it was measured at."""

    shift: int
    """A sound comes out so much later in the output than it was in the input."""
    held: int
    """So much of the output is kept back, at most, after a packet has been pushed."""


@dataclass(frozen=True)
class Filter:
    """A graph under its name, known to work."""

    name: str
    graph: str


def find(name: str, own: Mapping[str, str]) -> Filter | None:
    """The filter of this name; None for "". Raises `FilterError` where there is none."""
    if not name.strip():
        return None
    graphs = {**PACKAGED, **own}
    parts = [part.strip() for part in name.split("+")]
    for part in parts:
        if part not in graphs:
            known = ", ".join(sorted(graphs))
            raise FilterError(f"There is no audio filter {part!r}; there are {known}.")
    return Filter("+".join(parts), ",".join(graphs[part] for part in parts))


def for_caller(name: str, own: Mapping[str, str]) -> Filter | None:
    """`find`, and fit to stand between the caller and who listens. Raises `FilterError`."""
    found = find(name, own)
    if found is not None:
        delay = measured(found, CALLER_RATE)
        ms = (delay.shift + delay.held) * 1000 / CALLER_RATE
        if ms > MOST_DELAY_MS:
            raise FilterError(
                f"The audio filter {found.name!r} ({found.graph}) would hold the caller's sound "
                f"back by {ms:.0f} ms, because it looks ahead; at most {MOST_DELAY_MS:.0f} ms are "
                "taken. It can be used as audio.persona_filter."
            )
    return found


def for_persona(name: str, own: Mapping[str, str], rate: int) -> Filter | None:
    """`find`, and fit for whole clauses at `rate` Hz. Raises `FilterError`."""
    found = find(name, own)
    if found is not None:
        measured(found, rate)
    return found


@lru_cache(maxsize=64)
def measured(wanted: Filter, rate: int) -> Delay:
    """What a filter does to time. Raises `FilterError` for a graph that ffmpeg refuses, that
    changes the length of a sound, or that lets nothing through."""
    probe = _probe(rate)
    packet = rate * PACKET_MS // 1000
    stream = Stream(wanted, rate)
    held, pieces, given = 0, [], 0
    try:
        for begin in range(0, len(probe), packet):
            pieces.append(stream.push(probe[begin : begin + packet]))
            given += len(pieces[-1])
            held = max(held, begin + packet - given)
        pieces.append(stream.finish())
    except av.FFmpegError as error:
        raise _refused(wanted, error) from error
    out = np.concatenate(pieces).astype(np.float64)
    if len(out) != len(probe):
        raise FilterError(
            f"The audio filter {wanted.name!r} ({wanted.graph}) makes {len(out)} samples of "
            f"{len(probe)}; a filter must keep the length."
        )
    if not np.isfinite(out).all() or np.abs(out).max() < 1e-6:
        named = f"{wanted.name!r} ({wanted.graph})"
        raise FilterError(f"The audio filter {named} lets nothing through.")
    return Delay(_shift(probe.astype(np.float64), out), held)


class Stream:
    """A graph that sound runs through piece by piece, from one thread at a time.

    Takes mono int16 or float32 (the same from first to last) and gives the same kind back, at the
    same rate. Raises `FilterError` when made, and `av.FFmpegError` when it breaks.
    """

    def __init__(self, wanted: Filter, rate: int) -> None:
        self._rate = rate
        self._wanted = wanted
        self._graph: av.filter.Graph | None = None
        self._pushed = 0
        self._kind: np.dtype[Any] = np.dtype(np.int16)
        _build(wanted, rate, "s16")

    def push(self, pcm: Sound) -> Sound:
        """What comes out, (M,), after `pcm` (N,) went in; either may be empty."""
        if self._graph is None:
            self._kind = pcm.dtype
            self._graph = _build(self._wanted, self._rate, _format(pcm))
        if not len(pcm):
            return pcm[:0]
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(pcm)[None], format=_format(pcm), layout="mono"
        )
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._pushed
        self._pushed += len(pcm)
        self._graph.push(frame)
        return self._pull()

    def finish(self) -> Sound:
        """What was still held back. The stream takes no more."""
        if self._graph is None or not self._pushed:
            return np.zeros(0, self._kind)
        self._graph.push(None)
        return self._pull()

    def _pull(self) -> Sound:
        assert self._graph is not None  # something was pushed
        pieces: list[Any] = []
        while True:
            try:
                frame: Any = self._graph.pull()
            except (BlockingIOError, EOFError):
                break
            pieces.append(frame.to_ndarray().reshape(-1))
        out: Sound = np.concatenate(pieces) if pieces else np.zeros(0, self._kind)
        return out


def whole(wanted: Filter, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """A sound (N,) filtered from end to end: (N,), every sample in its old place.

    What isn't finite counts as silence. Raises `FilterError` when the length has changed,
    `av.FFmpegError` when the graph breaks.
    """
    if not samples.size:
        return samples
    shift = measured(wanted, rate).shift
    clean = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    stream = Stream(wanted, rate)
    padding = max(shift, int(_SHORTEST_S * rate) - len(clean))
    longer = np.concatenate([clean, np.zeros(padding, np.float32)])
    out = np.concatenate([stream.push(longer), stream.finish()])
    if len(out) != len(longer):
        raise FilterError(f"{len(longer)} samples became {len(out)}")
    if not np.isfinite(out).all():
        raise FilterError("what came out is not finite")
    kept: NDArray[np.float32] = np.clip(out[shift:][: len(clean)], -1.0, 1.0).astype(np.float32)
    return kept


def chain(graph: str) -> list[tuple[str, str]]:
    """The filters of a graph: (name, options).

    Commas in quotes or after a backslash belong to the options.
    """
    parts, current, quoted, escaped = [], "", False, False
    for character in graph:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == "'":
            quoted = not quoted
        elif character == "," and not quoted:
            parts.append(current)
            current = ""
            continue
        current += character
    return [
        (name.strip(), options)
        for name, _, options in (part.partition("=") for part in [*parts, current])
    ]


def _build(wanted: Filter, rate: int, sample_format: str) -> av.filter.Graph:
    """A configured graph. Raises `FilterError` with ffmpeg's words."""
    graph = av.filter.Graph()
    with _WORDS, av.logging.Capture() as words:
        before = av.logging.get_level()
        av.logging.set_level(av.logging.ERROR)
        try:
            last = graph.add_abuffer(
                sample_rate=rate, format=sample_format, layout="mono", time_base=Fraction(1, rate)
            )
            format_again = f"sample_fmts={sample_format}:sample_rates={rate}:channel_layouts=mono"
            steps = [*chain(wanted.graph), ("aformat", format_again), ("abuffersink", "")]
            for name, options in steps:
                step = graph.add(name, options or None)
                last.link_to(step)
                last = step
            graph.configure()
        except (av.FFmpegError, ValueError, IndexError, RuntimeError) as error:
            raise _refused(wanted, error, words) from error
        finally:
            av.logging.set_level(before)
    return graph


def _refused(
    wanted: Filter, error: Exception, words: list[tuple[int, str, str]] | None = None
) -> FilterError:
    told = "; ".join(text.strip() for _, _, text in words or []) or str(error)
    return FilterError(
        f"ffmpeg refuses the audio filter {wanted.name!r} ({wanted.graph}): {told.rstrip('.')}."
    )


def _format(pcm: Sound) -> str:
    return "s16" if pcm.dtype == np.int16 else "flt"


def _probe(rate: int) -> NDArray[np.int16]:
    """Bursts of noise under a rising envelope, whole packets long: its shape is unmistakable."""
    count = int(_PROBE_S * rate) // (rate * PACKET_MS // 1000) * (rate * PACKET_MS // 1000)
    t = np.arange(count) / rate
    noise = np.random.default_rng(1).standard_normal(count)
    envelope = 0.02 + np.maximum(0.0, np.sin(2 * np.pi * 3 * t)) * (0.3 + 0.7 * t / _PROBE_S)
    burst: NDArray[np.int16] = (noise * envelope * 3000).astype(np.int16)
    return burst


def _shift(before: NDArray[np.float64], after: NDArray[np.float64]) -> int:
    """By how many samples `after` is behind `before`: where they are most alike."""
    size = 2 * len(before)
    spectrum = np.fft.rfft(after, size) * np.conj(np.fft.rfft(before, size))
    alike = np.abs(np.fft.irfft(spectrum, size)[: len(before)])
    return int(np.argmax(alike))
