"""The engines that think, behind one interface, and the two that need no network."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any, Protocol

from visavis.compute.worker import Worker, WorkerDied, WorkerError

from .messages import Message


class EngineError(Exception):
    """No reply, and why, in a sentence for whoever runs the server; ``kind`` is for the log."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Engine(Protocol):
    """What can answer a conversation. ``system`` and ``parameters`` name it in the records."""

    system: str
    parameters: dict[str, Any]

    async def prime(self, messages: Sequence[Message]) -> None:
        """Get ready to answer a conversation that begins with ``messages``; may do nothing."""

    def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        """The reply as pieces of text; closing the generator stops the model.

        Raises EngineError, at the first piece or at any later one.
        """
        ...


class LocalEngine:
    """The language model in a worker process (:class:`~visavis.engines.chat.local.LocalModel`);
    ``model`` is its name for the records, ``first_token_timeout`` in s."""

    def __init__(
        self, worker: Worker, model: str = "local", first_token_timeout: float = 8.0
    ) -> None:
        self.system = f"llama.cpp:{Path(model).stem}"
        self.parameters: dict[str, Any] = {"model": model}
        self._worker = worker
        self._timeout = first_token_timeout

    async def prime(self, messages: Sequence[Message]) -> None:
        """Evaluate ``messages`` into the model's prompt cache. Raises EngineError."""
        try:
            await self._worker.call("prime", [m.as_dict() for m in messages], timeout=30.0)
        except (TimeoutError, WorkerError, WorkerDied) as error:
            raise _failed(error) from error

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        """See `Engine.reply`."""
        pieces = self._worker.stream(
            "reply", [m.as_dict() for m in messages], max_tokens, temperature, timeout=self._timeout
        )
        try:
            async for piece in pieces:
                yield piece
        except (TimeoutError, WorkerError, WorkerDied) as error:
            raise _failed(error) from error
        finally:
            await pieces.aclose()


class NoEngine:
    """No language model: an honest line, another one each turn. Raises ValueError without lines."""

    system = "none"

    def __init__(self, lines: Sequence[str]) -> None:
        if not lines:
            raise ValueError("NoEngine needs at least one line to say")
        self.parameters: dict[str, Any] = {}
        self._lines = lines

    async def prime(self, messages: Sequence[Message]) -> None:
        """Nothing to get ready."""

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        """The line for this turn, counted by what the caller has said so far."""
        turn = sum(m.role == "user" for m in messages)
        yield self._lines[turn % len(self._lines)]


def _failed(error: Exception) -> EngineError:
    if isinstance(error, TimeoutError):
        return EngineError("timeout", f"the local language model is too slow: {error}")
    if isinstance(error, WorkerDied):
        return EngineError("died", "the local language model ended; it is being restarted")
    return EngineError("model", f"the local language model failed: {error}")
