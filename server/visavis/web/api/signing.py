"""Signing in and out of the operator's page, and who is signed in."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field

from visavis.web.api.access import COOKIE, Person, Role, sign_in
from visavis.web.api.context import ApiContext
from visavis.web.api.operations import PREFIX, Asked, Given, operation, read

MAX_SIGN_IN = 4_000
"""Bytes that a stranger may send."""


class Me(BaseModel):
    """Who asks."""

    username: str
    user_id: str
    role: str


@operation("GET", "/me", Role.CALLER, answer=Me)
async def me(context: ApiContext, who: Person, given: Given[Any, Any, Any]) -> Any:
    """Who asks, and as what."""
    return {"username": who.username, "user_id": who.user_id, "role": who.role.name.lower()}


class SignIn(Asked):
    """The token that a person was given."""

    token: Annotated[str, Field(min_length=1, max_length=500)]


def routes(context: ApiContext) -> list[web.RouteDef]:
    """What needs no token yet, or any longer."""

    async def enter(request: web.Request) -> web.Response:
        asked = await read(SignIn, request, MAX_SIGN_IN)
        context.access.holder(asked.token)
        response = web.Response(status=204)
        sign_in(response, asked.token, secure=context.secure)
        return response

    async def leave(request: web.Request) -> web.Response:
        response = web.Response(status=204)
        response.del_cookie(COOKIE, path="/")
        return response

    return [web.post(f"{PREFIX}/sign-in", enter), web.delete(f"{PREFIX}/sign-in", leave)]
