"""Calls: those going on, those there were, and all of one."""

from typing import Any

from pydantic import BaseModel

from visavis.records.reading import session as reading
from visavis.web.api.access import Person, Role
from visavis.web.api.context import ApiContext
from visavis.web.api.operations import Given, Nothing, missing, operation
from visavis.web.api.shapes import ById, JsonRow, Moment, Name, Page, Rows, page


class SessionsQuery(Page):
    """Which sessions."""

    user: Name | None = None
    deployment: Name | None = None
    since: Moment | None = None
    until: Moment | None = None
    ending: Name | None = None
    with_faults: bool = False


class TurnRows(BaseModel):
    """One exchange; ``rows`` by table."""

    turn_id: str
    rows: dict[str, list[JsonRow]]


class Timeline(BaseModel):
    """All of a session: its modes in order, its turns in order, and what belongs to none."""

    session: JsonRow
    modes: list[dict[str, Any]]
    turns: list[TurnRows]
    rest: dict[str, list[JsonRow]]


@operation("GET", "/calls", Role.TESTER, answer=Rows)
async def live_calls(context: ApiContext, who: Person, given: Given[Any, Any, Any]) -> Any:
    """The calls of this node that are going on now."""
    return {"items": [dict(call) for call in context.live()]}


@operation("GET", "/sessions", Role.CALLER, query=SessionsQuery, answer=Rows)
async def list_sessions(
    context: ApiContext, who: Person, given: Given[Nothing, SessionsQuery, Nothing]
) -> Any:
    """The latest sessions; a caller's own only."""
    query = given.query
    wanted = reading.SessionFilter(
        user_id=who.only,
        user=query.user,
        deployment=query.deployment,
        since=query.since,
        until=query.until,
        ending=query.ending,
        with_faults=query.with_faults,
        before=query.cursor,
    )
    return page(await reading.sessions(context.reader, wanted, query.limit), query.limit)


@operation("GET", "/sessions/{id}", Role.CALLER, path=ById, answer=JsonRow)
async def get_session(
    context: ApiContext, who: Person, given: Given[ById, Nothing, Nothing]
) -> Any:
    """One session, its client and the configuration that was in force."""
    found = await reading.session(context.reader, given.path.id, who.only)
    if found is None:
        raise missing("such session")
    return found


@operation("GET", "/sessions/{id}/timeline", Role.CALLER, path=ById, answer=Timeline)
async def get_timeline(
    context: ApiContext, who: Person, given: Given[ById, Nothing, Nothing]
) -> Any:
    """All that was kept of a session, turn by turn, with its whole lineage."""
    session = await get_session(context, who, given)
    return {"session": session, **await reading.timeline(context.reader, given.path.id)}
