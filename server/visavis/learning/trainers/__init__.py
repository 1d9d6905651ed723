"""Trainers by name; each turns labelled takes into an artefact that `artefact.load` reads."""

from collections.abc import Mapping

from visavis.engines import registry
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

TRAINERS: Mapping[str, Trainer] = registry.Installed("trainers", lambda trainer: trainer())
"""Those that are installed. Getting one imports it and raises `registry.BrokenEngine`."""
