"""What thinks of an answer: the interface of the language models."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any, Protocol

from visavis.engines.chat.messages import Message

CANCELLED = "cancelled"
"""The kind of an `EngineError` that is no failure: nobody waits for the reply any more."""


class EngineError(Exception):
    """No reply, and why, in a sentence for whoever runs the server; ``kind`` is for the log."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class CutShort(EngineError):
    """The reply is over at its longest length, and its last word may be half a one."""

    def __init__(self, message: str) -> None:
        super().__init__("length", message)


class Declined(EngineError):
    """The model, or a filter behind it, won't answer these words."""

    def __init__(self, message: str) -> None:
        super().__init__("declined", message)


class TooLong(EngineError):
    """The conversation is longer than the model takes. ``share``: about what part of it would fit,
    between 0 and 1; a guess where the model doesn't say."""

    def __init__(self, message: str, share: float = 0.5) -> None:
        super().__init__("too_long", message)
        self.share = share


class LanguageModel(Protocol):
    """What can answer a conversation. ``system`` and ``parameters`` name it in the records."""

    system: str
    parameters: dict[str, Any]

    async def prime(self, messages: Sequence[Message]) -> None:
        """Get ready to answer a conversation that begins with ``messages``; may do nothing."""

    def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        """The reply as pieces of text; closing the generator stops the model. A model that
        `continues` gets a last message of the assistant's, if there is one, as the beginning of
        its reply, and gives what follows.

        Raises EngineError, at the first piece or at any later one.
        """
        ...


def continues(engine: object) -> bool:
    """Whether an engine goes on from the beginning of a reply: its attribute ``continues``. One
    without it is never asked to."""
    return bool(getattr(engine, "continues", False))
