"""Rows into Postgres, inside a transaction: what can't be written is left out, with its reason."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

import asyncpg

from visavis.records.journal.blame import Blame, NoSuchRow, blame, name
from visavis.records.journal.segments import JournalEntry
from visavis.records.journal.statements import BoundStatement, call
from visavis.records.tables import key_of

_KEY = re.compile(r"\((\w+)\)=\((.+?)\) ")
"""The column and the value in what Postgres says of a broken reference, in any language."""


class Ready(NamedTuple):
    """A row and its statement."""

    entry: JournalEntry
    call: BoundStatement

    @property
    def key(self) -> Any:
        """The value of its primary key."""
        return self.entry.row[key_of(self.entry.table)]


class RefusedRow(NamedTuple):
    """A row that can't be written. ``kind`` is the reason without any value of the row."""

    entry: JournalEntry
    kind: str
    reason: str
    waiting: Ready | None = None
    """The row with its statement, where what it refers to may still come."""


def prepare(entries: Sequence[JournalEntry]) -> tuple[list[Ready], list[RefusedRow]]:
    """Each row with its statement, and those for which there is none. Blocks for some ms."""
    ready: list[Ready] = []
    refused: list[RefusedRow] = []
    for entry in entries:
        try:
            if entry.wrong:
                raise ValueError(entry.wrong)
            ready.append(Ready(entry, call(entry.table, entry.row)))
        except Exception as error:  # whatever a row holds, it is the row's fault
            refused.append(RefusedRow(entry, name(error), f"{name(error)}: {error}"))
    return ready, refused


class Missing(NamedTuple):
    """A row that isn't there, as a row of ``table`` refers to it: its ``column`` holds ``key``."""

    table: str
    column: str
    key: str

    def named_by(self, row: Ready) -> bool:
        """Whether ``row`` refers to it too."""
        return row.entry.table == self.table and row.entry.row.get(self.column) == self.key


async def insert(connection: asyncpg.Connection, rows: Sequence[Ready]) -> list[RefusedRow]:
    """Run the statements in order, within a transaction of the caller's; those refused come back.

    They are found behind a savepoint, so that nothing is synced for them: the error names the row,
    else what failed is halved. Of rows that refer to the same missing one only the first is tried.
    Raises what is not for sure a row's fault.
    """
    refused: list[RefusedRow] = []
    parts = [list(rows)]
    await connection.execute("savepoint part")
    while parts:
        part = parts.pop()
        try:
            await _execute(connection, part)
            await connection.execute("release savepoint part; savepoint part")
        except Exception as error:
            if blame(error) is not Blame.ROW:
                raise
            await connection.execute("rollback to savepoint part")
            at = 0 if len(part) == 1 else _named(error, part)
            if at is None:
                half = len(part) // 2
                parts += (part[half:], part[:half])
                continue
            refused.append(_refused(part[at], error))
            parts += (rest for rest in (part[at + 1 :], part[:at]) if rest)
            if missing := _missing(error):
                refused += [_refused(row, error) for row in _orphans(parts, missing)]
    return refused


async def _execute(connection: asyncpg.Connection, rows: Sequence[Ready]) -> None:
    """Equal neighbours together."""
    for statement, group in groupby(rows, key=lambda row: row.call.statement):
        arguments = [row.call.arguments for row in group]
        if not statement.is_update:
            await connection.executemany(statement.sql, arguments)
        elif len(await connection.fetchmany(statement.sql, arguments)) < len(arguments):
            raise NoSuchRow("the row to change is not there")


def _refused(row: Ready, error: Exception) -> RefusedRow:
    waits = isinstance(error, asyncpg.ForeignKeyViolationError | NoSuchRow)
    return RefusedRow(row.entry, name(error), f"{name(error)}: {error}", row if waits else None)


def _named(error: Exception, rows: Sequence[Ready]) -> int | None:
    """The row that the error is about, the first of them to fail; None when it doesn't say."""
    if missing := _missing(error):
        return next((at for at, row in enumerate(rows) if missing.named_by(row)), None)
    table, detail = getattr(error, "table_name", None), getattr(error, "detail", None) or ""
    # "Failing row contains (...)", in any language; its first column is its key.
    failing = detail.partition("(")[2]
    for at, row in enumerate(rows):
        if row.entry.table == table and failing.startswith(f"{row.key}, "):
            return at
    return None


def _missing(error: Exception) -> Missing | None:
    if not isinstance(error, asyncpg.ForeignKeyViolationError):
        return None
    found = _KEY.search(error.detail or "")
    return Missing(error.table_name or "", found[1], found[2]) if found else None


def _orphans(parts: Sequence[list[Ready]], missing: Missing) -> list[Ready]:
    """Take out of ``parts``, the last of which comes next, the rows that refer to ``missing``; not
    those after the missing row itself."""
    orphans: list[Ready] = []
    for part in reversed(parts):
        kept: list[Ready] = []
        for at, row in enumerate(part):
            if missing.named_by(row):
                orphans.append(row)
            elif row.key == missing.key:
                part[:at] = kept
                return orphans
            else:
                kept.append(row)
        part[:] = kept
    return orphans
