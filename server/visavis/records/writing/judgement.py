"""What people think of what was made: ``judgement``, a score from -1 to 1, perhaps a comment.

A judgement is never changed. Who judges the same thing anew, or takes theirs back, withdraws the
one before: it stays, with the time, because how opinions change is worth knowing. In a call the
rows go through the journal, for nobody waits for them (`JudgementRows`); elsewhere somebody waits
to see them, and they are written at once (`judge`, `withdraw`).
"""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from sqlalchemy import insert
from uuid_utils.compat import uuid7

from visavis.records.postgres.statements import execute
from visavis.records.reading.reader import Reader, Row
from visavis.records.tables import JUDGED
from visavis.records.tables.quality import judgement, judging
from visavis.records.writing.rows import TableRows

MAX_COMMENT = 4_000
"""Characters."""


class NothingToJudge(Exception):
    """There is no such row."""


class JudgementRows:
    """Methods put rows, return at once and never raise."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows

    def add(
        self, kind: str, target: UUID, score: float, *, user: str, comment: str | None = None
    ) -> UUID:
        """A judgement from -1 to 1 by the user of this id about a row of the table ``kind``."""
        assert kind in JUDGED  # names a table
        row = self._rows.add("judgement", score=score, user_id=user, comment=comment)
        self._rows.put(f"judgement_{kind}", judgement_id=row, target_id=target)
        return row

    def withdrawn(self, row: UUID) -> None:
        """It was taken back, or another one took its place."""
        self._rows.put("judgement", id=row, active=False, withdrawn=self._rows.now())


async def judge(
    reader: Reader, kind: str, target: UUID, score: float, user_id: str, comment: str | None
) -> Row:
    """A judgement of the row ``target`` of the table ``kind`` (one of ``JUDGED``), ``score`` from
    -1 to 1; the row that was made. Raises `NothingToJudge` and `reader.Away`."""
    row, now = uuid7(), datetime.now(UTC)
    made = {"id": row, "created": now, "score": score, "user_id": user_id, "comment": comment}
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
        about = {"judgement_id": row, "target_id": target}
        try:
            await execute(connection, insert(judgement).values(**made))
            await execute(connection, insert(judging[kind]).values(**about))
        except asyncpg.ForeignKeyViolationError:
            raise NothingToJudge(f"There is no {kind} {target}.") from None
    found = await reader.row(
        "select to_jsonb(j) || jsonb_build_object('user', u.username) as row from judgement j "
        "join users u using (user_id) where j.id = $1",
        row,
    )
    assert found is not None  # it was just made
    return dict(found["row"])


async def withdraw(reader: Reader, row: UUID, user_id: str | None) -> bool:
    """Take a judgement back; again is no error. False when there is none, or none of
    ``user_id``'s (None: anybody's)."""
    done = await reader.rows(
        "update judgement set active = false, withdrawn = coalesce(withdrawn, now()) "
        "where id = $1 and ($2::text is null or user_id = $2) returning id",
        row,
        user_id,
    )
    return bool(done)
