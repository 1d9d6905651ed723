"""Any language model behind the OpenAI chat protocol: Ollama, vLLM, llama.cpp, or a paid one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, TypeGuard

from visavis.engines.base import Context, Engine
from visavis.engines.chat import answer_pieces
from visavis.engines.chat.answering import AnswerReader
from visavis.engines.chat.base import EngineError, TooLong
from visavis.engines.chat.dialect import Dialect, too_long
from visavis.engines.chat.messages import Message
from visavis.engines.chat.server_events import events
from visavis.engines.chat.thoughts import Habits
from visavis.engines.remote import Endpoint, RemoteError, RemoteOptions, StatusError

_TABLE = "chat"
_PATIENCE_S = 2.0
"""Whoever is to be asked again later than this is not asked again for the same words."""
_AGAIN_S = 0.4
"""Until a request that failed on their side is sent again, where they say nothing of it."""
_REFUSALS = 4
"""So many times a request is put into another form."""
_THINKING_TOKENS = 1_500
"""What a model that thinks is given beside the answer's own longest length."""


class OpenAIEngine(Engine):
    """Streams ``POST {url}/chat/completions`` (server-sent events). Close it with ``close``.

    What the endpoint refuses in a request, and how its model thinks, is learnt and remembered.
    """

    def __init__(self, options: RemoteOptions) -> None:
        """``options.read_timeout_s`` is for the first piece and between pieces. Raises
        RemoteError for a key in the environment that can't be sent."""
        self.system = f"openai:{options.model}"
        self.parameters: dict[str, Any] = {"url": options.url, "model": options.model}
        self._model = options.model
        self._endpoint = Endpoint(_TABLE, "/chat/completions", options)
        self._dialect = Dialect()
        self._habits = Habits()
        """Until when, on the loop's clock, it wants to be left alone, and its words for that."""

    @classmethod
    async def load(cls, context: Context) -> "OpenAIEngine":
        """The endpoint of ``chat.url``; nothing is asked of it yet."""
        chat = context.settings.chat
        return cls(
            RemoteOptions(
                url=chat.url,
                model=chat.model,
                key=chat.key,
                read_timeout_s=chat.first_token_timeout_s,
            )
        )

    async def prime(self, messages: Sequence[Message]) -> None:
        """Nothing: the endpoint keeps its own cache, and a request made for it may cost money."""

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        """See `LanguageModel.reply`. Kinds of EngineError: key, not_found, busy, refused, server,
        connection, timeout, protocol, empty, length, declined, too_long."""
        wanted = {
            "model": self._model,
            "messages": [m.as_dict() for m in messages],
            "max_tokens": max_tokens + (_THINKING_TOKENS if self._habits.thinks else 0),
            "temperature": temperature,
            "stream": True,
        }
        dialect, failed, begun = self._dialect, False, False
        for _ in range(_REFUSALS + 1):
            try:
                async with aclosing(self._answer(dialect, wanted, max_tokens)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                return
            except RemoteError as error:
                other = self._other_form(dialect, error)
                if begun or (other is None and (failed or not await self._again(error))):
                    raise self._failed(error) from error
                failed = failed or other is None
                dialect = other or dialect
        raise EngineError("refused", f"{self._endpoint.url} takes no form of a request")

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()

    async def _answer(
        self, dialect: Dialect, wanted: dict[str, Any], max_tokens: int
    ) -> AsyncGenerator[str, None]:
        """One request, its answer's words as they come. Raises RemoteError and EngineError."""
        request = dialect.request(wanted)
        answering = AnswerReader(self._habits, max_tokens)
        async with self._endpoint.post(lambda: {"json": request}, timeout_s=None) as response:
            self._dialect = dialect
            read = self._chunks(events(response.content))
            async with aclosing(read), aclosing(answering.words(read)) as words:
                async for word in words:
                    yield word

    async def _chunks(
        self, read: AsyncGenerator[str, None]
    ) -> AsyncGenerator[answer_pieces.AnswerPiece, None]:
        async with aclosing(read):
            async for event in read:
                if event.strip() == "[DONE]":
                    return
                if event.strip():
                    yield self._chunk(event)

    def _chunk(self, event: str) -> answer_pieces.AnswerPiece:
        """One event. Raises EngineError for an error in it, and for what is no answer."""
        try:
            body = answer_pieces.parse(event)
        except ValueError:
            raise self._error("no JSON", event) from None
        if body is None:
            raise self._error("no object", event)
        if body.get("error"):
            told = f"{self._endpoint.url} failed in mid-reply: {self._endpoint.message(event)}"
            share = too_long(event)
            raise EngineError("server", told) if share is None else TooLong(told, share)
        try:
            return answer_pieces.read(body)
        except (TypeError, KeyError, AttributeError):
            raise self._error("no delta", event) from None

    def _other_form(self, dialect: Dialect, error: RemoteError) -> Dialect | None:
        """In which the same may be taken."""
        return dialect.after(error.body) if _about_the_request(error) else None

    async def _again(self, error: RemoteError) -> bool:
        """Whether it is worth asking once more; returns when it is time to."""
        if error.kind not in ("busy", "server", "cut") or _share(error) is not None:
            return False
        after = error.after_s if isinstance(error, StatusError) else None
        if after is not None and after > _PATIENCE_S:
            return False
        await asyncio.sleep(_AGAIN_S if after is None else after)
        return True

    def _failed(self, error: RemoteError) -> EngineError:
        if (share := _share(error)) is not None:
            return TooLong(str(error), share)
        return EngineError("connection" if error.kind == "cut" else error.kind, str(error))

    def _error(self, lacks: str, event: str) -> EngineError:
        told = self._endpoint.quoted(event, 80)
        return EngineError("protocol", f"{self._endpoint.url} sent {lacks}: {told!r}")


def _about_the_request(error: RemoteError) -> TypeGuard[StatusError]:
    """Whether it was refused as it was put; some say 500 to what their template can't take."""
    if not isinstance(error, StatusError):
        return False
    return error.status == 500 or (error.kind == "refused" and error.status >= 400)


def _share(error: RemoteError) -> float | None:
    """See `dialect.too_long`."""
    if not _about_the_request(error):
        return None
    return 0.5 if error.status == 413 else too_long(error.body)
