"""A trainer whose model knows a sign by the mean of its takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.learning.features import Features
from visavis.learning.trainers import Cancelled, Example, Recognition, container
from visavis.learning.trainers.examples import checked, fits


class Centroid:
    def train(
        self,
        examples: Sequence[Example],
        *,
        seed: int,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> bytes:
        takes = checked(examples)
        if cancelled():
            raise Cancelled
        labels = sorted({take.label for take in takes})
        of = [[t.features.values.mean(0) for t in takes if t.label == label] for label in labels]
        means = np.stack([np.mean(own, axis=0) for own in of]).astype(np.float32)
        progress(1.0)
        encoding = takes[0].features.encoding
        header = {"trainer": "centroid", "encoding": encoding, "labels": labels}
        return container.write(header, {"means": means})

    def read(self, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "Centroids":
        means = container.require(arrays.get("means"), "<f4", (len(header["labels"]), -1))
        return Centroids(header["encoding"], tuple(header["labels"]), means)


@dataclass
class Centroids:
    encoding: str
    labels: tuple[str, ...]
    means: NDArray[np.float32]

    def recognise(self, features: Features) -> Recognition:
        mean = fits(features, self.encoding, self.means.shape[1]).values.mean(0)
        nearest = self.labels[int(np.linalg.norm(self.means - mean, axis=1).argmin())]
        return Recognition(nearest, 0.6, nearest)
