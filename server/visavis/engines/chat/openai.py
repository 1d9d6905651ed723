"""Any language model behind the OpenAI chat protocol: Ollama, vLLM, llama.cpp, or a paid one."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import aiohttp

from visavis.engines.base import Context, Engine
from visavis.engines.chat.base import EngineError
from visavis.engines.chat.messages import Message
from visavis.engines.remote import Endpoint, RemoteError, RemoteOptions
from visavis.inputs import mended

_LONGEST_LINE = 1 << 20
"""Bytes; a server that sends more without a line end is not speaking the protocol."""
_TABLE = "chat"


class OpenAIEngine(Engine):
    """Streams ``POST {url}/chat/completions`` (server-sent events). Close it with ``close``."""

    def __init__(self, options: RemoteOptions) -> None:
        """``options.read_timeout_s`` is for the first piece and between pieces. Raises
        RemoteError for a key in the environment that can't be sent."""
        self.system = f"openai:{options.model}"
        self.parameters: dict[str, Any] = {"url": options.url, "model": options.model}
        self._model = options.model
        self._endpoint = Endpoint(_TABLE, "/chat/completions", options)

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
        connection, timeout, protocol."""
        request = {
            "model": self._model,
            "messages": [m.as_dict() for m in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stream": True,
        }
        try:
            async with self._endpoint.post(lambda: {"json": request}, timeout_s=None) as response:
                async for event in _events(response.content):
                    piece = self._piece(event)
                    if piece is None:
                        return
                    if piece:
                        yield piece
        except RemoteError as error:
            kind = "connection" if error.kind == "cut" else error.kind
            raise EngineError(kind, str(error)) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()

    def _piece(self, event: str) -> str | None:
        """The text of one event, "" when it brings none, None at the end of the reply."""
        if event == "[DONE]":
            return None
        try:
            body = json.loads(event)
        except (ValueError, RecursionError):
            raise self._error("no JSON", event) from None
        if not isinstance(body, dict):
            raise self._error("no object", event)
        if body.get("error"):
            told = self._endpoint.message(event)
            raise EngineError("server", f"{self._endpoint.url} failed in mid-reply: {told}")
        try:
            pieces = (choice["delta"].get("content") or "" for choice in body.get("choices", ()))
            return mended("".join(pieces))
        except (TypeError, KeyError, AttributeError):
            raise self._error("no delta", event) from None

    def _error(self, lacks: str, event: str) -> EngineError:
        told = self._endpoint.quoted(event, 80)
        return EngineError("protocol", f"{self._endpoint.url} sent {lacks}: {told!r}")


async def _events(stream: aiohttp.StreamReader) -> AsyncIterator[str]:
    """The data of each server-sent event (WHATWG HTML, "Server-sent events"): comments and other
    fields are passed over, several data lines are one event."""
    buffer = b""
    data: list[str] = []
    async for chunk in stream.iter_any():
        buffer += chunk
        # A CR at the very end may be half of a CRLF.
        whole = buffer[:-1] if buffer.endswith(b"\r") else buffer
        *lines, _ = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if lines:
            rest = max(whole.rfind(b"\n"), whole.rfind(b"\r")) + 1
            buffer = buffer[rest:]
        if len(buffer) > _LONGEST_LINE:
            raise EngineError("protocol", "the endpoint sent a line of more than 1 MB")
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" ").decode(errors="replace"))
            elif not line and data:
                yield "\n".join(data)
                data = []
    if data:
        yield "\n".join(data)
