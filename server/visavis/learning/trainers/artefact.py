"""Loading of any trainer's artefact."""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from visavis.learning.trainers import baseline_knn, container, lstm_v1
from visavis.learning.trainers.types import BadModel, Model

_READERS: dict[str, Callable[[dict[str, Any], dict[str, NDArray[Any]]], Model]] = {
    baseline_knn.NAME: baseline_knn.read,
    lstm_v1.NAME: lstm_v1.read,
}


def load(data: bytes) -> Model:
    """The model in an artefact's bytes, which needn't be trusted. Raises BadModel."""
    header, arrays = container.read(data)
    reader = _READERS.get(header["trainer"])
    if reader is None:
        raise BadModel("The model was made by a trainer that this version does not know.")
    return reader(header, arrays)
