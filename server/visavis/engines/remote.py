"""An address that speaks OpenAI's protocol, on this machine or another: what its engines share."""

import json
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

import aiohttp
from pydantic import BaseModel, ConfigDict, SecretStr

from visavis.engine_settings import Key, Seconds, ServiceUrl
from visavis.inputs import header_key, one_line

KEEP_S = 60.0
"""An idle connection is kept so long: the caller thinks and speaks between two turns."""
_SAID = 300
"""Characters of an error body that are passed on."""
_SAID_BYTES = 2_000


class RemoteError(Exception):
    """It failed: a sentence that names the address and what to do; ``kind`` is for tests and logs:
    key, not_found, busy, refused, server, connection, cut, timeout, protocol, too_long, silence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class StatusError(RemoteError):
    """It answered with another ``status`` than 200. ``body`` is what it said, at most 2,000 bytes
    and with whatever is in it: to be looked at, not to be shown. ``after_s``: it may be asked again
    after so many seconds; None where it doesn't say."""

    def __init__(
        self, kind: str, message: str, status: int, body: str, after_s: float | None
    ) -> None:
        super().__init__(kind, message)
        self.status, self.body, self.after_s = status, body, after_s


class RemoteTimeout(RemoteError, TimeoutError):
    """It didn't answer in time."""


class RemoteOptions(BaseModel):
    """The settings that all of them have; `Endpoint` reads them."""

    model_config = ConfigDict(extra="forbid")

    environment: ClassVar[str] = "OPENAI_API_KEY"
    """The variable that has the key where ``key`` is empty."""

    url: ServiceUrl
    """Base of the API, as in ``http://localhost:8000/v1``."""
    model: str
    key: Key = SecretStr("")
    """Sent as a bearer token; empty: OPENAI_API_KEY, if that is set."""
    connect_timeout_s: Seconds = 3.0
    read_timeout_s: Seconds = 5.0
    """Until the answer begins, and between two pieces of it."""

    @property
    def secret(self) -> str:
        """The key to be sent, "" without one. Raises RemoteError for one that can't be."""
        if written := self.key.get_secret_value():
            return written
        try:
            return header_key(os.environ.get(self.environment, ""))
        except ValueError as reason:
            raise RemoteError("key", f"{self.environment}: {reason}") from None


class Endpoint:
    """One operation of an API. Connections are kept and used again; `close` ends them.

    Used on one event loop.
    """

    def __init__(self, table: str, path: str, options: RemoteOptions) -> None:
        """``table`` names the settings in what is said of failures ("tts.openai"); ``path`` is that
        of the operation, below the base ("/audio/speech"). Raises RemoteError for a key in the
        environment that can't be sent."""
        self._table = table
        self._base = options.url.rstrip("/").removesuffix(path)
        self.url = self._base + path
        self._model = options.model
        self._key = options.secret
        self._connect_s, self._read_s = options.connect_timeout_s, options.read_timeout_s
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def post(
        self, request: Callable[[], dict[str, Any]], *, timeout_s: float | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer, whose status is 200 and whose body is still to be read.

        ``request()`` gives what aiohttp's ``post`` takes (``json``, ``data``); it is called again
        when a kept connection turns out to be gone. The connection is closed when the body wasn't
        read to its end, also by cancellation. Raises RemoteError here and where the body is read,
        RemoteTimeout when all of it takes over ``timeout_s`` (None: however long, piece by piece).
        """
        try:
            async with await self._asked(request, timeout_s) as response:
                if response.status != 200:
                    raise await self._refused(response)
                yield response
        except RemoteError:
            raise
        except TimeoutError as error:
            raise RemoteTimeout("timeout", f"{self.url} does not answer in time") from error
        except aiohttp.ClientPayloadError as error:
            raise RemoteError("cut", f"{self.url} broke off in the middle of its answer") from error
        except aiohttp.ClientError as error:
            raise self._unreachable(error) from error

    async def reach(self) -> str:
        """What answers at the base, in words. Raises RemoteError."""
        try:
            async with self._opened().get(
                f"{self._base}/models",
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(self._connect_s + self._read_s),
            ) as response:
                if response.status in (401, 403):
                    raise await self._refused(response)
                return f"{self._base} answers"
        except TimeoutError as error:
            raise RemoteTimeout("timeout", f"{self._base} does not answer in time") from error
        except aiohttp.ClientError as error:
            raise self._unreachable(error) from error

    async def close(self) -> None:
        """Close the connections; they are opened anew when need be."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
                connector=aiohttp.TCPConnector(keepalive_timeout=KEEP_S),
            )
        return self._session

    async def _asked(
        self, request: Callable[[], dict[str, Any]], timeout_s: float | None
    ) -> aiohttp.ClientResponse:
        limits = aiohttp.ClientTimeout(
            total=timeout_s, sock_connect=self._connect_s, sock_read=self._read_s
        )

        async def ask() -> aiohttp.ClientResponse:
            # No redirect is followed: a key and a caller's voice go where the settings say.
            return await self._opened().post(
                self.url, allow_redirects=False, timeout=limits, **request()
            )

        try:
            return await ask()
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientConnectionResetError):
            # The server has closed a kept connection just now. To ask twice does no harm.
            return await ask()

    def _unreachable(self, error: aiohttp.ClientError) -> RemoteError:
        return RemoteError(
            "connection",
            f"{self.url} can't be reached; is {self._table}.url right? ({self.quoted(str(error))})",
        )

    async def _refused(self, response: aiohttp.ClientResponse) -> StatusError:
        """The error for a status that isn't 200, with what to do about it."""
        said = b""
        while len(said) < _SAID_BYTES and (piece := await response.content.read(_SAID_BYTES)):
            said += piece
        body = said[:_SAID_BYTES].decode(errors="replace")
        kind, told = self._told(response, self.message(body))
        message = f"{self.url} answered {response.status}: {told}"
        return StatusError(kind, message, response.status, body, _after_s(response))

    def _told(self, response: aiohttp.ClientResponse, said: str) -> tuple[str, str]:
        """The kind of a status, and what it means in words."""
        match response.status:
            case 401 | 403:
                return "key", f"{self._table}.key is missing or wrong; {said}"
            case 404:
                told = f"no model {self._model!r}, or not the place of {self._table}.url"
                return "not_found", f"{told}; {said}"
            case 429:
                after = self.quoted(response.headers.get("Retry-After", ""), 20)
                wait = f", again after {after} s" if after else ""
                return "busy", f"too many requests{wait}; {said}"
            case status if 300 <= status < 400:
                place = self.quoted(response.headers.get("Location", "nowhere"))
                return "refused", f"it points to {place}"
            case status if status >= 500:
                return "server", f"it failed; {said}"
        return "refused", said

    def message(self, body: str) -> str:
        """What an error body says, in whichever of the usual shapes; never the key."""
        try:
            found = json.loads(body)
            found = found.get("error", found.get("detail", found))
            body = str(found["message"] if isinstance(found, dict) else found)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass
        return self.quoted(body)

    def quoted(self, said: str, most: int = _SAID) -> str:
        """Words of the other side's in a sentence of ours: bounded, one line, and never the key."""
        if self._key:
            said = said.replace(self._key, "…")
        return one_line(said)[:most]


def _after_s(response: aiohttp.ClientResponse) -> float | None:
    """What Retry-After says (RFC 9110 §10.2.3): seconds, or a date."""
    said = response.headers.get("Retry-After", "").strip()
    try:
        return max(0.0, float(said)) if said else None
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
