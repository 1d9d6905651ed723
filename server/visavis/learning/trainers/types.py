"""What every trainer takes and gives."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from visavis.learning.features import Features


class TrainingError(ValueError):
    """These examples can't be learnt from; the message is a plain sentence for a carer."""


class Cancelled(Exception):
    """The training was told to stop; nothing was made."""


class BadModel(ValueError):
    """Not a model that can serve; the message is a plain sentence."""


class Example(NamedTuple):
    """One labelled take."""

    id: str
    label: str
    features: Features


class Recognition(NamedTuple):
    """What a model makes of a movement or sound."""

    label: str | None
    """None is unknown: nothing that was taught is near enough."""
    confidence: float
    """0..1; 0.5 is on the border of unknown."""
    nearest: str
    """The label that comes nearest, known or not."""


class Model(Protocol):
    """A trained model. Its methods may be called from any thread."""

    @property
    def encoding(self) -> str:
        """The encoding of the features it understands."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What it can answer, sorted."""

    def recognise(self, features: Features) -> Recognition:
        """Name one whole movement. Raises BadModel for another encoding or width."""


class Trainer(Protocol):
    """A way to learn. The same examples (in any order) and seed give the same bytes."""

    @property
    def name(self) -> str:
        """As in `models.trainer_name`."""

    def train(
        self,
        examples: Sequence[Example],
        *,
        seed: int,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> bytes:
        """An artefact for `artefact.load`. Raises TrainingError, Cancelled.

        `progress` is told 0..1, and `cancelled` asked, several times a second.
        """
