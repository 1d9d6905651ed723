"""The head: small turns, sway and breath as one displacement of the whole picture.

Depth comes from the landmarks, so that the nose travels further than the cheeks (parallax);
hair, shoulders and background follow less and less. For the few degrees of a listening head this
looks like turning in space.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from visavis.engines.lipsync.landmarks import (
    CHIN,
    FACE_LEFT,
    FACE_RIGHT,
    FACE_TOP,
    LEFT_BROW,
    OVAL,
    RIGHT_BROW,
    SKIN,
    Points,
)
from visavis.engines.lipsync.motion import Motion

STEP = 8
"""Distance of the grid on which displacement is computed, px; between, it is linear."""
BREATH_RISE = 0.006
"""How far a breath lifts the shoulders, in picture widths."""
BROW_RISE = 0.02
"""How far a raised brow goes, in face heights."""
AXIS_BEHIND = 0.35
"""The neck's axis lies this far behind the face's outline, in face widths."""

Field = NDArray[np.float32]
"""(g, g, 2): displacement of what is seen at each grid point, px to the right and down."""


class Head:
    """Where each pixel of a frame comes from, for a motion. Immutable once made."""

    def __init__(self, landmarks: Points, size: int) -> None:
        """``landmarks`` (478, 3) of the picture at rest, ``size`` px wide; a multiple of 8."""
        self._size = size
        # At the centres of STEP by STEP px, one row beyond each border: what cv2.resize refines
        # to pixels, for luma and for chroma, without a shift.
        line = np.arange(-STEP, size + STEP, STEP, dtype=np.float32) + np.float32((STEP - 1) / 2)
        x, y = np.meshgrid(line, line)
        self._grid = np.stack([x, y], axis=-1)
        self._fields = _fields(landmarks, self._grid, size)

    def source(self, motion: Motion) -> Field:
        """For each grid point of the frame, the place in the resting picture, px (g, g, 2)."""
        amounts = np.array(
            [
                math.sin(math.radians(motion.yaw)),
                math.sin(math.radians(motion.pitch)),
                math.radians(motion.roll),
                motion.sway_x,
                motion.sway_y,
                motion.breath,
                motion.brow,
            ],
            np.float32,
        )
        moved: Field = self._grid - np.tensordot(amounts, self._fields, 1)
        return moved

    def carry(self, plane: NDArray[np.uint8], source: Field) -> NDArray[np.uint8]:
        """``plane``, luma at full or chroma at half size, as seen through ``source``."""
        ratio = self._size // plane.shape[0]
        # The centre of a chroma sample lies between two luma samples (MPEG-1 siting).
        own = source if ratio == 1 else (source - np.float32((ratio - 1) / 2)) / np.float32(ratio)
        margin = STEP // ratio
        side = plane.shape[0] + 2 * margin
        where = cv2.resize(own, (side, side), interpolation=cv2.INTER_LINEAR)
        carried: NDArray[np.uint8] = cv2.remap(
            plane,
            where[margin:-margin, margin:-margin],
            None,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return carried


def _fields(landmarks: Points, grid: Field, size: int) -> NDArray[np.float32]:
    """(7, g, g, 2): displacement for one unit of yaw and pitch (sines), roll (radian), sways,
    breath and brow."""
    points = landmarks[:, :2]
    x, y = grid[..., 0], grid[..., 1]
    face_height = float(np.linalg.norm(points[FACE_TOP] - points[CHIN]))
    face_width = float(np.linalg.norm(points[FACE_LEFT] - points[FACE_RIGHT]))
    centre = points[list(OVAL)].mean(axis=0)
    distance = np.hypot(
        (x - centre[0]) / (1.05 * face_width),
        (y - centre[1] + 0.05 * face_height) / (0.95 * face_height),
    )
    edges = _edges(x, y, size)
    head = (1 - _rise(0.75, 1.6, distance)) * edges
    chin = float(points[CHIN, 1])
    body = _rise(chin + 0.05 * face_height, chin + 0.7 * face_height, y) * edges
    depth = _depth(landmarks, grid, face_width) * head
    neck_x, neck_y = points[CHIN, 0], chin + 0.25 * face_height
    fields = np.zeros((7, *grid.shape), np.float32)
    fields[0, ..., 0] = depth
    fields[1, ..., 1] = -depth
    fields[2, ..., 0] = -(y - neck_y) * head
    fields[2, ..., 1] = (x - neck_x) * head
    fields[3, ..., 0] = size * np.maximum(head, 0.5 * body)
    fields[4, ..., 1] = size * head
    fields[5, ..., 1] = -size * BREATH_RISE * np.maximum(0.9 * body, 0.6 * head)
    for brow in (LEFT_BROW, RIGHT_BROW):
        middle = points[list(brow)].mean(axis=0)
        near = ((x - middle[0]) / (0.16 * face_width)) ** 2 + (
            (y - middle[1] + 0.02 * face_height) / (0.09 * face_height)
        ) ** 2
        fields[6, ..., 1] -= BROW_RISE * face_height * np.exp(-near)
    return fields


def _depth(landmarks: Points, grid: Field, face_width: float) -> NDArray[np.float32]:
    """How far in front of the neck's axis each grid point lies, px (g, g)."""
    skin = landmarks[:SKIN]
    outline = skin[list(OVAL)]
    centre = outline[:, :2].mean(axis=0)
    near = -(skin[:, 2] - outline[:, 2].mean()) + AXIS_BEHIND * face_width
    hair = centre + (outline[:, :2] - centre) * 1.4
    beyond = centre + (outline[:, :2] - centre) * 2.1
    places = np.concatenate([skin[:, :2], hair, beyond])
    depths = np.concatenate(
        [near, np.full(len(hair), 0.18 * face_width), np.full(len(beyond), 0.05 * face_width)]
    )
    fitted = RBFInterpolator(places, depths, kernel="linear", neighbors=24)
    surface = fitted(grid.reshape(-1, 2)).reshape(grid.shape[:2])
    smooth: NDArray[np.float32] = cv2.GaussianBlur(surface.astype(np.float32), (0, 0), 1.6)
    return smooth


def _edges(x: NDArray[np.float32], y: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """0 at the picture's border, 1 inside: no motion pulls in what was never pictured."""
    margin = np.minimum.reduce([x, size - x, y, size - y])
    return _rise(STEP, 0.08 * size + STEP, margin)


def _rise(start: float, end: float, value: NDArray[np.float32]) -> NDArray[np.float32]:
    """0 below ``start``, 1 above ``end``, smooth between."""
    part = np.clip((value - start) / (end - start), 0, 1)
    return np.asarray(part * part * (3 - 2 * part), np.float32)
