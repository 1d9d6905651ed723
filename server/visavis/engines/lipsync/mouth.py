"""The mouth: shape and texture mixed apart, so that lips move and teeth stay teeth.

The lips' shape is the weighted mean of the pictured shapes' landmarks. The skin of the pictures
that matter most is carried there by one triangle mesh and mixed. What is seen between the lips is
a layer of its own behind them.
"""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.engines.lipsync.inner import InnerMouth
from visavis.engines.lipsync.landmarks import (
    CHIN,
    LOWER_INNER_LIP,
    MOUTH_CORNERS,
    NOSE_BASE,
    SKIN,
    UPPER_INNER_LIP,
)
from visavis.engines.lipsync.portrait import REST, Pixels, Portrait
from visavis.engines.lipsync.visemes import VISEMES
from visavis.engines.lipsync.warp import Mesh, triangulate

MIXED = 3
"""Pictures whose skin is mixed in a frame; further ones shape the lips only."""
ANCHOR_EVERY = 14
"""Distance of the fixed points around the mouth's rectangle, px at 512."""
STILL_BORDER = 0.12
"""Share of the rectangle, at each side, over which movement fades to none."""
SHUT = 0.02
"""Gap between the lips, in mouth widths, up to which a shape shows nothing of the inside."""
SMILES = 32
"""Stages of the silent smile that are prepared: steps of about a tenth of a px."""
UNSEEN = 0.001
"""Speech of a smaller share than this is none."""

# A viseme that the set does not picture is mixed from those that it does.
_STAND_INS: dict[str, dict[str, float]] = {
    "sil": {REST: 1},
    "DD": {"ih": 0.7, "SS": 0.2},
    "nn": {"DD": 0.9},
    "kk": {"E": 0.7},
    "CH": {"SS": 0.5, "ou": 0.5},
    "RR": {"ou": 0.45, "ih": 0.35},
    "TH": {"ih": 0.9},
}


