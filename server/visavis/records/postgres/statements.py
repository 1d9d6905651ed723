"""SQLAlchemy's statements as asyncpg takes them: text with $1, $2, …, and arguments in order."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

_DIALECT = dialect()  # type: ignore[no-untyped-call]


class Compiled(NamedTuple):
    """``names``: what the arguments are, in their order; ``values``: those that are known."""

    sql: str
    names: tuple[str, ...]
    values: dict[str, Any]


def compiled(statement: UpdateBase, columns: Sequence[str] | None = None) -> Compiled:
    """The statement for asyncpg; ``columns`` are those written, where it doesn't hold values."""
    made = statement.compile(dialect=_DIALECT, column_keys=columns)
    assert isinstance(made, SQLCompiler)
    return Compiled(made.string, tuple(made.positiontup or ()), dict(made.params))


async def execute(connection: asyncpg.Connection, statement: UpdateBase) -> list[asyncpg.Record]:
    """Run a statement that holds its values; the rows that it returns. Raises what asyncpg does."""
    sql, names, values = compiled(statement)
    return list(await connection.fetch(sql, *(values[name] for name in names)))
