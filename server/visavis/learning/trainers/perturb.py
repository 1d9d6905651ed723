"""Seeded variations of a take, as a body makes them: slower and faster, larger and smaller,
shaken, with moments lost. They stand for the repetitions that nobody recorded.
"""

import numpy as np
from numpy.typing import NDArray

_WARP = 0.25
"""How far the pace strays from even, as the deviation of its logarithm."""
_SCALE = 0.1
_JITTER = 0.05
"""Of each column's deviation within the take."""
_LOST = 0.15
"""The longest gap, of the take."""


def perturbed(values: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """A variation of (N, D) with as many rows."""
    rows, width = values.shape
    pace = np.exp(random.normal(0, _WARP, 4))
    steps = np.interp(np.linspace(0, 3, rows), np.arange(4), pace)
    at = np.concatenate([[0], np.cumsum(steps[1:])])
    trim = random.uniform(0, 0.06, 2)
    at = (at / max(at[-1], 1e-9) * (1 - trim.sum()) + trim[0]) * (rows - 1)
    gap = int(random.uniform(0, _LOST) * rows)
    kept = np.arange(rows)
    if gap:
        start = int(random.integers(0, max(1, rows - gap)))
        kept = np.concatenate([kept[: start + 1], kept[start + gap :]])
    kept = kept[kept < rows]
    moved = np.stack([np.interp(at, kept, column[kept]) for column in values.T], axis=1)
    middle = moved.mean(axis=0)
    moved = middle + (moved - middle) * np.exp(random.normal(0, _SCALE))
    moved += random.normal(0, 1, (rows, width)) * _JITTER * values.std(axis=0)
    varied: NDArray[np.float32] = moved.astype(np.float32)
    return varied
