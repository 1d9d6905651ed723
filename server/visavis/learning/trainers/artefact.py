"""Loading of any trainer's artefact."""

from visavis.engines.registry import BrokenEngine
from visavis.learning.trainers import TRAINERS, container
from visavis.learning.trainers.types import BadModel, Model


def load(data: bytes) -> Model:
    """The model in an artefact's bytes, which needn't be trusted. Raises BadModel."""
    header, arrays = container.read(data)
    try:
        trainer = TRAINERS[header["trainer"]]
    except KeyError:
        raise BadModel("The model was made by a trainer that this version does not know.") from None
    except BrokenEngine as error:
        raise BadModel(f"The model's trainer is not what it was: {error}.") from error
    try:
        return trainer.read(header, arrays)
    except BadModel:
        raise
    except Exception as error:  # a trainer may be anybody's
        raise BadModel(f"The model can't be read: {type(error).__name__}: {error}.") from error
