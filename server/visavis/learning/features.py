"""What a model sees of a movement: `gesture_v1`, the same live and in training.

A row is one moment, resampled by timestamps to RATE_HZ, so that takes of 10 and 30 frames a
second agree. Lengths are in shoulder widths (the median of the take, so that turning doesn't
blow the body up) and y points down:

======== ========================================================================
columns  meaning
======== ========================================================================
0..9     nose, left and right elbow, left and right wrist from the shoulders' middle: x, y
10..19   five tips of the left hand from its wrist: x, y
20..29   the same of the right hand
30..31   how far the mouth is open, and how wide
32..41   velocity of columns 0..9, in shoulder widths per fifth of a second
======== ========================================================================

What wasn't seen is bridged in a straight line between the moments at which it was, and held at
the ends; what was never seen is 0. `seen` tells which of a row's four parts are real.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.engines.pose import features as landmarks

GESTURE = "gesture_v1"
RATE_HZ = 15.0
DIMS = 42
MAX_ROWS = 1_500
"""Rows of the longest sequence: 100 s."""
_JOINTS = (0, 13, 14, 15, 16)
_SHOULDERS = [11, 12]
_TIPS = [4, 8, 12, 16, 20]
_LIPS = (13, 14, 61, 291)
_VISIBLE = 0.5
_SPEED_S = 0.2
_BRIDGE_MS = 250.0
"""A part is still called seen this long beside a moment at which it really was."""


@dataclass(frozen=True)
class Features:
    """A sequence of N rows of D values: t_ms (N,), values (N, D) finite, seen (N, parts)."""

    t_ms: NDArray[np.float64]
    values: NDArray[np.float32]
    seen: NDArray[np.bool_]
    encoding: str


def gesture(
    pose: NDArray[np.float32],
    face: NDArray[np.float32],
    left_hand: NDArray[np.float32],
    right_hand: NDArray[np.float32],
    t_ms: NDArray[np.float64],
    size: tuple[int, int],
) -> Features:
    """The rows of T frames in the shapes of `holistic_landmarks_v1`, from pictures of `size` px.

    Raises ValueError for no frames, for times that fall or span over 100 s.
    """
    if not len(t_ms):
        raise ValueError("there are no frames")
    if not np.isfinite(t_ms).all() or (np.diff(t_ms) < 0).any():
        raise ValueError("the times fall or are not finite")
    rows = int(np.floor((t_ms[-1] - t_ms[0]) * RATE_HZ / 1000 + 1e-6)) + 1
    if rows > MAX_ROWS:
        raise ValueError("the frames span over 100 seconds")
    grid = t_ms[0] + np.arange(rows) * 1000 / RATE_HZ
    aspect = np.array([size[0] / size[1], 1.0], np.float32)
    body = pose[:, :, :2] * aspect
    hands = [hand[:, :, :2] * aspect for hand in (left_hand, right_hand)]
    shoulders = body[:, _SHOULDERS]
    centre = shoulders.mean(axis=1)
    width = _width(shoulders)
    joints = []
    for joint in _JOINTS:
        place = body[:, joint].copy()
        if joint >= _JOINTS[3]:  # a wrist that the pose only guesses is taken from its hand
            guessed = ~(pose[:, joint, 3] >= _VISIBLE)
            place[guessed] = hands[joint - _JOINTS[3]][guessed, 0]
        joints.append((place - centre) / width)
    fingers = [(hand[:, _TIPS] - hand[:, :1]).reshape(len(t_ms), -1) / width for hand in hands]
    lips = face[:, _LIPS, :2] * aspect
    mouth = np.stack(
        [
            np.linalg.norm(lips[:, 0] - lips[:, 1], axis=-1),
            np.linalg.norm(lips[:, 2] - lips[:, 3], axis=-1),
        ],
        axis=1,
    )
    still = np.concatenate([*joints, *fingers, mouth / width], axis=1)
    columns = _smooth(np.stack([_bridged(t_ms, column, grid) for column in still.T], axis=1))
    moving = 2 * len(_JOINTS)
    speed = (
        np.gradient(columns[:, :moving], axis=0) * (RATE_HZ * _SPEED_S)
        if rows > 1
        else np.zeros((1, moving))
    )
    values = np.concatenate([columns, speed], axis=1).astype(np.float32)
    mask = np.stack([~np.isnan(part[:, 0, 0]) for part in (pose, face, left_hand, right_hand)], 1)
    return Features(grid, values, _near(t_ms, mask, grid), GESTURE)


def from_npz(data: bytes) -> Features:
    """The rows of a `holistic_landmarks_v1` file.

    Raises visavis.engines.pose.features.FeaturesError.
    """
    take = landmarks.load(data)
    try:
        return gesture(
            take.pose, take.face, take.left_hand, take.right_hand, take.t_ms, take.header.size
        )
    except ValueError as error:
        raise landmarks.FeaturesError(str(error)) from error


def _width(shoulders: NDArray[np.float32]) -> float:
    """Median distance of (T, 2, 2) shoulders; 1 where none were seen."""
    widths = np.linalg.norm(shoulders[:, 0] - shoulders[:, 1], axis=-1)
    widths = widths[np.isfinite(widths) & (widths > 1e-3)]
    return float(np.median(widths)) if len(widths) else 1.0


def _bridged(
    t_ms: NDArray[np.float64], column: NDArray[np.float32], grid: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One column at the times of `grid`, its gaps bridged."""
    real = np.isfinite(column)
    if not real.any():
        return np.zeros(len(grid))
    bridged: NDArray[np.float64] = np.interp(grid, t_ms[real], column[real])
    return bridged


def _smooth(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, D) averaged over three rows, 1:2:1, so that jitter doesn't become speed."""
    padded = np.pad(columns, ((1, 1), (0, 0)), mode="edge")
    smooth: NDArray[np.float64] = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return smooth


def _near(
    t_ms: NDArray[np.float64], mask: NDArray[np.bool_], grid: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(N, parts) whether each part was seen within _BRIDGE_MS of each time of `grid`."""
    near = np.zeros((len(grid), mask.shape[1]), bool)
    for part in range(mask.shape[1]):
        times = t_ms[mask[:, part]]
        if len(times):
            after = np.searchsorted(times, grid).clip(0, len(times) - 1)
            before = (after - 1).clip(0)
            gap = np.minimum(abs(times[after] - grid), abs(times[before] - grid))
            near[:, part] = gap <= _BRIDGE_MS
    return near
