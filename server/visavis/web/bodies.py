"""A request's body: small, whole in time, and text.

What strangers send at the same time is bounded as a whole: while `HELD` bytes of bodies are being
received, one goes on only up to `SMALL`, which is more than any offer or fragment has.
"""

import asyncio

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from visavis.web.problems import Problem

BODY_S = 10.0
"""A body must have arrived by then."""
HELD = 64_000_000
SMALL = 64_000
RETRY_S = 2

_held = 0
"""Bytes of bodies that are being received now, in this process."""


async def text(request: web.Request, most: int) -> str:
    """The body as text. Raises a problem if it has more than ``most`` bytes (which is said without
    reading it, where its length is told), comes too slowly, or isn't UTF-8."""
    if (request.content_length or 0) > most:
        raise _too_big(most)
    try:
        async with asyncio.timeout(BODY_S):
            return (await _received(request, most)).decode()
    except TimeoutError:
        raise Problem(408, "Too slow", f"The body did not arrive in {BODY_S:.0f} s.") from None
    except UnicodeDecodeError:
        raise Problem(400, "Not text", "The body is not UTF-8 text.") from None
    except (RequestPayloadError, HttpProcessingError):
        raise Problem(
            400, "Not readable", "The body is not encoded as its header fields say."
        ) from None


async def _received(request: web.Request, most: int) -> bytearray:
    global _held
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            _held += len(chunk)
            if len(body) > most:
                raise _too_big(most)
            if _held > HELD and len(body) > SMALL:
                raise Problem(
                    503,
                    "Busy",
                    f"Too much is being sent here at once; try again in {RETRY_S} s.",
                    {hdrs.RETRY_AFTER: str(RETRY_S)},
                )
        return body
    finally:
        _held -= len(body)


def _too_big(most: int) -> Problem:
    return Problem(
        413, "Too big", f"The body has too many characters: at most {most:,} bytes are accepted."
    )
