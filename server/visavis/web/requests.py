"""What a request may be made of, seen to before anything reads it.

A path and a query that pass here are text which the database and the file system can be asked
about; header fields are made so where they are read (`header`).
"""

from aiohttp import web
from aiohttp.typedefs import Handler

from visavis.inputs import fits, mended
from visavis.web.problems import Problem

PATH = 1_000
"""Characters; no address of this server is half as long."""
QUERY = 4_000
SHOWN = 80
"""Characters of a parameter's name that an answer says back."""


@web.middleware
async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses paths and queries that can't mean anything here. Put it inside
    ``problems.middleware``."""
    if len(request.raw_path.partition("?")[0]) > PATH or not fits(request.path):
        raise Problem(404, "Not Found", "There is nothing at this path.")
    if len(request.query_string) > QUERY:
        raise Problem(414, "URI Too Long", f"A query may have {QUERY:,} characters.")
    for name, value in request.query.items():
        if not fits(name + value):
            raise _unfit(mended(name)[:SHOWN])
    return await handler(request)


def _unfit(parameter: str) -> Problem:
    told = "has NUL or half a character in it."
    error = {"field": parameter, "message": told}
    return Problem(422, "Wrong input", f"{parameter}: {told}", errors=[error])


def header(request: web.Request, name: str, most: int) -> str:
    """A header field's text, as it can be kept: ``most`` characters, bytes that aren't UTF-8 as
    U+FFFD; empty if it isn't there."""
    return mended(request.headers.get(name, "")[:most])
