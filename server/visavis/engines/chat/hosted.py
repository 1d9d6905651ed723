"""The local language model, hosted in a worker process."""

import os
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from visavis.compute.asker import NOBODY, Asker, Priority
from visavis.compute.worker import Worker, WorkerDied, WorkerError
from visavis.engines.base import Context, Engine
from visavis.engines.chat import choosing
from visavis.engines.chat.base import CANCELLED, EngineError, TooLong
from visavis.engines.chat.choosing import ModelChoice
from visavis.engines.chat.dialect import too_long
from visavis.engines.chat.kernels.processor import WHEEL
from visavis.engines.chat.messages import Message
from visavis.settings import ChatSettings, Settings

FACTORY = "visavis.engines.chat.local:LocalModel"
CONVERSATIONS = max(2, os.cpu_count() or 1)
"""Prompt caches of the local model. Each takes 2 s to prime; more calls than that share them."""


class LocalEngine(Engine):
    """The language model in a worker process (:class:`~visavis.engines.chat.local.LocalModel`);
    ``model`` is its name for the records, ``first_token_timeout`` in s."""

    continues = True

    def __init__(
        self,
        worker: Worker,
        model: str = "local",
        first_token_timeout: float = ChatSettings().first_token_timeout_s,
        asker: Asker = NOBODY,
        kernels: str = WHEEL,
    ) -> None:
        self.system = f"llama.cpp:{Path(model).stem}"
        self.parameters: dict[str, Any] = {"model": model, "kernels": kernels}
        self._worker = worker
        self._model = model
        self._timeout = first_token_timeout
        self._asker = asker

    def of(self, asker: Asker) -> "LocalEngine":
        """See `engines.base.Hosted`."""
        return LocalEngine(
            self._worker, self._model, self._timeout, asker, self.parameters["kernels"]
        )

    @classmethod
    def weights(cls, settings: Settings) -> tuple[str, ...]:
        """The model that is set, or chosen for this machine."""
        return (choosing.in_force(settings),)

    @classmethod
    async def load(cls, context: Context) -> "LocalEngine":
        """The model in a worker, which has read the system prompt and the persona's examples.

        Under the wheel where the kernels for this processor aren't here or fail, which is a fault.
        """
        chosen = choosing.choice(context.settings)
        if chosen.kernels.lacking:
            context.host.fault("kernels_unavailable", chosen.kernels.lacking)
        try:
            return await cls._with(context, chosen)
        except (TimeoutError, WorkerError, WorkerDied) as error:
            if chosen.kernels.family == WHEEL:
                raise
            told = f"{chosen.kernels.family}: {type(error).__name__}: {error}"
            context.host.fault("kernels_unavailable", told)
        return await cls._with(context, chosen.with_wheel())

    @classmethod
    async def _with(cls, context: Context, chosen: ModelChoice) -> Self:
        chat = context.settings.chat
        worker = await context.host.start(
            FACTORY,
            name="chat",
            slots=CONVERSATIONS,
            of_a_call=1,
            path=str(chosen.path),
            system_prompt=context.system_prompt,
            examples=context.persona.examples,
            cores=chosen.cores,
            conversations=CONVERSATIONS,
            kernels=chosen.kernels.family,
            library=chosen.kernels.library,
        )
        return cls(
            worker,
            chosen.model,
            chat.first_token_timeout_s,
            kernels=chosen.kernels.family,
        )

    async def prime(self, messages: Sequence[Message]) -> None:
        """Evaluate ``messages`` into the model's prompt cache. Raises EngineError."""
        asker = replace(self._asker, priority=Priority.AHEAD)
        try:
            await self._worker.call(
                "prime", [m.as_dict() for m in messages], timeout=30.0, asker=asker
            )
        except (TimeoutError, WorkerError, WorkerDied) as error:
            raise _failed(error) from error

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        """See `LanguageModel.reply`."""
        pieces = self._worker.stream(
            "reply",
            [m.as_dict() for m in messages],
            max_tokens,
            temperature,
            timeout=self._timeout,
            asker=self._asker,
        )
        try:
            async for piece in pieces:
                yield piece
        except (TimeoutError, WorkerError, WorkerDied) as error:
            raise _failed(error) from error
        finally:
            await pieces.aclose()


def _failed(error: Exception) -> EngineError:
    if isinstance(error, TimeoutError):
        return EngineError("timeout", f"the local language model is too slow: {error}")
    if isinstance(error, WorkerDied):
        return EngineError("died", "the local language model ended; it is being restarted")
    if isinstance(error, WorkerError) and error.kind == "Cancelled":
        return EngineError(CANCELLED, str(error))
    if (share := too_long(str(error))) is not None:
        return TooLong(f"the local language model: {error}", share)
    return EngineError("model", f"the local language model failed: {error}")
