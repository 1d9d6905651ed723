"""Image to text without a model of language: what landmarks can honestly say of one person.

Thresholds were set on the ten registered pictures of Iris: open eyes measure 0.31 and more, half
shut ones 0.09, closed ones 0.07 and less; a smile widens the mouth from 0.38 of the face to 0.42
and lifts its corners from 0.11 of its width to 0.15.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.engines.lipsync.landmarks import (
    CHIN,
    FACE_LEFT,
    FACE_RIGHT,
    FACE_TOP,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LOWER_OUTER_LIP,
    MOUTH_CORNERS,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    UPPER_OUTER_LIP,
)
from visavis.engines.pose.features import Landmarks
from visavis.engines.vision.sighted import Sighted

SYSTEM = "landmarks"
SHUT = 0.18
"""Lids this far apart, in widths of the eye, are closed."""
SMILE_WIDTH, SMILE_LIFT = 0.405, 0.13
NEAR, FAR = 0.5, 0.2
"""Heights of the face in heights of the picture."""
ASIDE = 0.15
"""From the middle, in widths of the picture."""
TURNED = 0.13
"""The nose this far from the middle of the face, in its widths, looks past the camera."""
NOSE = 1
LEFT_SHOULDER, RIGHT_SHOULDER = 11, 12

Plane = NDArray[np.float32]
"""(N, 2) px, N at least 468: the points of FaceMesh."""


def caller(seen: Landmarks, size: tuple[int, int]) -> Sighted:
    """The caller in a picture of (width, height) px. Some 0.1 ms."""
    mask = seen.mask
    hands = [hand for hand in (seen.left_hand, seen.right_hand) if not np.isnan(hand[0, 0])]
    shoulders = seen.pose[[LEFT_SHOULDER, RIGHT_SHOULDER], 1].min() if mask[0] else 1.0
    raised = sum(bool(hand[:, 1].mean() < shoulders) for hand in hands)
    details: dict[str, Any] = {"hands": len(hands), "hands_raised": raised}
    if not mask[1]:
        who = "One person is seen, but not their face" if mask[0] else "Nobody is seen"
        return Sighted(f"{who}{_hands(len(hands), raised)}.", details)
    face = seen.face[:, :2] * np.array(size, np.float32)
    measured = measures(face)
    middle = float(seen.face[:, 0].min() + seen.face[:, 0].max()) / 2 - 0.5
    scale = float(np.ptp(seen.face[:, 1]))
    details |= {"aside": round(middle, 3), "scale": round(scale, 3), **measured}
    said = ["One person is seen"]
    if not FAR <= scale <= NEAR:
        said.append("near the camera" if scale > NEAR else "far from the camera")
    if abs(middle) > ASIDE:
        said.append(f"at the {'right' if middle > 0 else 'left'} of the picture")
    said += _expression(measured)
    return Sighted(f"{', '.join(said)}{_hands(len(hands), raised)}.", details)


def portrait(points: Plane | None) -> Sighted:
    """A portrait, by the points of its face; None: no face was found in it."""
    if points is None:
        return Sighted("No face is seen.", {"faces": 0})
    measured = measures(points)
    said = ", ".join(["A face is seen", *_expression(measured)])
    return Sighted(f"{said}.", {"faces": 1, **measured})


def measures(points: Plane) -> dict[str, float]:
    """What the points of a face measure; none depends on the size of the picture."""
    across = _distance(points[FACE_LEFT], points[FACE_RIGHT])
    width = _distance(*points[list(MOUTH_CORNERS)])
    lips = (points[UPPER_OUTER_LIP[5]] + points[LOWER_OUTER_LIP[5]]) / 2
    corners = points[list(MOUTH_CORNERS)].mean(0)
    middle = (points[FACE_LEFT] + points[FACE_RIGHT]) / 2
    found = {
        "eyes_open": min(
            _openness(points, LEFT_EYE_UPPER, LEFT_EYE_LOWER),
            _openness(points, RIGHT_EYE_UPPER, RIGHT_EYE_LOWER),
        ),
        "mouth_width": width / max(across, 1e-6),
        "mouth_lift": float(lips[1] - corners[1]) / max(width, 1e-6),
        "turn": float(points[NOSE, 0] - middle[0]) / max(across, 1e-6),
        "nose_height": float(points[NOSE, 1] - points[FACE_TOP, 1])
        / max(float(points[CHIN, 1] - points[FACE_TOP, 1]), 1e-6),
    }
    return {name: round(value, 3) for name, value in found.items()}


def _expression(measured: dict[str, float]) -> list[str]:
    said = []
    if measured["eyes_open"] < SHUT:
        said.append("with closed eyes")
    elif abs(measured["turn"]) < TURNED:
        said.append("looking towards the camera")
    else:
        said.append("looking away")
    if measured["mouth_width"] > SMILE_WIDTH and measured["mouth_lift"] > SMILE_LIFT:
        said.append("smiling")
    return said


def _hands(count: int, raised: int) -> str:
    if not count:
        return ""
    if raised:
        return ", both hands raised" if raised == 2 else ", one hand raised"
    return ", both hands in view" if count == 2 else ", one hand in view"


def _openness(points: Plane, upper: tuple[int, ...], lower: tuple[int, ...]) -> float:
    gap = np.linalg.norm(points[list(upper), :2] - points[list(lower), :2], axis=1).max()
    return float(gap) / max(_distance(points[upper[0]], points[upper[-1]]), 1e-6)


def _distance(one: Plane, other: Plane) -> float:
    return float(np.linalg.norm(one[:2] - other[:2]))
