"""`baseline_knn`: the nearest taught take under dynamic time warping, or "unknown".

Every take is brought to LENGTH rows and looked at in three ways: as it is, without its own mean
(where it happens doesn't matter) and as its changes (how it moves). The distance of two takes is
the mean of the three warped distances, each in units of its median over the taught takes. A
label's threshold is learnt from its takes alone: how far each one, and seeded variations of it
(`perturb`), lies from the label's other takes. It works from one take and is useful from three.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.learning.features import Features
from server.learning.trainers import container, dtw, examples
from server.learning.trainers.perturb import perturbed
from server.learning.trainers.types import BadModel, Cancelled, Example, Recognition

NAME = "baseline_knn"
LENGTH = 32
_BAND = 6
_MAX_TAKES = 5_000
_VARIATIONS = 4
_RECALL = 0.975
"""Share of a label's own variations that its threshold lets in."""
_PRIOR = 2.0
"""As how many takes the mean of all labels counts in the spread of one."""
_VIEWS = 3


class BaselineKnn:
    """The trainer."""

    name = NAME

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
        labels = sorted({take.label for take in takes})
        of = np.array([labels.index(take.label) for take in takes], np.int32)
        raw = np.stack([dtw.resampled(take.features.values, LENGTH) for take in takes])
        scale = _scale(raw)
        views = _views(raw / scale)
        table = np.empty((_VIEWS, len(takes), len(takes)), np.float32)
        for index in range(len(takes)):
            if cancelled():
                raise Cancelled
            table[:, index] = _by_view([view[index] for view in views], views)
            progress(0.3 * (index + 1) / len(takes))
        units = _units(table)
        random = np.random.default_rng(seed)
        scores: list[list[float]] = [[] for _ in labels]
        for index, take in enumerate(takes):
            if cancelled():
                raise Cancelled
            others = (of == of[index]) & (np.arange(len(takes)) != index)
            alone = not others.any()
            if alone:
                others[index] = True
            else:
                whole = (table[:, index] / units[:, None]).mean(axis=0)
                scores[of[index]].append(float(whole[others].min()))
            for _ in range(_VARIATIONS):
                varied = perturbed(take.features.values, random)
                seen = _views(dtw.resampled(varied, LENGTH)[None] / scale)
                near = _by_view([view[0] for view in seen], [view[others] for view in views])
                scores[of[index]].append(float((near / units[:, None]).mean(axis=0).min()))
            progress(0.3 + 0.7 * (index + 1) / len(takes))
        return container.write(
            {
                "trainer": NAME,
                "encoding": takes[0].features.encoding,
                "labels": labels,
                "seed": seed,
            },
            {
                "takes": raw,
                "label": of,
                "scale": scale,
                "units": units,
                "thresholds": _thresholds(scores),
            },
        )


class KnnModel:
    """Taught takes and the thresholds of their labels."""

    def __init__(self, encoding: str, labels: tuple[str, ...], arrays: dict[str, Any]) -> None:
        self.encoding = encoding
        self.labels = labels
        self.thresholds = arrays["thresholds"]
        self._of = arrays["label"]
        self._scale = arrays["scale"]
        self._units = arrays["units"]
        self._views = _views(arrays["takes"] / self._scale)

    def scores(self, features: Features) -> NDArray[np.float32]:
        """(labels,) distance from each label's nearest take, in units of its threshold."""
        features = examples.fits(features, self.encoding, len(self._scale))
        seen = _views(dtw.resampled(features.values, LENGTH)[None] / self._scale)
        near = _by_view([view[0] for view in seen], self._views)
        whole = (near / self._units[:, None]).mean(axis=0)
        scores = np.full(len(self.labels), np.inf, np.float32)
        np.minimum.at(scores, self._of, whole)
        return scores

    def recognise(self, features: Features) -> Recognition:
        """See `types.Model`."""
        scores = self.scores(features)
        best = int(scores.argmin())
        ratio = float(scores[best] / self.thresholds[best])
        nearest = self.labels[best]
        return Recognition(nearest if ratio <= 1 else None, 1 / (1 + ratio**4), nearest)


def read(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> KnnModel:
    """The model in an artefact's header and arrays. Raises BadModel."""
    labels = tuple(header["labels"])
    takes = container.require(arrays.get("takes"), "<f4", (-1, LENGTH, -1))
    count, _, width = takes.shape
    if not 1 <= count <= _MAX_TAKES or not 1 <= width <= examples.MAX_WIDTH:
        raise BadModel("The model file has too many takes or none.")
    of = container.require(arrays.get("label"), "<i4", (count,))
    if set(of.tolist()) != set(range(len(labels))):
        raise BadModel("The model file's takes and labels do not belong together.")
    for name, shape in (("scale", (width,)), ("units", (_VIEWS,)), ("thresholds", (len(labels),))):
        if (container.require(arrays.get(name), "<f4", shape) <= 0).any():
            raise BadModel(f"The model file's {name} are not above zero.")
    return KnnModel(header["encoding"], labels, arrays)


def _scale(raw: NDArray[np.float32]) -> NDArray[np.float32]:
    """(D,) what each column is divided by: its deviation, but never far below the others'.

    A column that hardly moves in any take is not blown up into one that decides.
    """
    spread = raw.reshape(-1, raw.shape[-1]).std(axis=0)
    floor = 0.3 * float(np.sqrt((spread**2).mean()))
    scale: NDArray[np.float32] = np.maximum(spread, max(floor, 1e-6)).astype(np.float32)
    return scale


def _views(takes: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The three looks at (M, LENGTH, D)."""
    centred = takes - takes.mean(axis=1, keepdims=True)
    change = np.gradient(takes, axis=1) * (LENGTH / 8)
    return [takes, centred, change.astype(np.float32)]


def _by_view(
    one: Sequence[NDArray[np.float32]], many: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """(views, M) distances of one take to many, each given as its views."""
    return np.stack([dtw.distances(a, b, _BAND) for a, b in zip(one, many, strict=True)])


def _units(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """(views,) median distance of two different takes."""
    apart = table[:, ~np.eye(table.shape[1], dtype=bool)]
    units = np.median(apart, axis=1) if apart.size else np.ones(_VIEWS)
    above: NDArray[np.float32] = np.maximum(units, 1e-6).astype(np.float32)
    return above


def _thresholds(scores: Sequence[Sequence[float]]) -> NDArray[np.float32]:
    """(labels,) the distance up to which each label is believed, from its takes' own scores."""
    means = np.array([np.mean(own) for own in scores])
    counts = np.array([len(own) / (1 + _VARIATIONS) for own in scores])
    shrunk = (counts * means + _PRIOR * means.mean()) / (counts + _PRIOR)
    relative = np.concatenate(
        [np.array(own) / max(mean, 1e-9) for own, mean in zip(scores, shrunk, strict=True)]
    )
    reach = float(np.quantile(relative, _RECALL))
    thresholds: NDArray[np.float32] = np.maximum(shrunk * reach, 1e-3).astype(np.float32)
    return thresholds
