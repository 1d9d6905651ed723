"""What the ear's levels say: when a reply began and ended, when a voice yielded and fell silent.

Everything works on :class:`LevelTrack`, levels on an even grid of 5 ms. Moments are perf_counter
seconds, exact to one window.

* **Audible** begins with a window above −50 dBFS when 6 of the 8 windows from it (40 ms) are.
* **Yielded**: from then on, for 200 ms, no window is within 15 dB of how loud the voice had been:
  the 95th percentile of its windows in the second before. 200 ms, because the closures inside
  words are shorter, and a persona that merely paused must not count as one that gave way.
* **Silent**: for 300 ms no window is above −50 dBFS.
* **Resumed**: after yielding, 6 of 8 windows within 10 dB of how loud the voice had been.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from visavis.client.ear import AUDIBLE_DB
from visavis.client.sound import SILENCE_DB

STEP = 0.005
"""Seconds a window."""
HOLD = 4
"""Windows that arrival jitter may leave empty between two full ones; they keep the level before."""
YIELD_DB = 15.0
RESUME_DB = 10.0
_SUSTAINED, _OF = 6, 8
_YIELD_WINDOWS = 40
_REACTION_S = 0.04
"""Nobody gives way faster than a packet (20 ms) and half a window of voice activity take."""
_SILENT_WINDOWS = 60


@dataclass(frozen=True)
class LevelTrack:
    """Levels (N,) dB below full scale, one each 5 ms from ``begin``; nothing heard is −120."""

    begin: float
    levels: NDArray[np.float64]

    def at(self, index: int) -> float:
        """The moment window ``index`` begins."""
        return self.begin + index * STEP

    def index(self, moment: float) -> int:
        """The first window that begins at or after ``moment``."""
        return max(0, int(np.ceil((moment - self.begin) / STEP - 1e-6)))


def loudness(
    times: Sequence[float], levels: Sequence[float], begin: float, end: float
) -> LevelTrack:
    """The windows heard from ``begin`` to ``end`` on the grid; the loudest wins a shared place."""
    low, high = bisect_left(times, begin), bisect_left(times, end)
    size = max(0, int((end - begin) / STEP))
    grid = np.full(size, np.nan)
    if size and high > low:
        places = ((np.asarray(times[low:high]) - begin) / STEP).astype(int).clip(0, size - 1)
        np.fmax.at(grid, places, np.asarray(levels[low:high]))
        for place in np.flatnonzero(np.isnan(grid)):
            before = grid[max(0, place - HOLD) : place]
            after = grid[place + 1 : place + 1 + HOLD]
            known = before[~np.isnan(before)]
            if len(known) and not np.isnan(after).all():
                grid[place] = known[-1]
    return LevelTrack(begin, np.nan_to_num(grid, nan=SILENCE_DB))


def _first(good: NDArray[np.bool_], start: int) -> int | None:
    places = np.flatnonzero(good[start:])
    return start + int(places[0]) if len(places) else None


def _sustained(over: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True where a window is over and 6 of the 8 from it are; none where 8 aren't known yet."""
    if len(over) < _OF:
        return np.zeros(len(over), bool)
    sums = np.convolve(over, np.ones(_OF, int), "valid")
    known = np.concatenate([sums >= _SUSTAINED, np.zeros(_OF - 1, bool)])
    return np.logical_and(over, known)


def _stays_under(under: NDArray[np.bool_], windows: int) -> NDArray[np.bool_]:
    """True where this window and the ``windows`` − 1 after it are all under."""
    if len(under) < windows:
        return np.zeros(len(under), bool)
    sums = np.convolve(under, np.ones(windows, int), "valid")
    return np.concatenate([sums == windows, np.zeros(windows - 1, bool)])


def first_audible(heard: LevelTrack, after: float) -> float | None:
    """When something audible first began at or after ``after``."""
    place = _first(_sustained(heard.levels > AUDIBLE_DB), heard.index(after))
    return None if place is None else heard.at(place)


def onset_of_run(heard: LevelTrack, moment: float, silence_s: float = 0.3) -> float:
    """When the audible run that ``moment`` is in began; pauses below ``silence_s`` belong to it."""
    over = np.flatnonzero(heard.levels[: heard.index(moment) + 1] > AUDIBLE_DB)
    if not len(over):
        return moment
    breaks = np.flatnonzero(np.diff(over) > silence_s / STEP)
    return heard.at(int(over[breaks[-1] + 1] if len(breaks) else over[0]))


def last_audible(heard: LevelTrack, after: float) -> float | None:
    """The end of the last audible window from ``after`` on."""
    start = heard.index(after)
    over = np.flatnonzero(heard.levels[start:] > AUDIBLE_DB)
    return heard.at(start + int(over[-1]) + 1) if len(over) else None


def silences(heard: LevelTrack, begin: float, end: float, over_s: float) -> list[float]:
    """Lengths in s of the silences over ``over_s`` between what is audible from ``begin`` to
    ``end``."""
    start, stop = heard.index(begin), heard.index(end)
    over = np.flatnonzero(heard.levels[start:stop] > AUDIBLE_DB)
    quiet = (np.diff(over) - 1) * STEP
    return [float(length) for length in quiet if length > over_s]


@dataclass(frozen=True)
class GivingWay:
    """How a voice gave way to another that began at some moment; ms from that moment."""

    level_before_db: float
    yield_ms: float | None
    silence_ms: float | None
    resumed_ms: float | None
    in_pause: bool
    """It fell in a pause that the voice made by itself, and says nothing of giving way."""


def giving_way(heard: LevelTrack, spoken_over: float) -> GivingWay | None:
    """How the voice gave way from ``spoken_over`` on; None when there was no voice before it."""
    start = heard.index(spoken_over)
    before = heard.levels[max(0, start - 200) : start]
    if not len(before) or np.mean(before > AUDIBLE_DB) < 0.2:
        return None
    loud = float(np.percentile(before, 95))
    level = heard.levels

    def since(place: int | None) -> float | None:
        return None if place is None else (heard.at(place) - spoken_over) * 1000

    yielded = _first(_stays_under(level <= loud - YIELD_DB, _YIELD_WINDOWS), start)
    silent = _first(_stays_under(level <= AUDIBLE_DB, _SILENT_WINDOWS), start)
    resumed = None
    if yielded is not None:
        resumed = _first(_sustained(level > loud - RESUME_DB), yielded)
    in_pause = yielded is not None and heard.at(yielded) - spoken_over < _REACTION_S
    return GivingWay(loud, since(yielded), since(silent), since(resumed), in_pause)


def gaps(arrivals: Sequence[float], over_s: float) -> list[tuple[float, float]]:
    """(moment, length) in s of every pause between neighbours longer than ``over_s``."""
    return [(a, b - a) for a, b in pairwise(arrivals) if b - a > over_s]
