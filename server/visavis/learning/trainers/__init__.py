"""Trainers by name; each turns labelled takes into an artefact that `artefact.load` reads."""

from visavis.learning.trainers.baseline_knn import BaselineKnn
from visavis.learning.trainers.lstm_v1 import LstmV1
from visavis.learning.trainers.types import (
    BadModel,
    Cancelled,
    Example,
    Model,
    Recognition,
    Trainer,
    TrainingError,
)

__all__ = [
    "TRAINERS",
    "BadModel",
    "Cancelled",
    "Example",
    "Model",
    "Recognition",
    "Trainer",
    "TrainingError",
]

TRAINERS: dict[str, Trainer] = {trainer.name: trainer for trainer in (BaselineKnn(), LstmV1())}
