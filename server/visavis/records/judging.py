"""What people think of what was made: a score from -1 to 1, perhaps a comment.

A judgement is never changed. Who judges the same thing anew, or takes theirs back, withdraws the
one before: it stays, with the time, because how opinions change is worth knowing. These rows are
written at once and not by the journal, since somebody waits to see them (in a call
`Recorder.judged` writes them the other way).
"""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from visavis.records.reading.reader import Reader, Row
from visavis.records.tables import JUDGED

MAX_COMMENT = 4_000
"""Characters."""


class NothingToJudge(Exception):
    """There is no such row."""


async def judge(
    reader: Reader, kind: str, target: UUID, score: float, user_id: str, comment: str | None
) -> Row:
    """A judgement of the row ``target`` of the table ``kind`` (one of ``JUDGED``), ``score`` from
    -1 to 1; the row that was made. Raises `NothingToJudge` and `reader.Away`."""
    row, now = uuid7(), datetime.now(UTC)
    async with reader.connection() as connection, connection.transaction():
        # Two at once would not see each other's, and both stay in force.
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{user_id} {target}"
        )
        await connection.execute(
            "update judgement set active = false, withdrawn = $1 where active and user_id = $2 "
            f"and id in (select judgement_id from judgement_{kind} where target_id = $3)",
            now,
            user_id,
            target,
        )
        try:
            await connection.execute(
                "insert into judgement (id, created, score, user_id, comment) "
                "values ($1, $2, $3, $4, $5)",
                row,
                now,
                score,
                user_id,
                comment,
            )
            await connection.execute(f"insert into judgement_{kind} values ($1, $2)", row, target)
        except asyncpg.ForeignKeyViolationError:
            raise NothingToJudge(f"There is no {kind} {target}.") from None
    found = await reader.row(
        "select to_jsonb(j) || jsonb_build_object('user', u.username) as row from judgement j "
        "join users u using (user_id) where j.id = $1",
        row,
    )
    assert found is not None  # it was just made
    return dict(found["row"])


async def withdraw(reader: Reader, judgement: UUID, user_id: str | None) -> bool:
    """Take a judgement back; again is no error. False when there is none, or none of
    ``user_id``'s (None: anybody's)."""
    done = await reader.rows(
        "update judgement set active = false, withdrawn = coalesce(withdrawn, now()) "
        "where id = $1 and ($2::text is null or user_id = $2) returning id",
        judgement,
        user_id,
    )
    return bool(done)


async def listed(
    reader: Reader, *, user: str | None, active: bool | None, before: UUID | None, limit: int
) -> list[Row]:
    """The newest first, each with ``kind`` and ``target_id``."""
    targets = " union all ".join(
        f"select judgement_id, '{kind}' as kind, target_id from judgement_{kind}" for kind in JUDGED
    )
    rows = await reader.rows(
        "select to_jsonb(j) || jsonb_build_object('user', u.username, 'kind', t.kind, "
        f"'target_id', t.target_id) as row from judgement j join ({targets}) t "
        "on t.judgement_id = j.id join users u using (user_id) "
        "where ($1::text is null or u.username = $1) and ($2::boolean is null or j.active = $2) "
        "and ($3::uuid is null or j.id < $3) order by j.id desc limit $4",
        user,
        active,
        before,
        limit,
    )
    return [row["row"] for row in rows]
