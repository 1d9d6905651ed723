"""The eyes: lids that fall and rise, and irises that move behind them."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.engines.lipsync.landmarks import (
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
)
from visavis.engines.lipsync.portrait import REST, Pixels, Portrait

STAGES = 12
"""Positions of the lids that are prepared between open and shut."""
IRIS_MM, EYEBALL_MM = 11.7, 12.0
"""Diameter of an iris and radius of an eyeball (anatomical means): degrees to px."""
FURROW = 0.22
"""How far above the open lid its skin begins to move, in widths of the eye."""

Plane = NDArray[np.float32]
Box = tuple[int, int, int, int]
"""left, top, right, bottom in px, all even."""


class Eyes:
    """Draws both eyes. Immutable once made."""

    def __init__(self, portrait: Portrait) -> None:
        points = portrait.landmarks[REST][:, :2]
        contours = (
            (LEFT_EYE_UPPER, LEFT_EYE_LOWER, LEFT_BROW, LEFT_IRIS),
            (RIGHT_EYE_UPPER, RIGHT_EYE_LOWER, RIGHT_BROW, RIGHT_IRIS),
        )
        self._eyes = tuple(
            _Eye.of(portrait, *(points[list(indices)] for indices in eye)) for eye in contours
        )

    def draw(self, blink: float, gaze_x: float, gaze_y: float) -> list[tuple[Box, Pixels]]:
        """What to lay over the resting face, and where.

        ``blink`` 0 (open) to 1 (shut); gaze in degrees to the right of the picture and up.
        """
        stage = round(min(max(blink, 0.0), 1.0) * STAGES)
        return [(eye.box, eye.draw(stage, gaze_x, gaze_y)) for eye in self._eyes]


@dataclass(frozen=True)
class _Eye:
    """One eye's rectangle; its lids in each position, and what they leave free of the ball."""

    box: Box
    lids: tuple[Pixels, ...]
    free: tuple[Plane, ...]
    ball: Pixels
    rows: Plane
    columns: Plane
    mobile: Plane
    px_per_sine: float

    def draw(self, stage: int, gaze_x: float, gaze_y: float) -> Pixels:
        """The rectangle of the rest picture with lids at ``stage`` and the iris turned."""
        right = self.px_per_sine * math.sin(math.radians(gaze_x))
        down = -self.px_per_sine * math.sin(math.radians(gaze_y))
        ball = cv2.remap(
            self.ball,
            self.columns - right * self.mobile,
            self.rows - down * self.mobile,
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        free = self.free[stage]
        eye: Pixels = cv2.blendLinear(ball, self.lids[stage], free, 1 - free)
        return eye

    @classmethod
    def of(cls, portrait: Portrait, upper: Plane, lower: Plane, brow: Plane, iris: Plane) -> "_Eye":
        """Prepare an eye from its contours, (n, 2) px each, left to right."""
        width = float(np.ptp(upper[:, 0]))
        box = _rectangle(upper, lower, brow, width, portrait.size)
        left, top, right, bottom = box
        rest, closed = (
            image[top:bottom, left:right].copy() for image in (portrait.rest, portrait.closed)
        )
        rows, columns = np.indices(rest.shape[:2], np.float32)
        across = np.arange(left, right, dtype=np.float32)
        lid = np.interp(across, upper[:, 0], upper[:, 1] - top).astype(np.float32)
        floor = np.interp(across, lower[:, 0], lower[:, 1] - top).astype(np.float32)
        floor = np.maximum(floor, lid)
        lids, free = [], []
        blink = _Lids.of(rest, closed, lid, floor, width)
        for stage in range(STAGES + 1):
            image, visible = blink.at(stage / STAGES)
            lids.append(image)
            free.append(visible)
        diameter = float(np.linalg.norm(iris[1] - iris[3]) + np.linalg.norm(iris[2] - iris[4])) / 2
        away = np.abs(columns + left - iris[0, 0]) / width
        depth = np.minimum(rows - lid, floor - rows)
        return cls(
            box=box,
            lids=tuple(lids),
            free=tuple(free),
            ball=rest,
            rows=rows,
            columns=columns,
            mobile=(_rise(0.52, 0.30, away) * _rise(0.0, 0.06 * width, depth)).astype(np.float32),
            px_per_sine=diameter * EYEBALL_MM / IRIS_MM,
        )


def _rectangle(upper: Plane, lower: Plane, brow: Plane, width: float, size: int) -> Box:
    left, right = upper[0, 0] - 0.35 * width, upper[-1, 0] + 0.35 * width
    top = max(float(brow[:, 1].mean()), float(upper[:, 1].min()) - 0.75 * width)
    bottom = float(lower[:, 1].max()) + 0.5 * width
    return (
        max(0, int(left) // 2 * 2),
        max(0, int(top) // 2 * 2),
        min(size, (int(right) // 2 + 1) * 2),
        min(size, (int(bottom) // 2 + 1) * 2),
    )


@dataclass(frozen=True)
class _Lids:
    """The two pictures of an eye that a blink is made of, and its lines, one y a column, px."""

    rest: Pixels
    closed: Pixels
    rows: Plane
    columns: Plane
    lid: Plane
    floor: Plane
    meet: Plane
    furrow: Plane
    lashes: Plane

    @classmethod
    def of(cls, rest: Pixels, closed: Pixels, lid: Plane, floor: Plane, width: float) -> "_Lids":
        """``lid`` and ``floor`` are the edges of the upper and lower lid at rest."""
        rows, columns = np.indices(rest.shape[:2], np.float32)
        meet = _closed_line(closed, lid, floor, width)
        return cls(
            rest=rest,
            closed=closed,
            rows=rows,
            columns=columns,
            lid=lid,
            floor=floor,
            meet=meet,
            furrow=np.minimum(lid, meet) - np.float32(FURROW * width),
            lashes=_lashes(closed, meet, width),
        )

    def at(self, shut: float) -> tuple[Pixels, Plane]:
        """The skin with the lid lowered by ``shut``, and the free part of the ball (h, w), 0 to 1.

        Above the lid's edge both pictures are stretched so that their edges coincide, then mixed;
        below it is the resting picture, with the lashes hanging over it.
        """
        if shut >= 1:
            return _faded(self.closed, self.rest), np.zeros(self.rest.shape[:2], np.float32)
        edge = self.lid + shut * (self.meet - self.lid)
        whole = np.ones_like(self.rows)
        own = _rise(0.1, 0.55, shut * whole)
        above = cv2.blendLinear(
            self._lowered(self.closed, edge, self.meet),
            self._lowered(self.rest, edge, self.lid),
            own,
            1 - own,
        )
        settled = _rise(0.75, 1.0, shut * whole)
        below = cv2.blendLinear(self.closed, self.rest, settled, 1 - settled)
        covered = np.clip(edge - self.rows + 0.5, 0, 1)
        skin = cv2.blendLinear(above, below, covered, 1 - covered)
        hanging = cv2.remap(
            self.lashes, self.columns, self.rows + (self.meet - edge), cv2.INTER_LINEAR
        )
        shade = 1 - hanging * min(1.0, 2.5 * shut) * (1 - settled)
        skin = _faded((skin * shade[..., None]).astype(np.uint8), self.rest)
        free = np.clip(self.floor - self.rows + 0.5, 0, 1) * (1 - covered)
        free *= np.clip(self.floor - self.lid - 0.5, 0, 1) * np.maximum(0, 1 - 1.5 * (1 - shade))
        return skin, free.astype(np.float32)

    def _lowered(self, image: Pixels, edge: Plane, own_edge: Plane) -> Pixels:
        """``image`` with its lid's edge moved from ``own_edge`` to ``edge``."""
        reach = np.maximum(edge - self.furrow, 1)
        stretched = self.furrow + (self.rows - self.furrow) * (own_edge - self.furrow) / reach
        y = np.where(self.rows < self.furrow, self.rows, stretched)
        lowered: Pixels = cv2.remap(image, self.columns, y.astype(np.float32), cv2.INTER_LINEAR)
        return lowered


def _closed_line(closed: Pixels, lid: Plane, floor: Plane, width: float) -> Plane:
    """Where the lids meet in ``closed``: the dark line of the lashes' roots, as a parabola."""
    light = cv2.GaussianBlur(cv2.cvtColor(closed, cv2.COLOR_BGR2GRAY), (0, 0), 0.03 * width)
    rows = np.arange(len(light))[:, None]
    sought = (rows > lid + 0.5 * (floor - lid)) & (rows < floor + 0.28 * width)
    inside = np.flatnonzero(floor - lid > 0.25 * (floor - lid).max())
    dark = np.where(sought, np.maximum(np.median(light[sought]) - light.astype(np.float32), 0), 0)
    weight = dark[:, inside] ** 3 + 1e-6 * sought[:, inside]
    line = (rows * weight).sum(axis=0) / weight.sum(axis=0)
    columns = np.arange(len(lid))
    parabola = np.polyfit(inside, line, 2, w=np.sqrt(weight.sum(axis=0)))
    near = np.polyval(parabola, np.clip(columns, inside[0], inside[-1]))
    return np.asarray(np.clip(near, lid, floor + 0.3 * width), np.float32)


def _lashes(closed: Pixels, meet: Plane, width: float) -> Plane:
    """How much the lashes below the lids' line darken what is behind them (h, w), 0 to 1."""
    light = cv2.cvtColor(closed, cv2.COLOR_BGR2GRAY).astype(np.float32)
    size = round(0.3 * width) | 1
    skin = cv2.GaussianBlur(cv2.dilate(light, np.ones((size, size))), (0, 0), 0.1 * width)
    rows = np.arange(len(light), dtype=np.float32)[:, None]
    hang = _rise(-1.0, 0.5, rows - meet) * _rise(0.40 * width, 0.22 * width, rows - meet)
    darkening: Plane = np.clip(1.15 * (1 - light / skin) - 0.12, 0, 1) * hang
    return darkening


def _faded(image: Pixels, rest: Pixels) -> Pixels:
    """``image`` that becomes ``rest`` towards its border."""
    height, width = image.shape[:2]
    row = _rise(0, 0.12, np.minimum(np.arange(height), height - 1 - np.arange(height)) / height)
    column = _rise(0, 0.12, np.minimum(np.arange(width), width - 1 - np.arange(width)) / width)
    own = (row[:, None] * column[None]).astype(np.float32)
    faded: Pixels = cv2.blendLinear(image, rest, own, 1 - own)
    return faded


def _rise(start: float, end: float, value: Plane) -> Plane:
    """0 at ``start``, 1 at ``end``, smooth between (either may be the greater)."""
    part = np.clip((value - start) / (end - start), 0, 1)
    return np.asarray(part * part * (3 - 2 * part), np.float32)
