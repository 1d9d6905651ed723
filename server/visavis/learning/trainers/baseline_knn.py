"""`baseline_knn`: the label whose takes are nearest, or "unknown".

Every take is brought to LENGTH rows and looked at in three ways, and a label's score is the sum of

- warped nearness: minus the dynamic-time-warping distance to the label's nearest take;
- nearness among the answers of random convolutions (`kernels`), where what differs between takes
  of one label anyhow counts little (`within`);
- a linear view: a ridge classifier over the same answers, fitted to the takes and to seeded
  variations of them (`perturb`). This part is no nearest neighbour. It is what tells apart what
  a handful of takes leaves close.

Whether the winner is believed is judged by the same three, where a distance is measured in sizes
of the label, so that one whose takes differ more is given more room. The threshold is learnt from
the taught takes alone: what the takes and their variations score when their take is left out, and
what takes score for the other labels when their whole label is left out (`thresholds`). It works
from one take and is useful from three.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.learning.features import Features
from visavis.learning.trainers import container, dtw, examples, thresholds
from visavis.learning.trainers.kernels import COUNT, TAPS, Kernels
from visavis.learning.trainers.perturb import perturbed
from visavis.learning.trainers.types import BadModel, Cancelled, Example, Recognition
from visavis.learning.trainers.within import DIRECTIONS, Within, distances, left_out

NAME = "baseline_knn"
LENGTH = 48
_MAX_TAKES = 1_000
_COMPARED = 200
"""Takes that a movement is compared with, in all, so that it is named within 5 ms."""
_FEWEST = 3
"""Takes of a label that are kept in any case."""
_VARIED = 24
"""Variations of a label's takes, together, at least two a take; fewer with many labels."""
_ROWS = 1_500
"""Variations of all takes, together."""
_TESTED = 2
"""Variations of a take that the threshold is learnt from."""
_FOLDS = 5
_RIDGE = 0.3
_SHRUNK = 0.5
"""What the distance among the convolutions counts for beside the warped one, between labels."""
_APART = 1.5
"""What the distance among the convolutions counts for beside the warped one, in belief."""


