"""Piecewise affine warping: a triangle mesh that carries pictures from one shape to another.

The geometry of active appearance models (Cootes, Edwards, Taylor 1998): what several pictures
show at one point of the face is mixed there, so that mixing never doubles a lip.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

Vertices = NDArray[np.float32]
"""(v, 2) float32, x and y in px."""

RIM = 3.0
"""How far skin reaches into a hole, px."""
SLIVER = 0.4
"""The height, px, from which a triangle is drawn."""
_SUBPIXEL_BITS = 4


def triangulate(points: Vertices, hole: Sequence[int]) -> NDArray[np.int32]:
    """Triangles (t, 3) over ``points``, without those inside the polygon of indices ``hole``."""
    triangles = Delaunay(points.astype(np.float64)).simplices.astype(np.int32)
    outline = points[list(hole)]
    centres = points[triangles].mean(axis=1)
    outside = [cv2.pointPolygonTest(outline, (float(x), float(y)), False) < 0 for x, y in centres]
    kept: NDArray[np.int32] = triangles[outside]
    clockwise = _doubled_area(points[kept]) > 0
    kept[~clockwise] = kept[~clockwise][:, ::-1]
    return kept


class Mesh:
    """A fixed set of triangles over a rectangle of ``shape`` (height, width), with a hole.

    ``rims`` are the contours of the hole, lists of vertices, each with the direction (+1 down,
    -1 up) in which its skin reaches a little into the hole, so that the hole's edge may be
    drawn softly.
    """

    def __init__(
        self,
        triangles: NDArray[np.int32],
        shape: tuple[int, int],
        rims: Sequence[tuple[Sequence[int], int]],
    ) -> None:
        self._triangles = triangles
        self._shape = shape
        edges = [(a, b, way) for rim, way in rims for a, b in pairwise(rim)]
        self._rims = np.array([(a, b, b, a) for a, b, _ in edges], np.int32)
        self._reach = np.zeros((len(edges), 4, 2), np.float32)
        self._reach[:, 2:, 1] = RIM * np.array([way for _, _, way in edges], np.float32)[:, None]
        self._rim_owners = [_at_edge(triangles, a, b) for a, b, _ in edges]
        rows, columns = np.indices(shape, np.float32)
        self._rows, self._columns = rows.ravel(), columns.ravel()

    def rasterise(self, target: Vertices) -> NDArray[np.intp]:
        """Which triangle covers each pixel (h*w,); the last number stands for none."""
        owner = np.full(self._shape, len(self._triangles), np.int32)
        fill = cv2.fillConvexPoly
        for number, rim in zip(
            self._rim_owners, _fixed(target[self._rims] + self._reach), strict=True
        ):
            fill(owner, rim, number, cv2.LINE_8, _SUBPIXEL_BITS)
        corners = target[self._triangles]
        # Slivers, as at the corners of closed lips, are no basis for a map, and their
        # neighbours cover them; so with triangles that are turned over.
        longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
        seen = np.flatnonzero(_doubled_area(corners) > SLIVER * longest)
        for number, corner in zip(seen.tolist(), _fixed(corners[seen]), strict=True):
            fill(owner, corner, number, cv2.LINE_8, _SUBPIXEL_BITS)
        return owner.ravel().astype(np.intp)

    def maps(
        self, owner: NDArray[np.intp], target: Vertices, source: Vertices
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """For each pixel of the rectangle, where ``source``'s picture shows it: x, y (h, w)."""
        affine = self._affine(target, source)
        x = affine[0].take(owner) * self._columns
        x += affine[1].take(owner) * self._rows
        x += affine[2].take(owner)
        y = affine[3].take(owner) * self._columns
        y += affine[4].take(owner) * self._rows
        y += affine[5].take(owner)
        return x.reshape(self._shape), y.reshape(self._shape)

    def _affine(self, target: Vertices, source: Vertices) -> NDArray[np.float32]:
        """(6, t + 1): the coefficients of each triangle, and of none at all (the identity)."""
        to, origin = target[self._triangles], source[self._triangles]
        u, v = to[:, 1] - to[:, 0], to[:, 2] - to[:, 0]
        area = np.maximum(_doubled_area(to), np.float32(SLIVER))
        p, q = origin[:, 1] - origin[:, 0], origin[:, 2] - origin[:, 0]
        coefficients = np.zeros((6, len(to) + 1), np.float32)
        for axis, row in ((0, 0), (1, 3)):
            a = (p[:, axis] * v[:, 1] - q[:, axis] * u[:, 1]) / area
            b = (q[:, axis] * u[:, 0] - p[:, axis] * v[:, 0]) / area
            coefficients[row, :-1] = a
            coefficients[row + 1, :-1] = b
            coefficients[row + 2, :-1] = origin[:, 0, axis] - a * to[:, 0, 0] - b * to[:, 0, 1]
        coefficients[0, -1] = coefficients[4, -1] = 1
        return coefficients


def _doubled_area(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Twice the signed area (t,) of triangles (t, 3, 2): positive if clockwise in the picture."""
    u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area: NDArray[np.float32] = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return area


def _fixed(corners: NDArray[np.float32]) -> NDArray[np.int32]:
    """Coordinates in OpenCV's fixed point."""
    return np.asarray(np.rint(corners * (1 << _SUBPIXEL_BITS)), np.int32)


def _at_edge(triangles: NDArray[np.int32], first: int, second: int) -> int:
    """The number of the triangle that has this edge; any at the first vertex, if none has."""
    has_first, has_second = (triangles == first).any(axis=1), (triangles == second).any(axis=1)
    both = np.flatnonzero(has_first & has_second)
    return int(both[0] if len(both) else np.flatnonzero(has_first)[0])
