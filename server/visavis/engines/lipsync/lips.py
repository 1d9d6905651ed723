"""Where the lips end and the mouth begins, closer than the landmarks tell."""

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.engines.lipsync.landmarks import (
    LOWER_INNER_LIP,
    LOWER_OUTER_LIP,
    MOUTH_CORNERS,
    UPPER_INNER_LIP,
    UPPER_OUTER_LIP,
    Points,
)

REACH = 0.055
"""How far an edge of a lip may be off, in mouth widths."""
STEP = 0.25
"""Px between two looks."""
SOFT = 0.6
"""Half the width of a lip's edge in the picture, px: kept on the side of the opening."""
DARKER = 0.68
"""A lip is no darker than this share of its own mean: further in, it is the mouth's shade."""
PALER = 0.62
"""A lip is no less red than this share of its own mean: teeth are."""


def refined(image: NDArray[np.uint8], points: Points) -> Points:
    """``points`` with the inner contours of the lips moved inwards, off all that looks like lip.

    FaceMesh places them some px too far out on open mouths, so that a rim of lip would count as
    the inside. A closed mouth is returned as it is.
    """
    width = float(points[MOUTH_CORNERS[1], 0] - points[MOUTH_CORNERS[0], 0])
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB).astype(np.float32)
    moved = points.copy()
    for inner, outer, way in (
        (UPPER_INNER_LIP, UPPER_OUTER_LIP, 1),
        (LOWER_INNER_LIP, LOWER_OUTER_LIP, -1),
    ):
        # Between its contours, nearer the inner one: the part whose colour meets the opening.
        body = 0.3 * points[list(outer), :2] + 0.7 * points[list(inner), :2]
        lip = np.median(_colours(lab, body[2:-2]), axis=0)
        gap = points[list(LOWER_INNER_LIP), 1] - points[list(UPPER_INNER_LIP), 1]
        steps = np.arange(0, REACH * width, STEP, dtype=np.float32)
        shift = np.array(
            [
                _run(lab, points[i, :2], way, steps[steps < 0.4 * gap[place]], lip)
                for place, i in enumerate(inner)
            ]
        )
        smooth = np.convolve(np.pad(shift, 1, mode="edge"), (0.25, 0.5, 0.25), "valid")
        smooth[[0, -1]] = 0
        moved[list(inner), 1] += way * smooth
    return moved


def _run(
    lab: NDArray[np.float32],
    start: NDArray[np.float32],
    way: int,
    steps: NDArray[np.float32],
    lip: NDArray[np.float32],
) -> float:
    """How many px from ``start`` the lip goes on; a little less than none where it doesn't."""
    if not len(steps):
        return 0.0
    seen = _colours(lab, start + np.stack([np.zeros_like(steps), way * steps], axis=1))
    red, lip_red = seen[:, 1] - 128, lip[1] - 128
    is_lip = (seen[:, 0] > DARKER * lip[0]) & (red > PALER * lip_red)
    end = steps[-1] if is_lip.all() else steps[int(is_lip.argmin())]
    return float(end - SOFT)


def _colours(lab: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 3): the picture at ``places`` (n, 2)."""
    x, y = places[None, :, 0].astype(np.float32), places[None, :, 1].astype(np.float32)
    found: NDArray[np.float32] = cv2.remap(lab, x, y, cv2.INTER_LINEAR)[0]
    return found
