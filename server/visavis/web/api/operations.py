"""An operation of the API: its way from a request to an answer, and its entry in the document."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from visavis.inputs import Refused, parse_json
from visavis.records.reading.reader import Away
from visavis.web import bodies
from visavis.web.api.access import Person, Role, need
from visavis.web.api.context import ApiContext
from visavis.web.problems import Problem

PREFIX = "/api"
MAX_BODY = 256 * 1024
MAX_PARTS = 10_000
"""Values in a body, or commas in its texts."""
AWAY_S = 5
UNFIT = "has NUL or half a character in it."


class Asked(BaseModel):
    """The base of what is asked: nothing but what it names."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Asked):
    """Neither path, nor query, nor body."""


P = TypeVar("P", bound=Asked)
Q = TypeVar("Q", bound=Asked)
B = TypeVar("B", bound=Asked)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Given(Generic[P, Q, B]):
    """What a request says, checked."""

    path: P
    query: Q
    body: B
    request: web.Request


Handler = Callable[[ApiContext, Person, Given[Any, Any, Any]], Awaitable[Any]]
"""Returns what the answer's model takes, or a response of its own."""


@dataclass(frozen=True)
class Operation:
    """One of the API's."""

    method: str
    at: str
    role: Role
    path: type[Asked]
    query: type[Asked]
    body: type[Asked]
    answer: Any
    """A model or a type; None: 204, or a response of the handler's own."""
    status: int
    media: str
    """The media type of an answer that isn't JSON."""
    handler: Handler

    @property
    def name(self) -> str:
        """Its ``operationId``."""
        return self.handler.__name__

    @property
    def says(self) -> str:
        """What it does, in words."""
        return " ".join((self.handler.__doc__ or "").split())


OPERATIONS: list[Operation] = []
"""All there are, once their modules have been imported."""


def operation(
    method: str,
    at: str,
    role: Role,
    *,
    path: type[Asked] = Nothing,
    query: type[Asked] = Nothing,
    body: type[Asked] = Nothing,
    answer: Any = None,
    status: int = 200,
    media: str = "",
) -> Callable[[Handler], Handler]:
    """Make the decorated handler an operation."""

    def register(handler: Handler) -> Handler:
        code = 204 if answer is None and not media else status
        OPERATIONS.append(
            Operation(method, at, role, path, query, body, answer, code, media, handler)
        )
        return handler

    return register


def route(context: ApiContext, one: Operation) -> web.RouteDef:
    """The operation as aiohttp serves it."""
    adapter = TypeAdapter(one.answer) if one.answer is not None else None

    async def serve(request: web.Request) -> web.StreamResponse:
        person = context.access.who(request)
        need(person, one.role)
        given = Given(
            path=_checked(one.path, dict(request.match_info), "path"),
            query=_checked(one.query, _query(request), "query"),
            body=Nothing() if one.body is Nothing else await read(one.body, request),
            request=request,
        )
        try:
            answer = await one.handler(context, person, given)
        except Away:
            raise Problem(
                503,
                "The database is away",
                "What was kept can't be read just now. Calls go on and nothing is lost; "
                "try again in a moment.",
                {hdrs.RETRY_AFTER: str(AWAY_S)},
            ) from None
        if isinstance(answer, web.StreamResponse):
            return answer
        if adapter is None:
            return web.Response(status=one.status)
        body = await asyncio.to_thread(lambda: adapter.dump_json(adapter.validate_python(answer)))
        return web.Response(
            status=one.status, body=body, content_type="application/json", charset="utf-8"
        )

    return web.route(one.method, PREFIX + one.at, serve)


def refused(field: str, message: str, status: int = 422) -> Problem:
    """One field is wrong."""
    return Problem(
        status, "Wrong input", f"{field}: {message}", errors=[{"field": field, "message": message}]
    )


def missing(what: str) -> Problem:
    """It isn't there, or isn't the asker's to see."""
    return Problem(404, "Not there", f"There is no {what}, or it is not yours to see.")


def _query(request: web.Request) -> dict[str, str]:
    """Raises a problem for a parameter that stands twice."""
    found: dict[str, str] = {}
    for name, value in request.query.items():
        if name in found:
            raise refused(name, "stands twice; give it once.")
        found[name] = value
    return found


async def read(model: type[M], request: web.Request, most: int = MAX_BODY) -> M:
    """The body, of at most ``most`` bytes, as ``model``. Raises a problem that names what is wrong
    with it."""
    if request.content_type != "application/json":
        raise Problem(
            415, "Wrong content type", f"Send application/json; this was {request.content_type}."
        )
    try:
        told = parse_json(await bodies.text(request, most), parts=MAX_PARTS)
    except Refused as reason:
        if reason.field:
            raise refused(reason.field, UNFIT) from None
        raise Problem(400, "Not taken", f"The body can't be taken. {reason}") from None
    if not isinstance(told, dict):
        raise Problem(422, "Wrong input", "The body must be a JSON object.")
    return _checked(model, told, "body")


def _checked(model: type[M], found: Mapping[str, Any], where: str) -> M:
    try:
        return model.model_validate(dict(found))
    except ValidationError as wrong:
        errors = [
            {"field": ".".join(map(str, e["loc"])) or where, "message": _said(e)}
            for e in wrong.errors(include_url=False, include_context=False)[:20]
        ]
        first = errors[0]
        status = 404 if where == "path" else 422
        raise Problem(
            status, "Wrong input", f"{first['field']}: {first['message']}", errors=errors
        ) from None


def _said(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "is not known here."
    return f"{str(error['msg'])[:200]}."
