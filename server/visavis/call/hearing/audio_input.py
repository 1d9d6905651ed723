"""What is done to the caller's sound between the receiver and whoever listens: a filter, a gain.

The listener's samples stand where they were heard: what a filter delays is put back in its place,
so that only the last few ms of sound come later. Costs are measured by packet. When the filter
breaks, that is told, the sound goes on as it comes, and no sample is lost or doubled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.call.events import Bus, Measured
from visavis.call.hearing.filters import CALLER_RATE, Chain, Delay, measured
from visavis.engines.calling import called
from visavis.engines.filters.base import Stream

CEILING = 10 ** (-1 / 20)
"""A gain takes no sample over −1 dBFS: what would be louder is amplified by less."""
RISE = 0.2
"""The part of its way up that a gain goes in each packet; down it goes at once."""

Pcm = NDArray[np.int16]


@dataclass(frozen=True)
class ChosenFilter:
    """A filter and the id of its row."""

    filter: Chain
    id: UUID


@dataclass
class Costs:
    """ms that each packet took, in numbers that stay small however long a call is."""

    packets: int = 0
    total_ms: float = 0.0
    worst_ms: float = 0.0

    def add(self, ms: float) -> None:
        """One packet more."""
        self.packets += 1
        self.total_ms += ms
        self.worst_ms = max(self.worst_ms, ms)

    @property
    def mean_ms(self) -> float:
        """0 before any packet."""
        return self.total_ms / self.packets if self.packets else 0.0


class Filtering:
    """A filter over a stream of packets; what comes out lies where it lay before.

    `push` gives sound that begins where what it gave before has ended, and lags what went in by
    `lag` samples at most (besides what a graph holds back of a packet).
    """

    def __init__(self, chosen: ChosenFilter, bus: Bus) -> None:
        self.chosen = chosen
        self.costs = Costs()
        self.until: int | None = None
        """Samples before this were filtered, later ones not; None: the filter still works."""
        self._bus = bus
        self._given = 0
        self._pending = np.zeros(0, np.int16)
        """Unfiltered, what has come and not been given."""
        self._stream: Stream | None = None
        self._delay = Delay(0, 0)
        try:
            self._delay = measured(chosen.filter, CALLER_RATE)
            self._stream = called(chosen.filter.name, chosen.filter.stream, CALLER_RATE)
        except Exception as error:  # it may be anybody's
            self._give_up(f"{type(error).__name__}: {error}")
        self._skip = self._delay.shift

    @property
    def lag(self) -> int:
        """Samples that may be missing at the end of what was given."""
        return 0 if self._stream is None else len(self._pending)

    @property
    def delay_ms(self) -> float:
        """What the filter adds to the way of a sound."""
        return (self._delay.shift + self._delay.held) * 1000 / CALLER_RATE

    def push(self, pcm: Pcm) -> Pcm:
        """(N,) int16 in, (M,) out; M is N in the long run. Never raises."""
        if self._stream is None:
            self._given += len(pcm)
            return pcm
        self._pending = np.concatenate([self._pending, pcm])
        began = perf_counter()
        try:
            sound = pcm.astype(np.float32) / 32768
            out = called(self.chosen.filter.name, self._stream.push, sound)
            if not isinstance(out, np.ndarray) or out.dtype != np.float32 or out.ndim != 1:
                raise TypeError("what came out is no one-dimensional float32")
        except Exception as error:  # it may be anybody's
            return self._give_up(f"{type(error).__name__}: {error}")
        self.costs.add((perf_counter() - began) * 1000)
        skipped = min(self._skip, len(out))
        self._skip -= skipped
        out = out[skipped:]
        if len(out) > len(self._pending):
            return self._give_up("more came out than had gone in")
        if not np.isfinite(out).all():
            return self._give_up("what came out is not finite")
        self._pending = self._pending[len(out) :]
        if len(self._pending) > self._delay.shift + 2 * self._delay.held + CALLER_RATE // 5:
            return self._give_up("it holds back more and more")
        self._given += len(out)
        return np.rint(np.clip(out * 32768, -32768, 32767)).astype(np.int16)

    def _give_up(self, why: str) -> Pcm:
        self._bus.fault(
            "audio_filter", f"{self.chosen.filter.name} broke ({why}); unfiltered from now on"
        )
        self.until, self._stream = self._given, None
        rest, self._pending = self._pending, self._pending[:0]
        self._given += len(rest)
        return rest


@dataclass
class InputGain:
    """A gain in dB that moves without clicks and never clips."""

    db: float = 0.0
    _factor: float = 1.0
    """What was last applied."""

    def apply(self, pcm: Pcm) -> Pcm:
        """(N,) int16 in and out."""
        wanted = 10 ** (self.db / 20)
        if not len(pcm) or wanted == self._factor == 1.0:
            return pcm
        peak = max(1, int(np.abs(pcm.astype(np.int32)).max()))
        goal = min(wanted, max(1.0, CEILING * 32767 / peak))
        begin = min(self._factor, goal)
        self._factor = begin + (goal - begin) * RISE
        if goal == wanted and abs(goal - self._factor) < 0.01 * goal:
            self._factor = wanted
        ramp = np.linspace(begin, self._factor, len(pcm), dtype=np.float32)
        out: Pcm = np.clip(pcm * ramp, -32768, 32767).astype(np.int16)
        return out


@dataclass(frozen=True, eq=False)
class AudioChunk:
    """A piece of the caller's sound on its way to whoever listens."""

    pcm: Pcm
    """(N,) at 16 kHz, filtered and amplified."""
    start: int
    """The index of its first sample; pieces follow each other without gap or overlap."""
    arrived_at: float
    """`monotonic()` s."""
    lag: int = 0
    """Samples that have come and were not handed on yet."""
    filter: UUID | None = None
    """The row of the filter that touched it."""
    gain_db: float = 0.0
    plain: Pcm | None = None
    """Before the gain, where that is another; see `unamplified`."""
    unheard: bool = False
    """Somebody wants the caller not to be listened to."""

    @property
    def attended(self) -> Pcm:
        """What the conversation hears: silence while the caller is unheard."""
        return np.zeros_like(self.pcm) if self.unheard else self.pcm

    @property
    def unamplified(self) -> Pcm:
        """What a gain is measured in."""
        return self.pcm if self.plain is None else self.plain


