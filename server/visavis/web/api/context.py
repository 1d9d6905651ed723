"""What the API's handlers work with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from visavis.call.commands.commands import Command, CommandOutcome
from visavis.call.need.alerts import Alerts
from visavis.learning.training import Trainings
from visavis.records.files import Files
from visavis.records.forgetting.forgetting import Forgetting
from visavis.records.reading.reader import Reader
from visavis.records.recorder import Recorder
from visavis.web.api.access import Access


class PromptSaver(Protocol):
    """Saves prompts and puts them in force. Raises ValueError with a sentence
    for what doesn't fit together, and one of ``connection.AWAY``."""

    async def save_template(self, name: str, text: str) -> UUID:
        """The id of its row."""
        ...

    async def save_parameter(
        self, name: str, *, value: str | None, function: str | None, template: str | None
    ) -> UUID:
        """The id of its row."""
        ...


class AddedAnswer(Protocol):
    """An answer that was added, by the id of its question."""

    @property
    def id(self) -> UUID: ...
    @property
    def question(self) -> str: ...
    @property
    def answer(self) -> str: ...


class AnswerSaver(Protocol):
    """Keeps answers and puts them in force. Raises ValueError with a sentence for what can't be
    kept."""

    async def list(self) -> Sequence[AddedAnswer]:
        """All that are kept, the newest last."""
        ...

    async def add(self, question: str, answer: str) -> UUID:
        """The id of its question."""
        ...

    async def remove(self, answer: UUID) -> bool:
        """Whether there was such an answer."""
        ...


class Commanded(Protocol):
    """The calls of this node, as commands reach them."""

    async def do(self, command: Command) -> CommandOutcome:
        """What became of it. Never raises."""
        ...


@dataclass(frozen=True)
class ApiContext:
    """What the operations of the API work with."""

    reader: Reader
    files: Files
    recorder: Recorder
    access: Access
    forgetting: Forgetting
    trainings: Trainings
    calls: Commanded
    alerts: Alerts
    live: Callable[[], Sequence[Mapping[str, Any]]] = list
    """The calls of this node, now."""
    personas: Sequence[Mapping[str, Any]] = field(default_factory=list)
    engines: Callable[[], Sequence[Mapping[str, Any]]] = list
    """What is installed as an engine or another plug-in, and what is in force; on any thread."""
    prompts: PromptSaver | None = None
    """Where prompts are changed; None: they can't be."""
    answers: AnswerSaver | None = None
    """Where answers are added; None: they can't be."""
    secure: bool = True
    """Whether it is served with TLS."""
    shared: Sequence[str] = ()
    """Usernames that are nobody's: callers share them."""