class BaselineKnn:
    """Trains it, and reads what it has trained."""

    def train(
        self,
        examples_: Sequence[Example],
        *,
        seed: int,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> bytes:
        """See `types.Trainer`."""
        takes = examples.checked(examples_)
        random = np.random.default_rng(seed)
        labels = sorted({take.label for take in takes})
        takes = examples.thinned(takes, max(_FEWEST, _COMPARED // len(labels)), random)
        of = np.array([labels.index(take.label) for take in takes], np.int32)
        per_label = np.bincount(of)
        plain = np.stack([dtw.resampled(take.features.values, LENGTH) for take in takes])
        scale = _scale(plain)
        varied_each = min(_VARIED, _ROWS // len(labels))
        variations, source = [], []
        for index, take in enumerate(takes):
            for _ in range(max(_TESTED, varied_each // int(per_label[of[index]]))):
                varied = perturbed(take.features.values, random)
                variations.append(dtw.resampled(varied, LENGTH))
                source.append(index)
        every = np.concatenate([plain, np.stack(variations)]) / scale
        whose = np.concatenate([np.arange(len(takes)), source])
        if cancelled():
            raise Cancelled
        progress(0.1)
        kernels = Kernels.drawn(every[: len(takes)], random)
        shares = kernels.shares(every)
        middle, spread = shares.mean(axis=0), shares.std(axis=0) + np.float32(0.01)
        places = (shares - middle) / (spread * np.sqrt(COUNT))
        if cancelled():
            raise Cancelled
        progress(0.3)
        tested = np.concatenate(
            [np.flatnonzero(whose == index)[: 1 + _TESTED] for index in range(len(takes))]
        )
        warped = np.empty((len(tested), len(takes)), np.float32)
        for row, index in enumerate(tested):
            if cancelled():
                raise Cancelled
            warped[row] = dtw.distances(every[index], every[: len(takes)], LENGTH)
            progress(0.3 + 0.6 * (row + 1) / len(tested))
        within = Within.found(places, of[whose])
        shrunk = within.shrink(places[: len(takes)])
        apart = distances(shrunk, shrunk)
        units = np.array([_median(warped[:: 1 + _TESTED]), _median(apart) / _APART], np.float32)
        fit = thresholds.Ridge(places, np.eye(len(labels))[of[whose]] * 2 - 1, _RIDGE)
        far, strange = (
            warped / units[0] + left_out(places, of[whose], group, tested, len(takes)) / units[1]
            for group in (_folds(of, whose, tested), of[whose].astype(np.int64))
        )
        sizes, levels = thresholds.learnt(fit, whose, tested, of, far, strange)
        progress(1.0)
        return container.write(
            {
                "trainer": NAME,
                "encoding": takes[0].features.encoding,
                "labels": labels,
                "seed": seed,
            },
            kernels.arrays
            | within.arrays
            | {
                "takes": plain,
                "label": of,
                "scale": scale,
                "units": units,
                "places": shrunk,
                "middle": middle.astype(np.float32),
                "spread": spread.astype(np.float32),
                "weights": fit.weights().astype(np.float32),
                "offsets": fit.offsets.astype(np.float32),
                "sizes": sizes,
                "thresholds": levels,
            },
        )

    def read(self, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "KnnModel":
        """See `types.Trainer`."""
        return _read(header, arrays)


class KnnModel:
    """Taught takes, the linear view, and the thresholds of the labels."""

    def __init__(self, encoding: str, labels: tuple[str, ...], arrays: dict[str, Any]) -> None:
        self.encoding = encoding
        self.labels = labels
        self._arrays = arrays
        self._kernels = Kernels(arrays)
        self._within = Within(arrays)
        self._takes = arrays["takes"] / arrays["scale"]

    def recognise(self, features: Features) -> Recognition:
        """See `types.Model`."""
        arrays = self._arrays
        features = examples.fits(features, self.encoding, len(arrays["scale"]))
        take = (dtw.resampled(features.values, LENGTH) / arrays["scale"]).astype(np.float32)
        shares = self._kernels.shares(take[None])
        place = (shares - arrays["middle"]) / (arrays["spread"] * np.sqrt(COUNT))
        linear = (place @ arrays["weights"] + arrays["offsets"])[0]
        warped = dtw.distances(take, self._takes, LENGTH) / arrays["units"][0]
        shrunk = self._within.shrink(place)
        apart = distances(shrunk, arrays["places"])[0] / arrays["units"][1]
        near = self._nearest(warped) + _SHRUNK * self._nearest(apart)
        best = int((linear - near).argmax())
        mine = arrays["label"] == best
        far = float((warped + apart)[mine].min() / arrays["sizes"][best])
        score = thresholds.LINEAR * float(linear[best]) - far
        over = score - float(arrays["thresholds"][best])
        confidence = float(1 / (1 + np.exp(-np.clip(4 * over, -30, 30))))
        nearest = self.labels[best]
        return Recognition(nearest if over >= 0 else None, confidence, nearest)

    def _nearest(self, distances: NDArray[np.float32]) -> NDArray[np.float32]:
        """(labels,) the smallest distance to each label's takes."""
        nearest = np.full(len(self.labels), np.inf, np.float32)
        np.minimum.at(nearest, self._arrays["label"], distances)
        return nearest


def _read(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> KnnModel:
    """The model in an artefact's header and arrays. Raises BadModel."""
    labels = tuple(header["labels"])
    takes = container.require(arrays.get("takes"), "<f4", (-1, LENGTH, -1))
    count, _, width = takes.shape
    if not 1 <= count <= _MAX_TAKES or not 1 <= width <= examples.MAX_WIDTH:
        raise BadModel("The model file has too many takes or none.")
    of = container.require(arrays.get("label"), "<i4", (count,))
    if set(of.tolist()) != set(range(len(labels))):
        raise BadModel("The model file's takes and labels do not belong together.")
    for name, shape in (
        ("mix", (width, COUNT)),
        ("taps", (TAPS, COUNT)),
        ("levels", (COUNT,)),
        ("ways", (DIRECTIONS, COUNT)),
        ("shrunk", (DIRECTIONS,)),
        ("middle", (COUNT,)),
        ("places", (count, COUNT)),
        ("weights", (COUNT, len(labels))),
        ("offsets", (len(labels),)),
        ("thresholds", (len(labels),)),
    ):
        container.require(arrays.get(name), "<f4", shape)
    for name, shape in (
        ("scale", (width,)),
        ("units", (2,)),
        ("spread", (COUNT,)),
        ("sizes", (len(labels),)),
    ):
        if (container.require(arrays.get(name), "<f4", shape) <= 0).any():
            raise BadModel(f"The model file's {name} are not above zero.")
    spacing = container.require(arrays.get("spacing"), "<i4", (COUNT,))
    if spacing.min() < 1 or spacing.max() > LENGTH:
        raise BadModel("The model file's kernels do not fit their takes.")
    return KnnModel(header["encoding"], labels, arrays)


def _scale(takes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(D,) what each column is divided by: its deviation, but never far below the others'.

    A column that hardly moves in any take is not blown up into one that decides.
    """
    spread = takes.reshape(-1, takes.shape[-1]).std(axis=0)
    floor = 0.3 * float(np.sqrt((spread**2).mean()))
    scale: NDArray[np.float32] = np.maximum(spread, max(floor, 1e-6)).astype(np.float32)
    return scale


def _folds(
    of: NDArray[np.int32], whose: NDArray[np.int64], tested: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(N,) which rows are left out together: a take with its variations and a few other takes.

    Of a label's only take, the tested variations are left out, and the rest never is.
    """
    number = np.array([int((of[:take] == label).sum()) for take, label in enumerate(of)])
    group: NDArray[np.int64] = (number % _FOLDS)[whose]
    alone = np.bincount(of)[of[whose]] == 1
    group[alone] = -1
    varied = tested[alone[tested] & (tested >= len(of))]
    group[varied] = np.arange(len(varied)) % _TESTED
    return group


def _median(table: NDArray[np.float32]) -> float:
    """Median distance of two different takes."""
    return max(float(np.median(table[~np.eye(len(table), dtype=bool)])), 1e-6)
