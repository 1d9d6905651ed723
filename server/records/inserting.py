"""Rows into Postgres, inside a transaction: what can't be written is left out, with its reason."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import asyncpg

from server.records.blame import Blame, NoSuchRow, blame, name
from server.records.segments import Entry
from server.records.statements import Call, call


class Ready(NamedTuple):
    """A row and its statement."""

    entry: Entry
    call: Call


class Refused(NamedTuple):
    """A row that can't be written. ``kind`` is the reason without any value of the row."""

    entry: Entry
    kind: str
    reason: str
    waiting: Ready | None = None
    """The row with its statement, where what it refers to may still come."""


def prepare(entries: Sequence[Entry]) -> tuple[list[Ready], list[Refused]]:
    """Each row with its statement, and those for which there is none. Blocks for some ms."""
    ready: list[Ready] = []
    refused: list[Refused] = []
    for entry in entries:
        try:
            if entry.wrong:
                raise ValueError(entry.wrong)
            ready.append(Ready(entry, call(entry.table, entry.row)))
        except Exception as error:  # whatever a row holds, it is the row's fault
            refused.append(Refused(entry, name(error), f"{name(error)}: {error}"))
    return ready, refused


async def insert(connection: asyncpg.Connection, rows: Sequence[Ready]) -> list[Refused]:
    """Run the statements in order, within a transaction of the caller's; those refused come back.

    They are found by halving, each half behind a savepoint, so that nothing is synced for them.
    Raises what is not for sure a row's fault.
    """
    if not rows:
        return []
    try:
        async with connection.transaction():
            await _execute(connection, rows)
    except Exception as error:
        if blame(error) is not Blame.ROW:
            raise
        if len(rows) > 1:
            half = len(rows) // 2
            before = await insert(connection, rows[:half])
            return before + await insert(connection, rows[half:])
        parent_missing = isinstance(error, asyncpg.ForeignKeyViolationError | NoSuchRow)
        again = rows[0] if parent_missing else None
        return [Refused(rows[0].entry, name(error), f"{name(error)}: {error}", again)]
    return []


async def _execute(connection: asyncpg.Connection, rows: Sequence[Ready]) -> None:
    """Equal neighbours together."""
    for statement, group in groupby((row.call for row in rows), key=lambda one: one.statement):
        arguments = [one.arguments for one in group]
        if not statement.is_update:
            await connection.executemany(statement.sql, arguments)
        elif len(await connection.fetchmany(statement.sql, arguments)) < len(arguments):
            raise NoSuchRow("the row to change is not there")
