"""What a face does by itself: blinks, glances, breath and sway, as a pure function of time.

Nothing is remembered between calls: every irregularity comes from hashed integers, so renderers
that share a seed draw the same picture for the same second, and one can take over from another
without a jump.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

BREATHS_PER_MINUTE = 14.0
BLINK_EVERY_S = 4.0
BLINK_JITTER_S = 2.0
"""Blinks come 2 to 6 s apart (people in conversation: about 17 a minute, Bentivoglio 1997)."""
DOUBLE_BLINKS = 0.14
CLOSING_S, CLOSED_S, OPENING_S = 0.060, 0.015, 0.110
"""A lid falls faster than it rises; all but shut for 50 ms, so that a frame at 25 fps shows it."""
GLANCE_EVERY_S = 1.9
AT_VIEWER = 0.72
"""Share of the time that the gaze stays with the viewer (listeners: 70-75 %, Argyle 1976)."""
SACCADE_S = 0.045
FOLLOWS_S = 0.38
"""How long the head takes to follow the eyes: no longer than the shortest fixation."""

_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class Motion:
    """A moment of the head and eyes.

    ``yaw``, ``pitch``, ``roll`` in degrees (positive: to the right of the picture, up, clockwise);
    ``sway_x``, ``sway_y`` in fractions of the picture's width (right, down); ``breath`` 0 (out) to
    1 (in); ``blink`` 0 (open) to 1 (shut); ``gaze_x``, ``gaze_y`` in degrees (right of the
    picture, up), 0 at the viewer; ``smile`` 0 to 1; ``brow`` 0 to 1 (raised).
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    sway_x: float = 0.0
    sway_y: float = 0.0
    breath: float = 0.0
    blink: float = 0.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    smile: float = 0.0
    brow: float = 0.0


STILL = Motion()
"""A head that does not move and looks at the viewer."""


class IdleMotion:
    """The irregular life of one face."""

    def __init__(self, seed: int = 0) -> None:
        """Another ``seed`` is another temper; the same one is the same face in every process."""
        self._seed = seed

    def at(self, seconds: float, energy: float = 0.0) -> Motion:
        """The motion at ``seconds`` on any clock. Takes about 0.1 ms.

        ``energy`` (0 to 1) is how loud the face itself speaks just now, smoothed by the caller
        (over 100 ms or more): it nods and raises the brows with it. 0 is the idle face.
        """
        gaze_x, gaze_y = self._gaze(seconds, SACCADE_S)
        faced_x, faced_y = self._gaze(seconds, FOLLOWS_S)
        smooth = self._smooth
        accent = smooth("accent", seconds, 0.9)
        breath_phase = seconds * BREATHS_PER_MINUTE / 60 + 0.35 * smooth("breath", seconds, 9.0)
        return Motion(
            yaw=2.2 * smooth("yaw", seconds, 3.7) + 0.12 * faced_x + energy * 1.2 * accent,
            pitch=1.3 * smooth("pitch", seconds, 3.1)
            + 0.08 * faced_y
            + energy * (0.4 + 1.6 * smooth("nod", seconds, 0.55)),
            roll=1.4 * smooth("roll", seconds, 4.9) + energy * 0.8 * smooth("tilt", seconds, 1.3),
            sway_x=0.006 * smooth("sway_x", seconds, 6.1),
            sway_y=0.003 * smooth("sway_y", seconds, 5.3),
            breath=_breath(breath_phase),
            blink=self._blink(seconds),
            gaze_x=gaze_x,
            gaze_y=gaze_y,
            smile=max(0.0, 0.16 + 0.3 * smooth("smile", seconds, 7.7)),
            brow=max(0.0, 0.25 * smooth("brow", seconds, 5.9)) + energy * max(0.0, 0.5 * accent),
        )

    def _random(self, name: str, step: int) -> float:
        """A number from 0 to 1 that belongs to this seed, name and step."""
        return _random(self._seed, name, step)

    def _smooth(self, name: str, seconds: float, period: float) -> float:
        """Value noise within ±1: two octaves, whose periods share no beat."""
        slow = self._spline(name, seconds / period)
        fast = self._spline(name + "'", seconds / (period * 0.381966))
        return 0.74 * slow + 0.26 * fast

    def _spline(self, name: str, position: float) -> float:
        """A cubic B-spline through hashed knots: velocity and acceleration are continuous."""
        step = math.floor(position)
        t = position - step
        u = 1 - t
        weights = (
            u**3 / 6,
            (3 * t**3 - 6 * t**2 + 4) / 6,
            (3 * u**3 - 6 * u**2 + 4) / 6,
            t**3 / 6,
        )
        knots = (2 * self._random(name, step + i - 1) - 1 for i in range(4))
        return 1.5 * sum(w * knot for w, knot in zip(weights, knots, strict=True))

    def _blink(self, seconds: float) -> float:
        """How far the lids are down."""
        step = math.floor(seconds / BLINK_EVERY_S)
        return max(self._blink_of(n, seconds) for n in (step - 1, step))

    def _blink_of(self, step: int, seconds: float) -> float:
        begins = step * BLINK_EVERY_S + BLINK_JITTER_S * self._random("blink", step)
        lid = _lid(seconds - begins)
        if self._random("double", step) < DOUBLE_BLINKS:
            lid = max(lid, 0.9 * _lid(seconds - begins - 0.31))
        return lid

    def _gaze(self, seconds: float, lasting: float) -> tuple[float, float]:
        """Fixations, and between them moves of ``lasting`` seconds, in degrees."""
        step = math.floor(seconds / GLANCE_EVERY_S)
        begins = self._glance_begins(step)
        if seconds < begins:
            step, begins = step - 1, self._glance_begins(step - 1)
        was, now = self._target(step - 1), self._target(step)
        part = _ease((seconds - begins) / lasting)
        return was[0] + (now[0] - was[0]) * part, was[1] + (now[1] - was[1]) * part

    def _glance_begins(self, step: int) -> float:
        return (step + 0.8 * self._random("glance", step)) * GLANCE_EVERY_S

    def _target(self, step: int) -> tuple[float, float]:
        angle = 2 * math.pi * self._random("where", step)
        far = self._random("away", step)
        # With the viewer the gaze still wanders between their eyes and mouth: under a degree.
        radius = 0.8 * far if far < AT_VIEWER else 3.0 + 18.0 * (far - AT_VIEWER)
        return radius * math.cos(angle), 0.6 * radius * math.sin(angle)


@lru_cache(maxsize=4096)
def _random(seed: int, name: str, step: int) -> float:
    """Cached, because a frame asks for the same knots as the one before it."""
    state = seed & _MASK
    for byte in name.encode():
        state = _mix(state ^ byte)
    return _mix(state ^ (step & _MASK)) / _MASK


def _mix(value: int) -> int:
    """SplitMix64's output function (Steele, Lea, Flood 2014)."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def _ease(part: float) -> float:
    """0 to 1 with a smooth start and end."""
    part = min(max(part, 0.0), 1.0)
    return part * part * (3 - 2 * part)


def _lid(since: float) -> float:
    """A single blink that began ``since`` seconds ago."""
    if since < CLOSING_S:
        return _ease(since / CLOSING_S)
    return 1 - _ease((since - CLOSING_S - CLOSED_S) / OPENING_S)


def _breath(phase: float) -> float:
    """In over two fifths of the cycle, out over the rest, both eased."""
    phase -= math.floor(phase)
    return _ease(phase / 0.4) if phase < 0.4 else 1 - _ease((phase - 0.4) / 0.6)
