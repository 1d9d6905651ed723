"""How the keeping of rows itself goes."""

from typing import Any

from pydantic import BaseModel

from visavis.records.journal.backlog import in_words
from visavis.web.api.access import Person, Role
from visavis.web.api.context import ApiContext
from visavis.web.api.operations import Given, Nothing, operation


class JournalState(BaseModel):
    """Rows of this node since it began. ``says``: in words, "" while all are where they belong."""

    says: str
    backlog_rows: int
    backlog_bytes: int
    oldest_s: float
    committed: int
    set_aside: int
    dropped: int
    torn: int


@operation("GET", "/journal", Role.TESTER, answer=JournalState)
async def get_journal(
    context: ApiContext, who: Person, given: Given[Nothing, Nothing, Nothing]
) -> Any:
    """What waits for the database, and what could not be written; asks no database."""
    now = context.recorder.stats
    return {
        "says": in_words(now),
        "backlog_rows": now.backlog_rows,
        "backlog_bytes": now.backlog_bytes,
        "oldest_s": now.oldest_s,
        "committed": now.committed,
        "set_aside": now.dead,
        "dropped": now.dropped,
        "torn": now.torn,
    }
