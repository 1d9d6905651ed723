"""Audio filters by name, and what they do to time.

A *name* is a filter that is installed, a graph of the settings' own, or several with "+" between
them ("high-pass+denoise"), applied in that order.

What a chain does to time is measured before anyone calls, with a sound of known shape: how many
samples later its output is (``shift``), and how many it holds back besides (``held``). So sound
can be put back where it belongs, and a chain that would keep a conversation waiting is refused.
"""

import asyncio
import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from visavis.engines import loading, registry
from visavis.engines.base import Context
from visavis.engines.calling import called
from visavis.engines.filters.base import Filter, FilterError, Sound, Stream
from visavis.engines.filters.ffmpeg import FilterGraph

CALLER_RATE = 16_000
PACKET_MS = 20
"""What is fed at once while a chain is measured: the caller's packets are as long."""
MOST_DELAY_MS = 20.0
"""What a filter may add to the caller's way to an answer."""
_PROBE_S = 4.0
_SHORTEST_S = 0.5
"""A shorter sound is followed by silence: loudnorm swallows what is much shorter."""


@dataclass(frozen=True)
class Delay:
    """What a chain does to time, in samples of the rate it was measured at."""

    shift: int
    """A sound comes out so much later in the output than it was in the input."""
    held: int
    """So much of the output is kept back, at most, after a packet has been pushed."""


@dataclass(frozen=True, eq=False)
class Chain:
    """Filters one after the other, under the name that the settings give them."""

    name: str
    parts: tuple[Filter, ...]

    @property
    def implementation(self) -> str:
        """What it does, for its row: the graph, or each filter's system and parameters."""
        return ",".join(map(_told, self.parts))

    def stream(self, rate: int) -> Stream:
        """See `engines.filters.base.Filter`."""
        return _Streams([part.stream(rate) for part in self.parts])


class _Streams:
    """See `engines.filters.base.Stream`."""

    def __init__(self, streams: list[Stream]) -> None:
        self._streams = streams

    def push(self, pcm: Sound) -> Sound:
        for stream in self._streams:
            pcm = stream.push(pcm)
        return pcm

    def finish(self) -> Sound:
        rest = np.zeros(0, np.float32)
        for stream in self._streams:
            rest = np.concatenate([stream.push(rest), stream.finish()])
        return rest


async def find(name: str, context: Context) -> Chain | None:
    """The filters of this name, loaded; None for "".

    Raises `FilterError` where there is none, and what `engines.loading.named` raises.
    """
    if not name.strip():
        return None
    names = [part.strip() for part in name.split("+")]
    return Chain("+".join(names), tuple([await _part(part, context) for part in names]))


async def for_caller(context: Context) -> Chain | None:
    """The one that is set, fit to stand between the caller and who listens. Raises as `find`."""
    found = await find(context.settings.audio.caller_filter, context)
    if found is not None:
        delay = await asyncio.to_thread(called, found.name, measured, found, CALLER_RATE)
        ms = (delay.shift + delay.held) * 1000 / CALLER_RATE
        if ms > MOST_DELAY_MS:
            raise FilterError(
                f"The audio filter {found.name!r} ({found.implementation}) would hold the caller's "
                f"sound back by {ms:.0f} ms, because it looks ahead; at most {MOST_DELAY_MS:.0f} "
                "ms are taken. It can be used as audio.persona_filter."
            )
    return found


async def for_persona(context: Context, rate: int) -> Chain | None:
    """The one that is set, fit for whole clauses at `rate` Hz. Raises as `find`."""
    found = await find(context.settings.audio.persona_filter, context)
    if found is not None:
        await asyncio.to_thread(called, found.name, measured, found, rate)
    return found


@lru_cache(maxsize=64)
def measured(wanted: Chain, rate: int) -> Delay:
    """What a chain does to time. Raises `FilterError` for one that breaks, that changes the length
    of a sound, or that lets nothing through."""
    named = f"The audio filter {wanted.name!r} ({wanted.implementation})"
    probe = _probe(rate)
    packet = rate * PACKET_MS // 1000
    held, pieces, given = 0, [], 0
    try:
        stream = wanted.stream(rate)
        for begin in range(0, len(probe), packet):
            pieces.append(stream.push(probe[begin : begin + packet]))
            given += len(pieces[-1])
            held = max(held, begin + packet - given)
        pieces.append(stream.finish())
        out = np.concatenate(pieces)
    except FilterError:
        raise
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise FilterError(f"{named} broke when it was tried: {told}.") from error
    if out.dtype != np.float32 or out.ndim != 1:
        raise FilterError(f"{named} gives {out.dtype} {out.shape}, and float32 (N,) is expected.")
    if len(out) != len(probe):
        raise FilterError(
            f"{named} makes {len(out)} samples of {len(probe)}; a filter must keep the length."
        )
    if not np.isfinite(out).all() or np.abs(out).max() < 3e-5:
        raise FilterError(f"{named} lets nothing through.")
    return Delay(_shift(probe, out), held)


def whole(wanted: Chain, samples: Sound, rate: int) -> Sound:
    """A sound (N,) filtered from end to end: (N,), every sample in its old place.

    What isn't finite counts as silence. Raises `FilterError` when the length has changed, and
    whatever the filter raises.
    """
    if not samples.size:
        return samples
    shift = measured(wanted, rate).shift
    clean = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    stream = wanted.stream(rate)
    padding = max(shift, int(_SHORTEST_S * rate) - len(clean))
    longer = np.concatenate([clean, np.zeros(padding, np.float32)])
    out = np.concatenate([stream.push(longer), stream.finish()])
    if len(out) != len(longer):
        raise FilterError(f"{len(longer)} samples became {len(out)}")
    if not np.isfinite(out).all():
        raise FilterError("what came out is not finite")
    kept: Sound = np.clip(out[shift:][: len(clean)], -1.0, 1.0).astype(np.float32)
    return kept


async def _part(name: str, context: Context) -> Filter:
    own = context.settings.audio.filters
    if name in own:
        return FilterGraph(name, own[name])
    if ":" not in name and name not in registry.names("filters"):
        known = ", ".join(sorted({*own, *registry.names("filters")}))
        raise FilterError(f"There is no audio filter {name!r}; there are {known}.")
    if missing := registry.missing("filters", name):
        raise FilterError(f"The audio filter {name!r} needs {missing}.")
    made: Filter = await loading.named("filters", name, context)
    return made


def _told(part: Filter) -> str:
    if not part.parameters:
        return part.system
    return f"{part.system} {json.dumps(dict(part.parameters), sort_keys=True, default=str)}"


def _probe(rate: int) -> Sound:
    """Bursts of noise under a rising envelope, whole packets long: its shape is unmistakable."""
    count = int(_PROBE_S * rate) // (rate * PACKET_MS // 1000) * (rate * PACKET_MS // 1000)
    t = np.arange(count) / rate
    noise = np.random.default_rng(1).standard_normal(count)
    envelope = 0.02 + np.maximum(0.0, np.sin(2 * np.pi * 3 * t)) * (0.3 + 0.7 * t / _PROBE_S)
    burst: Sound = (noise * envelope * 0.09).astype(np.float32)
    return burst


def _shift(before: NDArray[np.float32], after: NDArray[np.float32]) -> int:
    """By how many samples `after` is behind `before`: where they are most alike."""
    size = 2 * len(before)
    spectrum = np.fft.rfft(after, size) * np.conj(np.fft.rfft(before, size))
    alike = np.abs(np.fft.irfft(spectrum, size)[: len(before)])
    return int(np.argmax(alike))
