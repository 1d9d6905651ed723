"""From which score a label is believed, learnt from the taught takes alone."""

import numpy as np
from numpy.typing import NDArray

LINEAR = 0.5
"""What the linear value counts for in belief: it tells labels apart, strangers less well."""
_MISSED = 0.05
"""Share of a label's own takes that may be called unknown."""
_STRANGE = 0.9
"""Share of the takes of left-out labels that should be."""
_LENIENT = 0.35
"""How far, towards what strangers score, a threshold goes where there is room between."""
_PRIOR = 3.0
"""As how many takes the mean of all labels counts in a label's own."""
_BREADTH = 0.5
"""How far a label whose takes differ more is given the more room: 1 is wholly."""
_ALONE = 2.0
"""Another take is so much farther than a variation, where a label has one take only."""


class Ridge:
    """Regularised least squares of (N, labels) targets on (N, F) places, dual form."""

    def __init__(
        self, places: NDArray[np.float32], targets: NDArray[np.float64], strength: float
    ) -> None:
        self._places = places.astype(np.float64)
        self._targets = targets
        self.offsets: NDArray[np.float64] = targets.mean(axis=0)
        kernel = self._places @ self._places.T
        self._inverse = np.linalg.inv(kernel + strength * np.eye(len(kernel)))
        self._dual = self._inverse @ (targets - self.offsets)

    def weights(self) -> NDArray[np.float64]:
        """(F, labels)."""
        weights: NDArray[np.float64] = self._places.T @ self._dual
        return weights

    def without(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """(len(rows), labels) what these rows would be given, had they not been fitted."""
        block = self._inverse[np.ix_(rows, rows)]
        left: NDArray[np.float64] = self._targets[rows] - np.linalg.solve(block, self._dual[rows])
        return left


def learnt(
    fit: Ridge,
    whose: NDArray[np.int64],
    tested: NDArray[np.int64],
    of: NDArray[np.int32],
    far: NDArray[np.float32],
    strange: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(labels,) sizes, and thresholds of the score: LINEAR × the linear value, less the distance,
    which is measured in sizes of the label.

    `whose` (N,) says from which take each fitted row comes, `of` (M,) the label of each take,
    `tested` (T,) the rows that are scored, `far` (T, M) how far each is from each take, and
    `strange` (T, M) the same, as if nothing of the row's label had been taught.
    """
    count = int(of.max()) + 1
    takes = whose[tested]
    linear: list[list[float]] = [[] for _ in range(count)]
    nearest: list[list[float]] = [[] for _ in range(count)]
    for take in range(len(of)):
        label = int(of[take])
        mine = np.flatnonzero(takes == take)
        others = np.flatnonzero((of == label) & (np.arange(len(of)) != take))
        rows = np.flatnonzero(whose == take)
        if len(others):
            linear[label] += fit.without(rows)[np.searchsorted(rows, tested[mine]), label].tolist()
            nearest[label] += far[np.ix_(mine, others)].min(axis=1).tolist()
        else:
            for row in mine[1:]:  # the take itself has distance 0
                linear[label].append(float(fit.without(tested[row : row + 1])[0, label]))
                nearest[label].append(float(_ALONE * far[row, take]))
    counts = np.bincount(of)
    wide = np.log([max(float(np.mean(some)), 1e-3) for some in nearest])
    several = counts > 1
    sizes = np.ones(count)
    if several.any():
        sure = _BREADTH * counts[several] / (counts[several] + _PRIOR)
        sizes[several] = np.exp(sure * (wide[several] - wide[several].mean()))
    own = [
        LINEAR * np.array(values) - np.array(some) / size
        for values, some, size in zip(linear, nearest, sizes, strict=True)
    ]
    means = np.array([scores.mean() for scores in own])
    middle = (counts * means + _PRIOR * means.mean()) / (counts + _PRIOR)
    short = np.concatenate([at - scores for at, scores in zip(middle, own, strict=True)])
    levels = middle - np.quantile(short, 1 - _MISSED)
    strangers = _strangers(fit, whose, tested, of, strange, sizes)
    if len(strangers):
        room = np.maximum(levels - np.quantile(strangers, _STRANGE), 0)
        levels = levels - _LENIENT * room
    return sizes.astype(np.float32), levels.astype(np.float32)


def _strangers(
    fit: Ridge,
    whose: NDArray[np.int64],
    tested: NDArray[np.int64],
    of: NDArray[np.int32],
    far: NDArray[np.float32],
    sizes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What takes score for the best of the other labels when their whole label is left out."""
    count = len(sizes)
    scores: list[float] = []
    for label in range(count) if count > 1 else ():
        rows = np.flatnonzero(of[whose] == label)
        mine = np.flatnonzero(of[whose[tested]] == label)
        linear = LINEAR * fit.without(rows)[np.searchsorted(rows, tested[mine])]
        near = np.stack([far[mine][:, of == other].min(axis=1) for other in range(count)], axis=1)
        scores += np.delete(linear - near / sizes, label, axis=1).max(axis=1).tolist()
    return np.array(scores)
