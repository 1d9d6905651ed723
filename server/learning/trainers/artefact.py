"""Loading of any trainer's artefact."""

from server.learning.trainers import baseline_knn, container
from server.learning.trainers.types import BadModel, Model

_READERS = {baseline_knn.NAME: baseline_knn.read}


def load(data: bytes) -> Model:
    """The model in an artefact's bytes, which needn't be trusted. Raises BadModel."""
    header, arrays = container.read(data)
    reader = _READERS.get(header["trainer"])
    if reader is None:
        raise BadModel("The model was made by a trainer that this version does not know.")
    return reader(header, arrays)
