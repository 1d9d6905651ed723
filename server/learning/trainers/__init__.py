"""Trainers by name; each turns labelled takes into an artefact that `artefact.load` reads."""

from server.learning.trainers.baseline_knn import BaselineKnn
from server.learning.trainers.lstm_v1 import LstmV1
from server.learning.trainers.types import (
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
