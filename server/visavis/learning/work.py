"""One training in a process of its own: takes in, a model and its metrics out.

A process can be ended at once, holds no call up, and gives back all the memory it took.
"""

import os
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from visavis.learning.errors import LearningError
from visavis.learning.examples import features_of
from visavis.learning.metrics import cross_validated
from visavis.learning.trainers import TRAINERS, Example, TrainingError

NICE = 10
TRAINING = 0.3
"""Of the progress shown, what the model itself takes; the rest is trying it out."""


class TakeFile(NamedTuple):
    """A take by its file."""

    id: str
    label: str
    path: str
    modality: str


def train(pipe: Connection, takes: Sequence[TakeFile], trainer: str, seed: int) -> None:
    """Sends ("progress", 0..1), at last ("made", artefact, encoding, metrics), ("refused", why), or
    ("failed", why) for what a trainer must not raise.

    The entry of the child process.
    """
    os.nice(NICE)
    try:
        pipe.send(("made", *_made(pipe, takes, trainer, seed)))
    except (TrainingError, LearningError) as reason:
        pipe.send(("refused", str(reason)))
    except Exception as error:
        pipe.send(("failed", f"{trainer}: {type(error).__name__}: {error}"))


def _made(
    pipe: Connection, takes: Sequence[TakeFile], name: str, seed: int
) -> tuple[bytes, str, dict[str, Any]]:
    examples = []
    for take in takes:
        try:
            data = Path(take.path).read_bytes()
        except OSError:
            raise TrainingError(
                f"The file of a take of “{take.label}” is missing; discard that take."
            ) from None
        examples.append(Example(take.id, take.label, features_of(take.modality, data)))
    chosen = TRAINERS[name]

    def told(begin: float, share: float) -> Any:
        return lambda done: pipe.send(("progress", begin + share * done))

    artefact = chosen.train(
        examples, seed=seed, progress=told(0, TRAINING), cancelled=lambda: False
    )
    metrics = cross_validated(chosen, examples, seed, told(TRAINING, 1 - TRAINING))
    return artefact, examples[0].features.encoding, metrics
