"""A recording of one exercise, done again and again, cut into its repetitions.

All that is used is the recording itself: neither what was done in it nor by whom, nor any other
recording. A cycle of steps is laid along the recording, one step or none a row, so that each
row is as like the mean of its step's rows as can be (the cheapest path, by dynamic programming);
means and path are found in turns, from several stretches one period long, and the cheapest way
is kept. So every repetition of a recording is cut at the same event of its movement. That event
is where the recording begins, since a recording of `watch` was trimmed to the exercise by those
who made it.
"""

import itertools

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
Steps = NDArray[np.int64]

FEWEST, MOST = 40, 250
"""Rows of a repetition: 0.8 to 5 s at 50 Hz."""
STEPS = 0.6
"""Steps of the cycle a row of the period: no repetition goes round in fewer rows than this."""
STARTS, TURNS = 6, 6


def repetitions(x: Rows) -> list[Rows]:
    """A recording (N, D) in pieces."""
    level = (x - x.mean(0)) / (x.std(0) + 1e-6)
    smooth = np.stack([np.convolve(column, np.ones(5) / 5, "same") for column in level.T], 1)
    rows = period(level)
    starts = np.linspace(0, len(x) - rows, STARTS + 2)[1:-1].astype(int)
    within = np.linspace(0, rows - 1, int(STEPS * rows)).astype(int)
    cycles = smooth[starts[:, None] + within]
    for _ in range(TURNS):
        costs, paths = laid(smooth, cycles)
        cycles = np.stack([means(smooth, *way) for way in zip(paths, cycles, strict=True)])
    path, steps = paths[costs.argmin()], len(within)
    gone = np.concatenate([[0], np.cumsum(np.diff(path) % steps)])
    cuts = np.searchsorted(gone, np.arange(0, gone[-1] + 1, steps))
    return [x[low:high] for low, high in itertools.pairwise(cuts)]


def period(level: Rows) -> int:
    """Rows after which a recording is most like itself: the first of the high peaks."""
    power = (np.abs(np.fft.rfft(level, 2 * len(level), axis=0)) ** 2).sum(1)
    alike = np.fft.irfft(power)[: len(level)] / np.arange(len(level), 0, -1)
    window = alike[FEWEST : min(MOST, len(level) // 4)]
    peak = (window[1:-1] > window[:-2]) & (window[1:-1] >= window[2:])
    peak &= window[1:-1] > 0.85 * window.max()
    return FEWEST + (int(np.argmax(peak)) + 1 if peak.any() else int(window.argmax()))


def laid(x: Rows, cycles: Rows) -> tuple[Rows, Steps]:
    """Costs (C,) of the cheapest paths of (C, S, D) along (N, D), and their steps (C, N)."""
    count, steps, _ = cycles.shape
    cost = (x**2).sum(1)[:, None, None] + (cycles**2).sum(2) - 2 * np.tensordot(x, cycles, (1, 2))
    total, came = cost[0].copy(), np.zeros(cost.shape, bool)
    for row in range(1, len(x)):
        went = np.roll(total, 1, axis=1)
        came[row] = went < total
        total = np.minimum(total, went) + cost[row]
    paths = np.empty((count, len(x)), int)
    paths[:, -1] = total.argmin(1)
    each = np.arange(count)
    for row in range(len(x) - 1, 0, -1):
        paths[:, row - 1] = (paths[:, row] - came[row, each, paths[:, row]]) % steps
    return total.min(1), paths


def means(x: Rows, path: Steps, cycle: Rows) -> Rows:
    """The mean of each step's rows; a step that no row has keeps what it had."""
    count = np.bincount(path, minlength=len(cycle))
    total = np.stack([np.bincount(path, column, len(cycle)) for column in x.T], 1)
    return np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], cycle)