class Mouth:
    """Draws the part of the face that speech moves. Immutable once made."""

    def __init__(self, portrait: Portrait) -> None:
        self._names = list(portrait.landmarks)
        self._index = {name: i for i, name in enumerate(self._names)}
        self._from_visemes = _mixture(self._index)
        points = np.stack([portrait.landmarks[name][:SKIN, :2] for name in self._names])
        self.box = _rectangle(points, portrait.size)
        left, top, right, bottom = self.box
        self._shape = (bottom - top, right - left)
        corner = np.array([left, top], np.float32)
        points = points - corner
        still = points[self._index[REST]]
        width = float(still[MOUTH_CORNERS[1], 0] - still[MOUTH_CORNERS[0], 0])
        chosen, gain = _movable(points, self._shape)
        moved = still + gain[:, None] * (points - still)
        anchors = _border(self._shape, round(ANCHOR_EVERY * portrait.size / 512))
        rings = np.broadcast_to(anchors, (len(points), *anchors.shape))
        self._vertices = np.concatenate([moved[:, chosen], rings], axis=1).astype(np.float32)
        place = {landmark: i for i, landmark in enumerate(chosen)}
        self._upper = [place[i] for i in UPPER_INNER_LIP]
        self._lower = [place[i] for i in LOWER_INNER_LIP]
        gaps = (self._vertices[:, self._lower] - self._vertices[:, self._upper])[..., 1].max(axis=1)
        self._mesh = Mesh(
            triangulate(self._vertices[int(gaps.argmax())], [*self._upper, *reversed(self._lower)]),
            self._shape,
            [(self._upper, 1), (self._lower, -1)],
        )
        self._skins = {
            self._index[name]: image[top:bottom, left:right].copy()
            for name, image in portrait.skins.items()
        }
        _blend_borders(self._skins, self._index[REST])
        opened = [name for name in portrait.mouths if gaps[self._index[name]] > SHUT * width]
        self._inner = InnerMouth(
            {
                self._index[name]: portrait.mouths[name][top:bottom, left:right].copy()
                for name in opened
            },
            {
                self._index[name]: (
                    portrait.openings[name][list(UPPER_INNER_LIP), :2] - corner,
                    portrait.openings[name][list(LOWER_INNER_LIP), :2] - corner,
                )
                for name in opened
            },
            gaps,
            width,
        )
        silent = np.eye(len(VISEMES), dtype=np.float32)[0]
        self._silent = [
            self._drawn(self._shares(silent, stage / SMILES)) for stage in range(SMILES + 1)
        ]

    def draw(self, visemes: NDArray[np.float32], smile: float) -> Pixels:
        """The rectangle ``box`` (left, top, right, bottom) of the resting picture, talking.

        ``visemes`` (15,) as in ``visemes.VISEMES``; ``smile`` 0 to 1 takes from the mouth's rest.
        """
        smile = min(max(smile, 0.0), 1.0)
        if visemes[0] > 1 - UNSEEN:
            return self._silent[round(smile * SMILES)]
        return self._drawn(self._shares(visemes, smile))

    def _shares(self, visemes: NDArray[np.float32], smile: float) -> NDArray[np.float32]:
        """How much of each pictured shape is shown, summing to 1."""
        shares: NDArray[np.float32] = visemes @ self._from_visemes
        rest = self._index[REST]
        shares[rest] += 1 - shares.sum()
        if "smile" in self._index:
            lent = smile * shares[rest]
            shares[rest] -= lent
            shares[self._index["smile"]] += lent
        return shares

    def _drawn(self, shares: NDArray[np.float32]) -> Pixels:
        target = np.tensordot(shares, self._vertices, 1)
        skin = self._skin(shares, target, self._mesh.rasterise(target))
        self._inner.draw(skin, shares, target[self._upper], target[self._lower])
        return skin

    def _skin(
        self,
        shares: NDArray[np.float32],
        target: NDArray[np.float32],
        owner: NDArray[np.intp],
    ) -> Pixels:
        held = _strongest(shares, self._skins, self._index[REST])
        mixed: Pixels | None = None
        total = 0.0
        for i, share in held.items():
            x, y = self._mesh.maps(owner, target, self._vertices[i])
            carried: Pixels = cv2.remap(
                self._skins[i], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            total += share
            if mixed is None:
                mixed = carried
            else:
                cv2.addWeighted(mixed, 1 - share / total, carried, share / total, 0, mixed)
        assert mixed is not None  # some picture is always the strongest
        return mixed


def _mixture(index: Mapping[str, int]) -> NDArray[np.float32]:
    """(15, n): which pictured shapes make each viseme."""
    matrix = np.zeros((len(VISEMES), len(index)), np.float32)
    for row, viseme in enumerate(VISEMES):
        for name, share in _resolve(viseme, index).items():
            matrix[row, index[name]] += share
    return matrix


def _resolve(name: str, index: Mapping[str, int]) -> dict[str, float]:
    if name in index:
        return {name: 1.0}
    made: dict[str, float] = {}
    for part, share in _STAND_INS[name].items():
        for pictured, inner in _resolve(part, index).items():
            made[pictured] = made.get(pictured, 0.0) + share * inner
    return made


def _rectangle(points: NDArray[np.float32], size: int) -> tuple[int, int, int, int]:
    """The part of the picture that speech moves, at even px; ``points`` (n, 468, 2)."""
    corners = points[:, list(MOUTH_CORNERS)]
    width = float(corners[0, 1, 0] - corners[0, 0, 0])
    left, right = corners[..., 0].min() - 0.62 * width, corners[..., 0].max() + 0.62 * width
    top = float(points[0, NOSE_BASE, 1]) - 0.28 * width
    bottom = points[:, CHIN, 1].max() + 0.4 * width
    low = [max(0, int(v) // 2 * 2) for v in (left, top)]
    high = [min(size, (int(v) // 2 + 1) * 2) for v in (right, bottom)]
    return low[0], low[1], high[0], high[1]


def _movable(
    points: NDArray[np.float32], shape: tuple[int, int]
) -> tuple[list[int], NDArray[np.float32]]:
    """The landmarks inside the rectangle, and how freely each landmark moves (468,), 0 to 1."""
    height, width = shape
    mean = points.mean(axis=0)
    margin = np.minimum.reduce(
        [mean[:, 0] / width, 1 - mean[:, 0] / width, mean[:, 1] / height, 1 - mean[:, 1] / height]
    )
    part = np.clip(margin / STILL_BORDER, 0, 1)
    gain = (part * part * (3 - 2 * part)).astype(np.float32)
    inner = (margin > 0.03) & (points.min(axis=(0, 2)) > 1)
    return [int(i) for i in np.flatnonzero(inner)], gain


def _border(shape: tuple[int, int], every: int) -> NDArray[np.float32]:
    """Fixed points along the rectangle's edge (k, 2)."""
    height, width = shape
    across = np.linspace(-1, width, max(2, width // every))
    down = np.linspace(-1, height, max(2, height // every))[1:-1]
    points = [(x, y) for x in across for y in (-1, height)]
    points += [(x, y) for y in down for x in (-1, width)]
    return np.array(points, np.float32)


def _strongest(
    shares: NDArray[np.float32], pictured: Mapping[int, Pixels], rest: int
) -> dict[int, float]:
    """The pictures to mix and their shares, which fade to 0 before one takes another's place."""
    own = {i: float(shares[i]) for i in pictured if shares[i] > 0}
    ranked = sorted(own, key=lambda i: own[i], reverse=True)
    floor = own[ranked[MIXED]] if len(ranked) > MIXED else 0.0
    held = {i: own[i] - floor for i in ranked[:MIXED] if own[i] - floor > 0.004}
    total = sum(held.values())
    return {i: share / total for i, share in held.items()} if total else {rest: 1.0}


def _blend_borders(skins: dict[int, Pixels], rest: int) -> None:
    """Let every picture become the resting one towards the rectangle's edge, in place."""
    height, width = skins[rest].shape[:2]
    rows = np.arange(height)[:, None]
    columns = np.arange(width)[None]
    distance = np.minimum.reduce(
        np.broadcast_arrays(rows, height - 1 - rows, columns, width - 1 - columns)
    )
    own = np.clip(distance / (0.08 * width), 0, 1).astype(np.float32)
    for i, image in skins.items():
        if i != rest:
            skins[i] = cv2.blendLinear(image, skins[rest], own, 1 - own)
