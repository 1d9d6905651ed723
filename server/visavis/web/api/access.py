"""Who asks, and what they may see: tokens, roles, and the cookie of the pages.

A token is sent as ``Authorization: Bearer``, or given once to ``POST /api/sign-in``, which puts it
into a cookie that scripts can't read and other sites can't send. Tokens stand in the settings
(``access``); the server makes one for its operator at its first start and keeps it in the data
folder, readable by its own user only.
"""

import hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from aiohttp import hdrs, web

from visavis.web.problems import Problem

COOKIE = "visavis"
COOKIE_S = 30 * 86_400
OPERATOR = "operator"


class Role(IntEnum):
    """Each may do all that those before it may."""

    CALLER = 1
    """Sees what is their own."""
    TESTER = 2
    """Sees all calls, and judges."""
    TRAINER = 3
    """Teaches signs."""
    OPERATOR = 4
    """Does everything."""


@dataclass(frozen=True)
class Person:
    """Who asks. ``user_id`` is their row's."""

    username: str
    user_id: str
    role: Role

    @property
    def only(self) -> str | None:
        """Whose rows they may see: None, everybody's."""
        return self.user_id if self.role is Role.CALLER else None


class Access:
    """The tokens that open this server."""

    def __init__(self, tokens: Sequence[tuple[str, Person]]) -> None:
        self._tokens = tokens

    def who(self, request: web.Request) -> Person:
        """Raises a 401 problem for a wrong token, and for none."""
        return self.holder(_token(request))

    def found(self, request: web.Request) -> Person | None:
        """Who it is, if a token says so."""
        return self._found(_token(request))

    def holder(self, token: str) -> Person:
        """Whose token this is. Raises a 401 problem."""
        found = self._found(token)
        if found is None:
            raise Problem(
                401,
                "Not signed in",
                "This token is not one that the server knows."
                if token
                else "Send a token as Authorization: Bearer, or sign in.",
                {hdrs.WWW_AUTHENTICATE: 'Bearer realm="api"'},
            )
        return found

    def _found(self, token: str) -> Person | None:
        found = None
        for known, person in self._tokens:  # all of them, so that the time taken tells nothing
            if token and hmac.compare_digest(known.encode(), token.encode(errors="surrogatepass")):
                found = person
        return found


def _token(request: web.Request) -> str:
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")


def need(person: Person, role: Role) -> None:
    """Raises a 403 problem unless the person may do what needs ``role``."""
    if person.role < role:
        raise Problem(
            403,
            "Not allowed",
            f"This needs the role {role.name.lower()}; {person.username} is a "
            f"{person.role.name.lower()}.",
        )


def own_token(file: Path) -> str:
    """The operator's token in ``file``, made at the first start. Raises OSError."""
    try:
        if token := file.read_text().strip():
            file.chmod(0o600)
            return token
    except FileNotFoundError:
        pass
    token = secrets.token_urlsafe(24)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(token + "\n")
    return token


def sign_in(response: web.Response, token: str, *, secure: bool) -> None:
    """Let the browser send the token by itself from now on."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_S,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=secure,
    )
