"""Blanking and removing rows, and counting them."""

import json
from typing import Any

import asyncpg

from visavis.records.forgetting.blanks import Blank
from visavis.records.forgetting.report import Forgotten


async def blank(
    connection: asyncpg.Connection,
    gone: Forgotten,
    table: str,
    columns: Blank,
    which: str,
    *arguments: object,
) -> None:
    """Set the columns of the rows for which ``which`` holds and that aren't so yet."""
    values = {name: _sql(value) for name, value in columns.items()}
    changes = ", ".join(f"{name} = {value}" for name, value in values.items())
    differs = " or ".join(f"{name} is distinct from {value}" for name, value in values.items())
    done = await connection.execute(
        f"update {table} set {changes} where ({which}) and ({differs})", *arguments
    )
    if count := int(done.split()[-1]):
        gone.blanked[table] += count


async def remove(
    connection: asyncpg.Connection, gone: Forgotten, table: str, which: str, *arguments: object
) -> None:
    """Remove the rows for which ``which`` holds."""
    done = await connection.execute(f"delete from {table} where {which}", *arguments)
    if count := int(done.split()[-1]):
        gone.removed[table] += count


def _sql(value: Any) -> str:
    """A constant of `blanks` as SQL writes it."""
    match value:
        case None:
            return "null"
        case dict() | list():
            return f"'{json.dumps(value)}'::jsonb"
        case str():
            return f"'{value}'"
        case _:  # a flag or a number
            return json.dumps(value)
