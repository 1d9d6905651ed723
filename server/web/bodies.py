"""A request's body: small, whole in time, and text."""

import asyncio

from aiohttp import web

from server.web.problems import Problem

BODY_S = 10.0
"""A body must have arrived by then."""


async def text(request: web.Request, most: int) -> str:
    """The body as text. Raises a problem if it has more than ``most`` bytes (which is said without
    reading it, where its length is told), comes too slowly, or isn't UTF-8."""
    too_big = Problem(
        413, "Too big", f"The body has too many characters: at most {most:,} bytes are accepted."
    )
    if (request.content_length or 0) > most:
        raise too_big
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most:
                    raise too_big
        return body.decode()
    except TimeoutError:
        raise Problem(408, "Too slow", f"The body did not arrive in {BODY_S:.0f} s.") from None
    except UnicodeDecodeError:
        raise Problem(400, "Not text", "The body is not UTF-8 text.") from None
