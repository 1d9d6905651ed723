"""Where a movement or a sound begins and ends, decided while it goes on.

The measure is anything that is low at rest: a speed in shoulder widths a second, a loudness. Its
level at rest is followed, so that jitter or a noisy room isn't taken for a sign.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from visavis.learning.features import GESTURE, RATE_HZ, Features
from visavis.learning.vocalisation import VOCALISATION

MOVES = 0.7
"""Shoulder widths a second above which something moves."""
FINGERS = 1.5
"""Fingers move less than arms, and count so much more."""
LOUD = 0.01
"""Root mean square above which something sounds."""
LONGEST_MS = 10_000.0
SHORTEST_MS = 250.0
"""What is shorter isn't a sign; the segmenter still reports it."""
_REST_MS = 120.0
"""So much quiet ends a sign; with the delay of the measure the decision stays under 300 ms."""
_CERTAIN_MS = 60.0
_FALL = 0.6
"""It goes on down to this share of the level at which it begins."""
_OVER_REST = 2.5
_FOLLOWS_S = 2.0
_LEAD_MS = 100.0


class Begin(NamedTuple):
    """Something has begun at `t_ms`."""

    t_ms: float


class End(NamedTuple):
    """It is over; it lasted from `from_ms` to `to_ms`."""

    from_ms: float
    to_ms: float


class Segmenter:
    """Takes one value after the other; not thread-safe."""

    def __init__(self, rate_hz: float, begins: float = MOVES) -> None:
        self._rate_hz = rate_hz
        self._begins = begins
        self._rest = 0.0
        self._since: float | None = None
        """When the present excursion began, before and after it is certain."""
        self._certain = False
        self._active_ms = 0.0

    def push(self, t_ms: float, value: float) -> Begin | End | None:
        """The value at `t_ms`, which must not fall. NaN counts as rest."""
        value = value if np.isfinite(value) else 0.0
        begins = max(self._begins, _OVER_REST * self._rest)
        if self._since is None:
            if value < begins:
                follow = min(1.0, 1 / (_FOLLOWS_S * self._rate_hz))
                self._rest += follow * (value - self._rest)
                return None
            self._since, self._active_ms, self._certain = t_ms, t_ms, False
            return None
        if value >= begins * _FALL:
            self._active_ms = t_ms
        quiet = t_ms - self._active_ms >= _REST_MS
        if not self._certain:
            if quiet:
                self._since = None
            elif t_ms - self._since >= _CERTAIN_MS and self._active_ms == t_ms:
                self._certain = True
                return Begin(self._since)
            return None
        if quiet or t_ms - self._since >= LONGEST_MS:
            end = End(max(0.0, self._since - _LEAD_MS), self._active_ms)
            self._since = None
            return end
        return None


def trim(features: Features) -> Features:
    """Without the rest at both ends, so that a recorded take begins and ends as one seen live.

    Features of an encoding that isn't known here, and those that never leave rest, stay whole.
    """
    values = features.values
    if features.encoding == GESTURE:
        active = _moving(values)
    elif features.encoding == VOCALISATION:
        active = features.seen[:, 0]
    else:
        return features
    rows = np.flatnonzero(active)
    if not len(rows):
        return features
    span = slice(max(0, rows[0] - 1), rows[-1] + 2)
    return Features(features.t_ms[span], values[span], features.seen[span], features.encoding)


def _moving(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(N,) whether a joint moves (columns 32.., per fifth of a second) or a finger does."""
    joints = np.abs(values[:, 32:]).max(axis=1) * 5
    fingers = np.zeros(len(values))
    if len(values) > 2:
        speed = np.gradient(values[:, 10:30], axis=0) * RATE_HZ
        each = np.linalg.norm(speed.reshape(len(values), 2, 5, 2), axis=-1)
        fingers = np.sqrt((each**2).mean(axis=-1)).max(axis=-1) * FINGERS
    moving: NDArray[np.bool_] = np.maximum(joints, fingers) >= MOVES * _FALL
    return moving
