"""The signs: where both arms are at every moment of a movement.

Lengths are in shoulder widths from the shoulders' middle, x to the body's left, y up, z towards
the viewer. The body signs with its right hand, which is at negative x.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from figure import Arm

TAUGHT = ("water", "help", "wave")
UNTAUGHT = ("circle", "point")
REST_BEFORE_S = 0.6
REST_AFTER_S = 0.8
_TURN = 2 * np.pi
_OPEN = (0.1, 0.02, 0.02, 0.02, 0.02)
_POINTING = (0.7, 0.0, 0.85, 0.9, 0.9)
_CUPPED = (0.2, 0.45, 0.45, 0.5, 0.5)
_AT_REST = (0.3, 0.25, 0.3, 0.35, 0.4)
_RAISED = 0.24
"""Share of a movement in which the hands come up, and in which they go down."""


@dataclass(frozen=True)
class Manner:
    """How one take is made."""

    seconds: float = 1.6
    reach: float = 1.0
    """Size of the movement about its middle."""
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Where the hand goes beside the plan."""
    rest: tuple[float, float] = (0.0, 0.0)
    """Where the hands rest beside the plan: sideways and up."""
    bend: float = 0.0
    """How much faster the second half goes (logarithm)."""
    bow: float = 0.0
    """How far the way up and down swings outwards."""
    beats: float = 3.0
    """How often what repeats is repeated."""
    tilt: float = 0.0
    """Radians that the hand is turned about the line of sight."""


def arm(wrist, fingers, palm, curls) -> Arm:
    return Arm(*(np.array(part, float) for part in (wrist, fingers, palm, curls)))


def mirrored(right: Arm) -> Arm:
    """The left arm that does the same."""
    flip = np.array([-1.0, 1.0, 1.0])
    return Arm(right.wrist * flip, right.fingers * flip, right.palm * flip, right.curls)


def at_rest(manner: Manner) -> Arm:
    """The right arm hanging at the side."""
    aside, up = manner.rest
    return arm((-0.62 - aside, -1.5 + up, 0.2), (0.05, -1, 0.25), (1, 0, 0), _AT_REST)


def water(v: float, manner: Manner) -> tuple[Arm, bool]:
    """A cupped hand goes to the mouth and tips twice."""
    tip = np.sin(np.pi * np.clip(v, 0, 1) * 2) ** 2 * manner.reach
    wrist = (-0.30, 0.08 + 0.1 * tip, 0.62)
    return arm(wrist, (0.45, 0.95 - 0.25 * tip, -0.35 * tip), (0.9, -0.1, -0.3), _CUPPED), False


def help_(v: float, manner: Manner) -> tuple[Arm, bool]:
    """Both open hands go up beside the head and shake."""
    shake = 0.16 * manner.reach * np.sin(_TURN * manner.beats * v)
    wrist = (-0.86 - shake, 0.42 + 0.3 * abs(shake), 0.42)
    return arm(wrist, (-0.15 - 1.5 * shake, 1, 0.1), (0, 0, 1), _OPEN), True


def wave(v: float, manner: Manner) -> tuple[Arm, bool]:
    """An open hand goes up on its side and waves."""
    swing = 0.22 * manner.reach * np.sin(_TURN * manner.beats * v)
    wrist = (-0.84 - swing, 0.18 - 0.3 * abs(swing), 0.45)
    return arm(wrist, (-1.7 * swing, 1, 0.1), (0, 0, 1), _OPEN), False


def circle(v: float, manner: Manner) -> tuple[Arm, bool]:
    """A pointing hand draws two circles before the chest."""
    angle = _TURN * 2 * v
    wide, high = 0.30 * manner.reach * np.cos(angle), 0.26 * manner.reach * np.sin(angle)
    wrist = (-0.36 + wide, -0.28 + high, 0.70)
    return arm(wrist, (0.25, 1, 0.1), (0.3, 0, 1), _POINTING), False


def point(v: float, manner: Manner) -> tuple[Arm, bool]:
    """A pointing hand goes high up, once more in the middle, and stays."""
    up = 0.22 * manner.reach * np.sin(np.pi * np.clip(v, 0, 1)) ** 2
    return arm((-0.52, 0.45 + up, 0.5), (0.05, 1, 0.05), (0, 0, 1), _POINTING), False


SIGNS: dict[str, Callable[[float, Manner], tuple[Arm, bool]]] = {
    "water": water,
    "help": help_,
    "wave": wave,
    "circle": circle,
    "point": point,
}


def arms(sign: str, u: float, manner: Manner) -> dict[str, Arm]:
    """Both arms when the share `u` of the movement is over; outside 0..1 they rest."""
    rest = at_rest(manner)
    u = float(np.clip(u, 0, 1)) ** float(np.exp(manner.bend))
    made, both = SIGNS[sign]((u - _RAISED) / (1 - 2 * _RAISED), manner)
    made = replace(made, wrist=made.wrist + manner.shift, fingers=_tilted(made.fingers, manner))
    up = float(np.clip(min(u, 1 - u) / _RAISED, 0, 1))
    up = up * up * (3 - 2 * up)
    right = rest.towards(made, up)
    swing = 4 * up * (1 - up)
    right = replace(right, wrist=right.wrist + np.array([-manner.bow, 0, 0.25]) * swing)
    return {"r": right, "l": mirrored(right if both else rest)}


def _tilted(fingers: np.ndarray, manner: Manner) -> np.ndarray:
    cos, sin = np.cos(manner.tilt), np.sin(manner.tilt)
    x, y, z = fingers
    return np.array([cos * x - sin * y, sin * x + cos * y, z])


def varied(random: np.random.Generator) -> Manner:
    """A manner as another try would bring it."""
    return Manner(
        seconds=float(1.6 * np.exp(random.normal(0, 0.12))),
        reach=float(np.exp(random.normal(0, 0.12))),
        shift=tuple(float(x) for x in random.normal(0, (0.05, 0.05, 0.04))),
        rest=(float(random.uniform(-0.03, 0.06)), float(random.uniform(-0.04, 0.06))),
        bend=float(random.normal(0, 0.12)),
        bow=float(random.uniform(0.0, 0.18)),
        beats=float(random.uniform(2.6, 3.4)),
        tilt=float(random.normal(0, 0.08)),
    )
