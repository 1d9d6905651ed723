"""What is seen between the lips: teeth, tongue, and the dark behind them.

The pictures of open mouths are looked through, not warped with the lips: the upper teeth keep
their place in the skull, whatever the lips do, and what lies lower goes with the lower lip.
"""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

from visavis.engines.lipsync.portrait import Pixels

UPPER_TEETH = 0.15
"""Height of what moves with the skull below the upper lip, in mouth widths."""
LEAST_GAP = 0.4
"""Px between the lips from which anything is seen."""
CONTOUR = 41

Contour = NDArray[np.float32]
"""(k, 2): a lip's inner edge from left to right, px."""


class InnerMouth:
    """Fills the opening between the lips. Immutable once made."""

    def __init__(
        self,
        pictures: Mapping[int, Pixels],
        edges: Mapping[int, tuple[Contour, Contour]],
        gaps: NDArray[np.float32],
        width: float,
    ) -> None:
        """``pictures`` of open mouths by the number of their shape, with their ``edges`` (upper,
        lower); ``gaps`` (n,) is how far each shape opens and ``width`` the mouth's, px."""
        self._pictures = pictures
        self._edges = {i: (_refined(upper), _refined(lower)) for i, (upper, lower) in edges.items()}
        self._openness = np.clip(gaps / gaps.max(), 0, 1)
        self._teeth = UPPER_TEETH * width

    def draw(
        self, skin: Pixels, shares: NDArray[np.float32], upper: Contour, lower: Contour
    ) -> None:
        """Fill the opening between ``upper`` and ``lower`` in ``skin``, in place."""
        upper, lower = _refined(upper), _refined(lower)
        seen = self._seen(shares)
        if not seen or float((lower[:, 1] - upper[:, 1]).max()) < LEAST_GAP:
            return
        height, width = skin.shape[:2]
        left, right = max(0, int(upper[0, 0])), min(width, int(upper[-1, 0]) + 2)
        top = max(0, int(upper[:, 1].min()) - 1)
        bottom = min(height, int(lower[:, 1].max()) + 2)
        columns = np.arange(left, right, dtype=np.float32)
        rows = np.arange(top, bottom, dtype=np.float32)[:, None]
        above = np.interp(columns, upper[:, 0], upper[:, 1]).astype(np.float32)
        below = np.interp(columns, lower[:, 0], lower[:, 1]).astype(np.float32)
        behind = np.zeros((bottom - top, right - left, 3), np.float32)
        for i, share in seen.items():
            x, y = self._look_up(i, columns, rows, (above, below), _extent(upper))
            layer = cv2.remap(
                self._pictures[i], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            cv2.scaleAdd(layer.astype(np.float32), share, behind, behind)
        opening = np.clip(rows - above + 0.5, 0, 1) * np.clip(below - rows + 0.5, 0, 1)
        part = skin[top:bottom, left:right]
        part[:] = cv2.convertScaleAbs(
            cv2.blendLinear(behind, part.astype(np.float32), opening, 1 - opening)
        )

    def _seen(self, shares: NDArray[np.float32]) -> dict[int, float]:
        """The pictures to mix, summing to 1; the strongest counts more than its share."""
        seen = {i: float(shares[i] * self._openness[i]) for i in self._pictures}
        squared = {i: share**2 for i, share in seen.items() if share > 0.01}
        total = sum(squared.values())
        return {i: share / total for i, share in squared.items()}

    def _look_up(
        self,
        i: int,
        columns: NDArray[np.float32],
        rows: NDArray[np.float32],
        opening: tuple[NDArray[np.float32], NDArray[np.float32]],
        extent: tuple[float, float],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where picture ``i`` shows what is behind each pixel of the opening: x, y.

        ``opening`` are the lips' edges for each column, ``extent`` its middle and width.
        """
        upper, lower = self._edges[i]
        own_middle, own_span = _extent(upper)
        middle, span = extent
        across = own_middle + (columns - middle) * min(1.0, own_span / span)
        own_above = np.interp(across, upper[:, 0], upper[:, 1]).astype(np.float32)
        own_below = np.interp(across, lower[:, 0], lower[:, 1]).astype(np.float32)
        above, below = opening
        edge = above + np.minimum(below - above, self._teeth)
        # Where the lip uncovers more than the picture shows, the teeth go up with it.
        lift = np.maximum(own_above - above, 0)
        own_edge = np.clip(edge + lift, own_above, own_below)
        slope = (own_below - own_edge) / np.maximum(below - edge, 0.5)
        y = np.where(rows < edge, rows + lift, own_edge + (rows - edge) * slope)
        first = own_above + 0.7  # clear of the lip's own soft edge
        y = np.clip(y, first, np.maximum(own_below - 0.7, first))
        x = np.broadcast_to(across.astype(np.float32), y.shape)
        return np.ascontiguousarray(x), y.astype(np.float32)


def _extent(contour: Contour) -> tuple[float, float]:
    """Middle and width of a contour, px."""
    left, right = float(contour[0, 0]), float(contour[-1, 0])
    return (left + right) / 2, max(right - left, 1.0)


def _refined(contour: Contour) -> Contour:
    """A smooth curve through the points of a contour (11, 2): (CONTOUR, 2)."""
    return _SPLINE @ contour


def _spline(count: int) -> NDArray[np.float32]:
    """(CONTOUR, count): the cubic spline through ``count`` points, as a matrix."""
    places = np.linspace(0, count - 1, CONTOUR)
    return np.asarray(make_interp_spline(np.arange(count), np.eye(count), k=3)(places), np.float32)


_SPLINE = _spline(11)
