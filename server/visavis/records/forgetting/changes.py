"""Blanking and removing rows, and counting them."""

import asyncpg

from visavis.records.forgetting.report import Forgotten
from visavis.records.tables import metadata


async def blank(
    connection: asyncpg.Connection,
    gone: Forgotten,
    table: str,
    columns: dict[str, str],
    which: str,
    *arguments: object,
) -> None:
    """Set the columns (to SQL) of the rows for which ``which`` holds and that aren't so yet."""
    kinds = metadata.tables[table].columns
    values = {
        name: f"{value}::jsonb" if str(kinds[name].type) == "JSONB" else value
        for name, value in columns.items()
    }
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