class Listener(Protocol):
    """Whoever hears the caller."""

    def sound(self, chunk: AudioChunk) -> None:
        """The next piece; quick, on the event loop."""
        ...


class InputControl:
    """The gain of a caller's sound, and who wants it unheard. One owner a session."""

    def __init__(self) -> None:
        self.gain = InputGain()
        self._unheard: set[str] = set()

    @property
    def unheard(self) -> bool:
        """Somebody wants the caller unheard: a lesson, a calibration."""
        return bool(self._unheard)

    def set_gain(self, db: float) -> None:
        """From the next piece on."""
        self.gain.db = db

    def ignore(self, why: str) -> None:
        """The conversation hears nothing until `attend(why)`; others may want the same."""
        self._unheard.add(why)

    def attend(self, why: str) -> None:
        """It may listen again, as far as this one is concerned."""
        self._unheard.discard(why)


class AudioInput:
    """One caller's sound, on its way from the receiver to its listeners."""

    def __init__(
        self,
        bus: Bus,
        control: InputControl,
        listeners: Sequence[Listener],
        chosen: ChosenFilter | None = None,
    ) -> None:
        self.filtering = None if chosen is None else Filtering(chosen, bus)
        self._bus = bus
        self._control = control
        self._listeners = listeners
        self._position: int | None = None

    def sound(self, pcm: Pcm, start: int) -> None:
        """Take the next packet from the receiver: (N,) int16 at 16 kHz."""
        if self._position is None:
            self._position = start
        out = pcm if self.filtering is None else self.filtering.push(pcm)
        if not len(out):
            return
        begin, self._position = self._position, self._position + len(out)
        control, filtering = self._control, self.filtering
        chunk = AudioChunk(
            control.gain.apply(out),
            begin,
            monotonic(),
            0 if filtering is None else filtering.lag,
            self._applied(begin),
            control.gain.db,
            out,
            control.unheard,
        )
        for listener in self._listeners:
            listener.sound(chunk)

    def close(self) -> None:
        """The call is over: tell what the filter took."""
        filtering = self.filtering
        if filtering is not None and filtering.costs.packets:
            costs = filtering.costs
            measured_of = {
                "packets": costs.packets,
                "worst_ms": round(costs.worst_ms, 2),
                "delay_ms": round(filtering.delay_ms, 1),
            }
            name = filtering.chosen.filter.name
            self._bus.publish(
                Measured("audio_filter", costs.mean_ms, system=name, parameters=measured_of)
            )

    def _applied(self, begin: int) -> UUID | None:
        """The row of the filter that touched the sample at `begin`."""
        filtering = self.filtering
        if filtering is None or (filtering.until is not None and begin >= filtering.until):
            return None
        return filtering.chosen.id
