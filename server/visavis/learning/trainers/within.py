"""Distances that count little along the ways in which takes of one label differ anyhow.

The differences of takes and their variations from the mean of their label span a few directions,
in which a distance says little about whether it is the same movement. Along each it is shrunk by
as much as the label's takes spread there (a within-class whitening, with a floor).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

DIRECTIONS = 32
_FLOOR = 0.1
"""Of the mean spread: so much is added everywhere, so that nothing is blown up."""
_ROWS = 400
"""Rows that the directions are found from, at most, spread evenly over all."""


class Within:
    """DIRECTIONS directions of F features; `arrays` are what an artefact keeps of them."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.arrays = arrays
        self._ways = arrays["ways"]
        self._shrunk = arrays["shrunk"]

    @classmethod
    def found(cls, places: NDArray[np.float32], of: NDArray[np.int32]) -> "Within":
        """From places (N, F), whose labels are `of` (N,)."""
        some = np.linspace(0, len(places) - 1, min(_ROWS, len(places))).astype(int)
        rows, labels = places[some].astype(np.float64), of[some]
        for label in np.unique(labels):
            rows[labels == label] -= rows[labels == label].mean(axis=0)
        spread, turn = np.linalg.eigh(rows @ rows.T / len(rows))
        spread, turn = np.maximum(spread[::-1], 0), turn[:, ::-1]
        real = spread > 1e-9 * max(spread[0], 1e-12)
        floor = _FLOOR * max(float(spread[real].mean()) if real.any() else 0.0, 1e-12)
        ways = np.zeros((DIRECTIONS, places.shape[1]))
        shrunk = np.zeros(DIRECTIONS)
        for way in np.flatnonzero(real[:DIRECTIONS]):
            ways[way] = turn[:, way] @ rows / np.sqrt(spread[way] * len(rows))
            shrunk[way] = np.sqrt(floor / (spread[way] + floor)) - 1
        return cls({"ways": ways.astype(np.float32), "shrunk": shrunk.astype(np.float32)})

    def shrink(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, F) places between which plain distances are the ones meant here."""
        moved: NDArray[np.float32] = (places @ self._ways.T * self._shrunk) @ self._ways
        return places + moved


def left_out(
    places: NDArray[np.float32],
    of: NDArray[np.int32],
    group: NDArray[np.int64],
    tested: NDArray[np.int64],
    takes: int,
) -> NDArray[np.float32]:
    """(T, takes) distances of tested rows from the first `takes` rows, by directions that were
    found without the rows of the tested row's `group` (N,); rows of group -1 are never left out.
    """
    apart = np.empty((len(tested), takes), np.float32)
    for one in np.unique(group[tested]):
        kept = (group != one) | (one < 0)
        within = Within.found(places[kept], of[kept])
        mine = np.flatnonzero(group[tested] == one)
        apart[mine] = distances(within.shrink(places[tested[mine]]), within.shrink(places[:takes]))
    return apart


def distances(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """(S, O) Euclidean distances of rows."""
    square = (some**2).sum(1)[:, None] + (others**2).sum(1) - 2 * some @ others.T
    apart: NDArray[np.float32] = np.sqrt(np.maximum(square, 0)).astype(np.float32)
    return apart
