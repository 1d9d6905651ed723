"""What several operations take and give."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, JsonValue

from visavis.web.api.operations import Asked

JsonRow = dict[str, JsonValue]
"""A row of the database as JSON: its columns by name; ids and times as strings."""

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the calendar") from None


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
"""ISO 8601 with a time zone."""
PageSize = Annotated[int, Field(ge=1, le=200)]


class ById(Asked):
    """Names one row."""

    id: UUID


class Page(Asked):
    """A page of a list, the newest first. ``cursor``: what the page before gave as ``next``."""

    limit: PageSize = 50
    cursor: UUID | None = None


class Rows(BaseModel):
    """A list; ``next`` is the cursor of its next page, null at its end."""

    items: list[JsonRow]
    next: str | None = None


def page(items: list[dict[str, Any]], limit: int, key: str = "id") -> dict[str, Any]:
    """A page of ``limit`` rows that may have a next one."""
    full = len(items) == limit
    return {"items": items, "next": str(items[-1][key]) if full else None}
