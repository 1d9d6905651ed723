"""Rows that calls and the node leave one by one, by kind, session and time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from visavis.records.reading.reader import Reader, Row


@dataclass(frozen=True)
class RowFilter:
    """Which faults or measures; None: any."""

    kind: str | None = None
    """A fault's type, or a measure."""
    session: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None
    user_id: str | None = None


async def filtered(
    reader: Reader, table: str, kind: str, wanted: RowFilter, limit: int
) -> list[Row]:
    """Rows of ``table``, the newest first; ``kind`` is the column that says of what kind one is."""
    rows = await reader.rows(
        f"select to_jsonb(t) as row from {table} t where ($1::text is null or t.{kind} = $1) "
        "and ($2::uuid is null or t.session_id = $2) "
        "and ($3::timestamptz is null or t.created >= $3) "
        "and ($4::timestamptz is null or t.created < $4) "
        "and ($5::uuid is null or t.id < $5) "
        "and ($6::text is null or t.session_id in (select id from session where user_id = $6)) "
        "order by t.id desc limit $7",
        wanted.kind,
        wanted.session,
        wanted.since,
        wanted.until,
        wanted.before,
        wanted.user_id,
        limit,
    )
    return [row["row"] for row in rows]
