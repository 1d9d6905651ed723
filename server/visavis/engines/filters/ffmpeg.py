"""FFmpeg's own filters, run in process, and the three that are packaged.

A *graph* here is what FFmpeg's documentation calls a filterchain: filters and their options with
commas between them (``highpass=f=80,volume=3dB``), one sound in, one out; labels and branches are
not taken.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import av
import av.logging
import numpy as np

from visavis.engines.base import Context, Engine
from visavis.engines.filters.base import FilterError, Sound

_WORDS = threading.Lock()
"""FFmpeg's log is one for the process; who wants its words sets its level for a moment."""


@dataclass(frozen=True)
class FilterGraph:
    """See `base.Filter`; ``name`` is for messages."""

    name: str
    graph: str

    @property
    def system(self) -> str:
        """The graph says all: FFmpeg's version is that of the system."""
        return self.graph

    @property
    def parameters(self) -> Mapping[str, Any]:
        """They stand in the graph."""
        return {}

    def stream(self, rate: int) -> "GraphStream":
        """See `base.Filter`. Raises `FilterError` with FFmpeg's words."""
        return GraphStream(_built(self, rate), rate)


class GraphStream:
    """See `base.Stream`. Raises `av.FFmpegError` when the graph breaks."""

    def __init__(self, graph: av.filter.Graph, rate: int) -> None:
        self._graph = graph
        self._rate = rate
        self._pushed = 0

    def push(self, pcm: Sound) -> Sound:
        """See `base.Stream`."""
        if not len(pcm):
            return pcm
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(pcm)[None], format="flt", layout="mono"
        )
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._pushed
        self._pushed += len(pcm)
        self._graph.push(frame)
        return self._pulled()

    def finish(self) -> Sound:
        """See `base.Stream`."""
        if not self._pushed:
            return np.zeros(0, np.float32)
        self._graph.push(None)
        return self._pulled()

    def _pulled(self) -> Sound:
        pieces: list[Any] = []
        while True:
            try:
                frame: Any = self._graph.pull()
            except (BlockingIOError, EOFError):
                break
            pieces.append(frame.to_ndarray().reshape(-1))
        out: Sound = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
        return out


class _Packaged(Engine):
    """A graph that is found by the name under which it is declared."""

    graph: ClassVar[FilterGraph]

    @classmethod
    async def load(cls, context: Context) -> FilterGraph:
        """Nothing is loaded: FFmpeg is there."""
        return cls.graph


class HighPass(_Packaged):
    """Without hum and rumble of machines: 12 dB an octave below 80 Hz."""

    graph = FilterGraph("high-pass", "highpass=f=80:poles=2")


class Denoise(_Packaged):
    """Steady noise of about −50 dBFS and less lowered by 16 dB, by non-local means; 12 ms late."""

    graph = FilterGraph("denoise", "anlmdn=s=0.05:p=0.002:r=0.006")


class Loudness(_Packaged):
    """EBU R128 to −18 LUFS. It looks 3 s ahead, so it is for the persona's whole clauses only, and
    takes 12 to 60 ms of the wait for each."""

    graph = FilterGraph("loudness", "loudnorm=I=-18:TP=-1.5:LRA=11")


def steps(graph: str) -> list[tuple[str, str]]:
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


def _built(wanted: FilterGraph, rate: int) -> av.filter.Graph:
    """A configured graph. Raises `FilterError` with FFmpeg's words."""
    graph = av.filter.Graph()
    with _WORDS, av.logging.Capture() as words:
        before = av.logging.get_level()
        av.logging.set_level(av.logging.ERROR)
        try:
            last = graph.add_abuffer(
                sample_rate=rate, format="flt", layout="mono", time_base=Fraction(1, rate)
            )
            format_again = f"sample_fmts=flt:sample_rates={rate}:channel_layouts=mono"
            ends = (("aformat", format_again), ("abuffersink", ""))
            for name, options in (*steps(wanted.graph), *ends):
                step = graph.add(name, options or None)
                last.link_to(step)
                last = step
            graph.configure()
        except (av.FFmpegError, ValueError, IndexError, RuntimeError) as error:
            told = "; ".join(text.strip() for _, _, text in words) or str(error)
            raise FilterError(
                f"ffmpeg refuses the audio filter {wanted.name!r} ({wanted.graph}): "
                f"{told.rstrip('.')}."
            ) from error
        finally:
            av.logging.set_level(before)
    return graph
