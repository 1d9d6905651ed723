"""A body of numbers that signs: landmark frames as Holistic would give them, seeded.

A sign is a path of one or both wrists and an opening of the hand; a performance has its own
pace, size, place, jitter and lost parts.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from visavis.engines.pose.features import Header
from visavis.engines.pose.features import LandmarkSequence as Landmarks

Path = Callable[[NDArray[np.float64]], NDArray[np.float64]]
SIZE = (640, 480)
_TURN = 2 * np.pi


def _path(kind: str, u: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Left wrist (T, 2), right wrist (T, 2), opening of left and right hand (T,) of u in 0..1.

    Places are in shoulder widths from the shoulders' middle, y down; both hands rest at their
    hips and come back there.
    """
    raise_ = np.clip(np.minimum(u, 1 - u) * 5, 0, 1)
    raise_ = raise_**2 * (3 - 2 * raise_)
    v = np.clip((u - 0.2) / 0.6, 0, 1)
    rest = np.array([0.55, 1.5])
    left = np.tile(rest, (len(u), 1))
    still = np.full(len(u), 0.3)

    def shown(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        resting = (1 - raise_)[:, None] * (rest * np.array([-1.0, 1.0]))
        return np.asarray(resting + raise_[:, None] * np.stack([x, y], 1), np.float64)

    one = np.ones(len(u))
    wide = 0.3 + 0.7 * raise_
    opening = still
    other = still
    if kind == "wave":
        right, opening = shown(-0.7 + 0.25 * np.sin(3 * _TURN * v), -0.5 * one), wide
    elif kind == "wave low":
        right, opening = shown(-0.7 + 0.25 * np.sin(3 * _TURN * v), 0.4 * one), wide
    elif kind == "circle":
        right = shown(-0.5 + 0.35 * np.cos(_TURN * v), 0.1 + 0.35 * np.sin(_TURN * v))
    elif kind == "circle back":
        right = shown(-0.5 + 0.35 * np.cos(_TURN * v), 0.1 - 0.35 * np.sin(_TURN * v))
    elif kind == "drink":
        right = shown(-0.35 + 0.2 * v, 0.5 - 0.95 * np.sin(np.pi * v))
    elif kind == "eat":
        right = shown(-0.35 + 0.2 * v, 0.5 - 0.95 * np.sin(2 * np.pi * v) ** 2)
    elif kind == "push":
        right, opening = shown(-0.4 - 0.6 * np.sin(np.pi * v), 0.2 * one), wide
    elif kind == "grasp":
        right = shown(-0.5 * one, 0.1 * one)
        opening = 0.3 + 0.7 * np.sin(2 * np.pi * v) ** 2 * raise_
    elif kind == "both up":
        right = shown(-0.7 * one, -0.8 * np.sin(np.pi * v))
        left, other, opening = right * [-1, 1], wide, wide
    elif kind == "clap":
        right = shown(-0.3 + 0.25 * np.sin(2 * _TURN * v), 0.4 * one)
        left = right * [-1, 1]
    elif kind == "zigzag":
        right = shown(-0.9 + 0.8 * v, 0.2 + 0.25 * np.sign(np.sin(3 * _TURN * v)))
    elif kind == "scratch":
        right = shown(-0.15 + 0.05 * np.sin(5 * _TURN * v), -0.75 * one)
    elif kind == "shrug":
        right = shown(-0.8 - 0.1 * np.sin(np.pi * v), 0.7 * one)
        left, other, opening = right * [-1, 1], wide, wide
    elif kind == "cross":
        right = shown(-0.6 + 0.9 * np.sin(np.pi * v), 0.3 * one)
        left = shown(-0.6 + 0.9 * np.sin(np.pi * v), 0.35 * one) * [-1, 1]
    elif kind == "rest":
        right = np.tile(rest * [-1, 1], (len(u), 1))
    else:
        raise ValueError(kind)
    return left, right, other, opening


SIGNS = (
    "wave",
    "wave low",
    "circle",
    "circle back",
    "drink",
    "eat",
    "push",
    "grasp",
    "both up",
    "clap",
)
UNKNOWN = ("zigzag", "scratch", "shrug", "cross")


@dataclass(frozen=True)
class Performance:
    """How a sign is made."""

    seconds: float = 2.0
    fps: float = 15.0
    reach: float = 1.0
    """Size of the movement against its plan."""
    width: float = 0.18
    """Shoulder width, of the picture's width."""
    centre: tuple[float, float] = (0.5, 0.45)
    jitter: float = 0.0
    """Deviation of a landmark, of the shoulder width."""
    lost: float = 0.0
    """Share of the moments at which a hand isn't seen."""
    bend: tuple[float, float] = (0.0, 0.0)
    """How much faster the first and second half go (logarithms)."""
    shift: tuple[float, float] = (0.0, 0.0)
    """Where the hands go beside the plan, in shoulder widths."""


def varied(random: np.random.Generator, hardness: float = 1.0) -> Performance:
    """A performance as another day would bring it."""
    return Performance(
        seconds=float(2.0 * np.exp(random.normal(0, 0.25 * hardness))),
        fps=float(random.choice([10, 15, 30])),
        reach=float(np.exp(random.normal(0, 0.12 * hardness))),
        width=float(random.uniform(0.12, 0.24)),
        centre=(float(random.uniform(0.4, 0.6)), float(random.uniform(0.4, 0.5))),
        jitter=float(random.uniform(0.005, 0.03) * hardness),
        lost=float(random.uniform(0, 0.3) * hardness),
        bend=(float(random.normal(0, 0.2 * hardness)), float(random.normal(0, 0.2 * hardness))),
        shift=(float(random.normal(0, 0.08 * hardness)), float(random.normal(0, 0.08 * hardness))),
    )


def perform(kind: str, how: Performance, random: np.random.Generator) -> Landmarks:
    """The frames of one performance."""
    count = max(2, int(how.seconds * how.fps) + 1)
    t_ms = np.arange(count) * 1000 / how.fps
    u = t_ms / t_ms[-1]
    pace = np.exp(np.interp(u, (0, 0.5, 1), (how.bend[0], 0, how.bend[1])))
    u = np.cumsum(pace) - pace[0]
    left, right, open_left, open_right = _path(kind, u / u[-1])
    hands = {
        "left": (left * how.reach + how.shift, open_left),
        "right": (right * how.reach + how.shift, open_right),
    }
    unit = np.array([how.width, how.width * SIZE[0] / SIZE[1]])

    def placed(points: NDArray[np.float64]) -> NDArray[np.float32]:
        noisy = points + random.normal(0, max(how.jitter, 1e-9), points.shape)
        xy = np.asarray(how.centre) + noisy * unit
        flat = np.zeros((*xy.shape[:-1], 1))
        return np.concatenate([xy, flat], axis=-1, dtype=np.float32)

    body = np.zeros((count, 33, 2))
    body[:, 0] = (0, -0.75)
    body[:, 11], body[:, 12] = (0.5, 0), (-0.5, 0)
    for side, elbow, wrist in (("left", 13, 15), ("right", 14, 16)):
        body[:, wrist] = hands[side][0]
        body[:, elbow] = (hands[side][0] + body[:, elbow - 2]) / 2 + [0, 0.2]
    pose = np.concatenate([placed(body), np.ones((count, 33, 1), np.float32)], axis=-1)
    fingers = np.zeros((21, 2))
    for finger in range(5):
        for joint in range(4):
            way = (joint + 1) / 4
            fingers[1 + 4 * finger + joint] = ((finger - 2) * 0.07 * way, -0.35 * way)
    shapes = {}
    for side in ("left", "right"):
        place, opening = hands[side]
        hand = placed(place[:, None] + fingers * (0.35 + 0.65 * opening[:, None, None]))
        if how.lost:
            gone = random.random() < how.lost * 2
            start = int(random.integers(0, count))
            hand[start : start + int(gone * count * how.lost)] = np.nan
        shapes[side] = hand
    face = placed(np.tile((0, -0.75), (count, 468, 1)))
    mask = np.ones((count, 4), bool)
    for index, side in ((2, "left"), (3, "right")):
        mask[:, index] = ~np.isnan(shapes[side][:, 0, 0])
    header = Header("parametric", "1", how.fps, SIZE)
    return Landmarks(header, pose, face, shapes["left"], shapes["right"], mask, t_ms)


def again(habit: Performance, random: np.random.Generator) -> Performance:
    """Another take of the same person, whose habit is given."""
    take = varied(random, 0.4)
    return replace(
        take,
        seconds=habit.seconds * take.seconds / 2,
        reach=habit.reach * take.reach,
        width=habit.width * float(np.exp(random.normal(0, 0.05))),
        bend=(habit.bend[0] + take.bend[0], habit.bend[1] + take.bend[1]),
        shift=(habit.shift[0] + take.shift[0], habit.shift[1] + take.shift[1]),
        jitter=habit.jitter,
        lost=habit.lost,
    )
