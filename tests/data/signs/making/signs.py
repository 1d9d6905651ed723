"""What the hands do in each sign, and how one take differs from another."""

from dataclasses import dataclass

import numpy as np
from arms import Hand

SIGNS = ("drink", "help", "hello", "circle", "aside")
FPS = 12
BEFORE_S, AFTER_S = 0.7, 0.9
_TURN = 2 * np.pi
_UP, _FRONT = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
_REST = {
    side: Hand(
        np.array([0.42 * out, -1.35, 0.45]),
        np.array([-0.5 * out, -0.25, 1.0]),
        np.array([0.0, -1.0, 0.0]),
        0.25,
    )
    for side, out in (("l", 1.0), ("r", -1.0))
}


@dataclass(frozen=True)
class Manner:
    """How somebody makes a sign this time; lengths in shoulder widths."""

    seconds: float = 1.5
    size: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    sway: float = 0.02
    phase: float = 0.0
    body: tuple[float, float] = (0.0, 0.0)
    """Where the body sits in the picture, as shares of its width and height."""
    near: float = 1.0


def manner(seed: int) -> Manner:
    """One of many."""
    random = np.random.default_rng(seed)
    return Manner(
        seconds=float(random.uniform(1.2, 1.9)),
        size=float(random.uniform(0.85, 1.15)),
        shift=(float(random.uniform(-0.06, 0.06)), float(random.uniform(-0.06, 0.06))),
        sway=float(random.uniform(0.01, 0.03)),
        phase=float(random.uniform(0, _TURN)),
        body=(float(random.uniform(-0.05, 0.05)), float(random.uniform(-0.02, 0.03))),
        near=float(random.uniform(0.92, 1.1)),
    )


def hands(sign: str, how: Manner) -> list[dict[str, Hand]]:
    """Both hands in each picture of a take at FPS."""
    whole = BEFORE_S + how.seconds + AFTER_S
    times = np.arange(0, whole, 1 / FPS)
    return [_at(sign, how, float(t)) for t in times]


def _at(sign: str, how: Manner, t: float) -> dict[str, Hand]:
    u = np.clip((t - BEFORE_S) / how.seconds, 0.0, 1.0)
    raised = np.clip(min(u, 1 - u) * 4.5, 0, 1)
    raised = raised**2 * (3 - 2 * raised)
    v = np.clip((u - 0.2) / 0.6, 0.0, 1.0)
    wanted = _sign(sign, v, how.size)
    sway = how.sway * np.sin(_TURN * 0.9 * t + how.phase + np.array([0.0, 1.0, 2.0]))
    shift = np.array([*how.shift, 0.0])
    return {
        side: _between(rest, wanted.get(side), raised, shift + sway, sway)
        for side, rest in _REST.items()
    }


def _between(
    rest: Hand, wanted: Hand | None, raised: float, there: np.ndarray, here: np.ndarray
) -> Hand:
    if wanted is None:
        return rest._replace(wrist=rest.wrist + 0.5 * here)
    a, b = 1 - raised, raised
    bow = np.array([0.0, 0.0, 0.5]) * a * b * 2  # arms swing out to the front on their way
    return Hand(
        a * (rest.wrist + 0.5 * here) + b * (wanted.wrist + there) + bow,
        a * rest.fingers + b * wanted.fingers,
        a * rest.palm + b * wanted.palm,
        a * rest.closed + b * wanted.closed,
    )


def _sign(sign: str, v: float, size: float) -> dict[str, Hand]:
    """The hands that take part, at share `v` of the sign itself."""
    if sign == "drink":  # a cup goes to the mouth and is tipped
        tip = np.sin(np.pi * v) ** 2 * size
        wrist = np.array([-0.28 + 0.16 * tip, -0.15 + 0.42 * tip, 0.75 - 0.15 * tip])
        fingers = np.array([0.6, 0.8, 0.1 - 0.5 * tip])
        return {"r": Hand(wrist, fingers, np.array([0.9, 0.0, -0.5]), 0.45)}
    if sign == "help":  # both hands go up and shake
        shake = 0.22 * np.sin(3 * _TURN * v) * size
        return {
            side: Hand(np.array([out * 0.72, 0.32 + shake, 0.35]), _UP + 0.1 * _FRONT, _FRONT, 0.0)
            for side, out in (("l", 1.0), ("r", -1.0))
        }
    if sign == "hello":  # an open hand waves beside the head
        wave = 0.24 * np.sin(2.5 * _TURN * v) * size
        fingers = np.array([wave * 1.6, 1.0, 0.1])
        return {"r": Hand(np.array([-0.75 + wave, 0.25, 0.45]), fingers, _FRONT, 0.0)}
    if sign == "circle":  # the left fist goes round before the chest
        x, y = np.cos(2 * _TURN * v) * 0.3 * size, np.sin(2 * _TURN * v) * 0.3 * size
        return {
            "l": Hand(
                np.array([0.25 + x, -0.35 + y, 0.75]),
                np.array([-0.3, 0.8, 0.5]),
                np.array([-0.8, 0.0, -0.6]),
                0.9,
            )
        }
    out = np.sin(np.pi * v) * size  # the left arm is stretched out to the side
    return {
        "l": Hand(
            np.array([0.7 + 0.55 * out, -0.1 + 0.1 * out, 0.35]),
            np.array([1.0, 0.1, 0.2]),
            np.array([0.0, 0.1, 1.0]),
            0.0,
        )
    }
