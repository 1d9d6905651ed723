"""Errors as callers of the API see them: a status, a title and a sentence (RFC 9457)."""

import json
from collections.abc import Callable, Mapping, Sequence

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

log = structlog.get_logger(__name__)


class Problem(Exception):
    """Raise it in a handler; the middleware answers with it."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """``errors``: each wrong ``field`` with a ``message``."""
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = headers or {}
        self.errors = errors

    def response(self) -> web.Response:
        """``application/problem+json``."""
        body: dict[str, object] = {
            "status": self.status,
            "title": self.title,
            "detail": self.detail,
        }
        body |= {"errors": [*self.errors]} if self.errors else {}
        return web.Response(
            status=self.status,
            # What was sent may be said back, and be half characters.
            body=json.dumps(body, ensure_ascii=False).encode(errors="replace"),
            content_type="application/problem+json",
            headers=self.headers,
        )


FAILED = Problem(
    500, "The server failed", "Something went wrong here, not at your end; it has been recorded."
)


def middleware(on_fault: Callable[[str, str], None] = lambda kind, message: None) -> Middleware:
    """Every error becomes a problem document; one that nobody foresaw is also a fault.

    The trace goes to the log and never outside; ``on_fault(kind, message)`` gets the exception's
    class and text.
    """

    @web.middleware
    async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Problem as problem:
            return problem.response()
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return _of_http(request, error).response()
        except ConnectionResetError:
            raise
        except Exception as error:
            log.exception("request_failed", path=request.path[:SHOWN])
            on_fault("web", f"{request.method} {request.path}: {type(error).__name__}: {error}")
            return FAILED.response()

    return problems


SHOWN = 100
"""Characters of a path that are said back."""

_SENTENCES: dict[int, Callable[[web.Request], str]] = {
    404: lambda request: f"There is nothing at {request.path[:SHOWN]}.",
    405: lambda request: f"{request.path[:SHOWN]} does not answer {request.method}.",
}


def _of_http(request: web.Request, error: web.HTTPException) -> Problem:
    sentence = _SENTENCES.get(error.status)
    detail = sentence(request) if sentence else (error.text or error.reason)
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return Problem(error.status, error.reason, detail, headers)
