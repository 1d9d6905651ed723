"""Any language model behind the OpenAI chat protocol: Ollama, vLLM, llama.cpp, or a paid one."""

import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import aiohttp

from visavis.engines.base import Context, Engine
from visavis.engines.chat.base import EngineError
from visavis.engines.chat.messages import Message
from visavis.inputs import mended

_LONGEST_LINE = 1 << 20
"""Bytes; a server that sends more without a line end is not speaking the protocol."""


class OpenAIEngine(Engine):
    """Streams ``POST {url}/chat/completions`` (server-sent events).

    ``url`` is the base, as in ``http://localhost:11434/v1``; ``key`` is sent as a bearer token
    when there is one. Timeouts in s: to connect, to the first piece, and between pieces. Close it
    with ``close``. Raises ValueError for a URL that isn't http or https.
    """

    def __init__(
        self,
        url: str,
        model: str,
        key: str = "",
        *,
        connect_timeout: float = 3.0,
        first_token_timeout: float = 8.0,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"chat.url {url!r} must begin with http:// or https://")
        self.system = f"openai:{model}"
        self.parameters: dict[str, Any] = {"url": url, "model": model}
        self._url = url.rstrip("/").removesuffix("/chat/completions") + "/chat/completions"
        self._model = model
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=connect_timeout, sock_read=first_token_timeout
        )
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    async def load(cls, context: Context) -> "OpenAIEngine":
        """The endpoint of ``chat.url``; nothing is asked of it yet."""
        chat = context.settings.chat
        key = chat.key.get_secret_value() or os.environ.get("OPENAI_API_KEY", "")
        return cls(chat.url, chat.model, key, first_token_timeout=chat.first_token_timeout_s)

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
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, headers=self._headers)
        try:
            async with self._session.post(self._url, json=request) as response:
                if response.status != 200:
                    raise await self._refused(response)
                async for event in _events(response.content):
                    piece = _piece(event)
                    if piece is None:
                        return
                    if piece:
                        yield piece
        except TimeoutError as error:
            raise EngineError("timeout", f"{self._url} does not answer in time") from error
        except aiohttp.ClientError as error:
            raise EngineError(
                "connection",
                f"{self._url} can't be reached; is chat.url right? ({error})",
            ) from error

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _refused(self, response: aiohttp.ClientResponse) -> EngineError:
        """The error for a status that isn't 200, with what to do about it."""
        said = _message((await response.content.read(2000)).decode(errors="replace"))
        where = f"{self._url} answered {response.status}"
        match response.status:
            case 401 | 403:
                return EngineError("key", f"{where}: chat.key is missing or wrong; {said}")
            case 404:
                return EngineError(
                    "not_found", f"{where}: no model {self._model!r} or not its chat.url; {said}"
                )
            case 429:
                after = response.headers.get("Retry-After", "")
                wait = f", again after {after} s" if after else ""
                return EngineError("busy", f"{where}: too many requests{wait}; {said}")
            case status if status >= 500:
                return EngineError("server", f"{where}: it failed; {said}")
        return EngineError("refused", f"{where}: {said}")


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


def _piece(event: str) -> str | None:
    """The text of one event, "" when it brings none, None at the end of the reply."""
    if event == "[DONE]":
        return None
    try:
        body = json.loads(event)
    except (ValueError, RecursionError):
        raise EngineError("protocol", f"the endpoint sent no JSON: {event[:80]!r}") from None
    if not isinstance(body, dict):
        raise EngineError("protocol", f"the endpoint sent no object: {event[:80]!r}")
    if body.get("error"):
        raise EngineError("server", f"the endpoint failed in mid-reply: {_message(event)}")
    try:
        pieces = (choice["delta"].get("content") or "" for choice in body.get("choices", ()))
        return mended("".join(pieces))
    except (TypeError, KeyError, AttributeError):
        raise EngineError("protocol", f"the endpoint sent no delta: {event[:80]!r}") from None


def _message(body: str) -> str:
    """What an error body says, in whichever of the usual shapes."""
    try:
        error = json.loads(body)["error"]
        return mended(str(error["message"] if isinstance(error, dict) else error)[:300])
    except (ValueError, KeyError, TypeError, RecursionError):
        return mended(body.strip()[:300])
