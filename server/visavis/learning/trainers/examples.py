"""What every trainer asks of examples and features before it computes with them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visavis.learning.features import Features
from visavis.learning.segments import trim
from visavis.learning.trainers import container
from visavis.learning.trainers.types import BadModel, Example, TrainingError

MAX_WIDTH = 4_096
"""Columns of a row."""
_LARGEST = 1e4
"""No true value comes near it: places are in shoulder widths, sounds in tens of decibels."""


def checked(examples: Sequence[Example]) -> list[Example]:
    """The examples by rising id, fit to learn from, without the rest at their ends.

    Raises TrainingError.
    """
    takes = sorted(examples, key=lambda take: take.id)
    labels = {take.label for take in takes}
    if not takes:
        raise TrainingError("There are no takes to learn from yet.")
    if len(labels) < 2:
        raise TrainingError("Record at least two different signs, so that they can be told apart.")
    if len({take.id for take in takes}) != len(takes):
        raise TrainingError("The same take was given twice.")
    if len(labels) > container.MAX_LABELS:
        raise TrainingError(f"There are more than {container.MAX_LABELS} different signs.")
    if any(not 0 < len(label) <= container.MAX_LABEL for label in labels):
        raise TrainingError(f"A sign's name is empty or over {container.MAX_LABEL} letters long.")
    encoding, width = takes[0].features.encoding, takes[0].features.values.shape[-1]
    for take in takes:
        values = take.features.values
        if take.features.encoding != encoding:
            raise TrainingError(
                f"The takes are of different kinds ({encoding} and {take.features.encoding})."
            )
        if values.ndim != 2 or not len(values) or values.shape[1] != width or width > MAX_WIDTH:
            raise TrainingError("A take has the wrong shape; record it again.")
        if not _sound(values):
            raise TrainingError(
                "A take holds numbers that are not finite or far too large; record it again."
            )
    return [take._replace(features=trim(take.features)) for take in takes]


def thinned(takes: Sequence[Example], most: int, random: np.random.Generator) -> list[Example]:
    """At most `most` takes of each label, chosen by chance, in their order."""
    kept: set[str] = set()
    for label in sorted({take.label for take in takes}):
        own = [take.id for take in takes if take.label == label]
        chosen = random.choice(len(own), min(most, len(own)), replace=False)
        kept.update(own[int(index)] for index in chosen)
    return [take for take in takes if take.id in kept]


def fits(features: Features, encoding: str, width: int) -> Features:
    """The features without the rest at their ends. Raises BadModel if a model can't read them."""
    values = features.values
    if features.encoding != encoding:
        raise BadModel(f"The model understands {encoding}, not {features.encoding}.")
    if values.ndim != 2 or not len(values) or values.shape[1] != width:
        raise BadModel("The movement has another number of columns than the model.")
    if not _sound(values):
        raise BadModel("The movement holds numbers that are not finite or far too large.")
    return trim(features)


def _sound(values: NDArray[np.float32]) -> bool:
    return bool(np.isfinite(values).all() and np.abs(values).max(initial=0) <= _LARGEST)
