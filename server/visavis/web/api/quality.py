"""Faults, measures, and how long callers waited."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from visavis.records.reading import performance_log as reading
from visavis.records.reading.faults import faults
from visavis.records.reading.filtered import RowFilter
from visavis.web.api.access import Person, Role
from visavis.web.api.context import ApiContext
from visavis.web.api.operations import Asked, Given, Nothing, operation
from visavis.web.api.shapes import JsonRow, Moment, Name, Page, PageSize, Rows, page


class RowsQuery(Page):
    """Of which call, and from when to when."""

    session: UUID | None = None
    since: Moment | None = None
    until: Moment | None = None

    def as_filter(self, kind: str | None, who: Person) -> RowFilter:
        """Those of ``kind``, and of a caller's own calls only."""
        return RowFilter(kind, self.session, self.since, self.until, self.cursor, who.only)


class FaultsQuery(RowsQuery):
    """Which faults."""

    type: Name | None = None


class MeasuresQuery(RowsQuery):
    """Which measures."""

    measure: Name | None = None


class TurnsQuery(Asked):
    """Which answered turns."""

    since: Moment | None = None
    until: Moment | None = None
    order: Literal["slowest", "newest"] = "slowest"
    limit: PageSize = 10


class LatencyQuery(Asked):
    """From when on, and how finely."""

    since: Moment
    bucket: Literal["hour", "day"] = "hour"


class Latency(BaseModel):
    """By time and by version: count, p50 and p95 in ms, and the mean of each stage."""

    buckets: list[dict[str, Any]]
    versions: list[JsonRow]


@operation("GET", "/faults", Role.CALLER, query=FaultsQuery, answer=Rows)
async def list_faults(
    context: ApiContext, who: Person, given: Given[Nothing, FaultsQuery, Nothing]
) -> Any:
    """What went wrong, the newest first; a caller's own only."""
    query = given.query
    wanted = query.as_filter(query.type, who)
    return page(await faults(context.reader, wanted, query.limit), query.limit)


@operation("GET", "/performance", Role.CALLER, query=MeasuresQuery, answer=Rows)
async def list_measures(
    context: ApiContext, who: Person, given: Given[Nothing, MeasuresQuery, Nothing]
) -> Any:
    """What was measured, the newest first; a caller's own only."""
    query = given.query
    wanted = query.as_filter(query.measure, who)
    return page(await reading.measures(context.reader, wanted, query.limit), query.limit)


@operation("GET", "/performance/slowest", Role.CALLER, query=TurnsQuery, answer=Rows)
async def slowest_turns(
    context: ApiContext, who: Person, given: Given[Nothing, TurnsQuery, Nothing]
) -> Any:
    """Answered turns with the stages that their waiting is made of."""
    query = given.query
    items = await reading.slowest(
        context.reader,
        since=query.since,
        until=query.until,
        limit=query.limit,
        order=query.order,
        user_id=who.only,
    )
    return {"items": [{**item, "created": item["created"].isoformat()} for item in items]}


@operation("GET", "/performance/latency", Role.TESTER, query=LatencyQuery, answer=Latency)
async def latency(
    context: ApiContext, who: Person, given: Given[Nothing, LatencyQuery, Nothing]
) -> Any:
    """How long callers waited, over time and by version of the system."""
    return await reading.latency(context.reader, since=given.query.since, bucket=given.query.bucket)
