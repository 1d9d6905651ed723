"""Who a call is from, as far as the request says so: ``POST /calls?as=USER`` and the sign-in.

Who holds a caller's token calls as themself. ``as`` names a person (by username or id) for whom
the call is made: a trainer may name anybody, others only themselves. Without either, callers share
the name that the settings give.
"""

from aiohttp import web

from visavis.call.rtc.caller import Caller
from visavis.records.reading.reader import Away
from visavis.web.api.access import Role
from visavis.web.api.context import ApiContext
from visavis.web.problems import Problem


class Callers:
    """Tells who a call is made for, from the request's token and its `?as=`."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    def known(self, request: web.Request) -> bool:
        """Whether the request shows a token that opens this server."""
        return self._context.access.found(request) is not None

    async def caller(self, request: web.Request) -> Caller | None:
        """None: nobody in particular. Raises a 401, 403, 404 or 503 problem."""
        wanted = request.query.get("as", "")
        if not wanted:
            person = self._context.access.found(request)
            if person is None or person.role is not Role.CALLER:
                return None
            return Caller(person.user_id, person.username, known=True)
        person = self._context.access.who(request)
        if wanted in (person.user_id, person.username):
            return Caller(person.user_id, person.username, known=True)
        if person.role < Role.TRAINER:
            raise Problem(403, "Not allowed", "Only a trainer may call for somebody else.")
        return await self._named(wanted)

    async def _named(self, wanted: str) -> Caller:
        try:
            row = await self._context.reader.row(
                "select user_id, username from users where user_id = $1 or username = $1",
                wanted,
            )
        except Away:
            raise Problem(
                503,
                "The database is away",
                "Who this is can't be looked up just now. Try again in a moment.",
            ) from None
        if row is None:
            raise Problem(
                404,
                "No such person",
                f"There is no person {wanted[:80]!r} here. Create them on the page /teach.",
            )
        return Caller(row["user_id"], row["username"] or row["user_id"], known=True)
