"""What every trainer takes and gives."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

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
    """A way to learn, declared in the group ``visavis.trainers`` and made without arguments.

    It has no settings, because a training's row, which says trainer and seed, must be enough to
    repeat it: the same examples (in any order) and seed give the same bytes. It runs in a process
    of its own, where it may take all the time it needs.
    """

    def train(
        self,
        examples: Sequence[Example],
        *,
        seed: int,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> bytes:
        """An artefact, by `container.write`, whose header's ``trainer`` is the declared name.

        `progress` is told 0..1, and `cancelled` asked, several times a second. Raises
        TrainingError, Cancelled.
        """

    def read(self, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Model:
        """The model in an artefact of its own, as `container.read` gives it.

        Its format, encoding and labels are checked, the rest need not be trusted; it is read in
        the process that holds calls. Raises BadModel.
        """
