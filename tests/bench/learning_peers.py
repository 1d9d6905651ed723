"""The peers of tests/bench/learning.py, run by a Python of their own that has `aeon`.

Reads an NPZ of tasks ({n}_train (M, D, L), {n}_of (M,), {n}_test (T, D, L)) and writes one with
{n}_{peer} (T, labels): the higher, the likelier; and {n}_{peer}_bar: the score down to which 95 %
of the training takes would be accepted, each left out in turn (nearest neighbour only).
"""

import sys

import numpy as np
from aeon.distances import pairwise_distance
from aeon.transformations.collection.convolution_based import MiniRocket
from numpy.typing import NDArray
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Takes = NDArray[np.float64]
Scores = NDArray[np.float64]


def nearest(train: Takes, of: NDArray[np.str_], test: Takes) -> tuple[Scores, float]:
    """1-nearest-neighbour DTW: minus the distance to the nearest take of each label."""
    far = pairwise_distance(test, train, method="dtw")
    scores = np.stack([-far[:, of == label].min(axis=1) for label in np.unique(of)], axis=1)
    own = pairwise_distance(train, method="dtw")
    np.fill_diagonal(own, np.inf)
    same = np.where(of[:, None] == of[None], own, np.inf).min(axis=1)
    bar = -np.quantile(same, 0.95) if np.isfinite(same).all() else -np.inf
    return scores, bar


def minirocket(train: Takes, of: NDArray[np.str_], test: Takes, seed: int) -> Scores:
    """MiniRocket and a ridge classifier: its decision values."""
    model = make_pipeline(
        MiniRocket(random_state=seed),
        StandardScaler(with_mean=False),
        RidgeClassifierCV(alphas=np.logspace(-3, 3, 10)),
    )
    values = model.fit(train, of).decision_function(test)
    return values if values.ndim == 2 else np.stack([-values, values], axis=1)


def main() -> None:
    """Every task of the first argument, into the second."""
    tasks = np.load(sys.argv[1])
    found: dict[str, Scores | float] = {}
    for n in range(int(tasks["count"])):
        train, of, test = (tasks[f"{n}_{part}"] for part in ("train", "of", "test"))
        found[f"{n}_dtw"], found[f"{n}_dtw_bar"] = nearest(train, of, test)
        found[f"{n}_minirocket"] = minirocket(train, of, test, n)
    np.savez(sys.argv[2], **{name: np.asarray(one) for name, one in found.items()})


if __name__ == "__main__":
    main()
