"""Connections to Postgres for few questions, each opened for its own."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from visavis.records.values import loads

AWAY: tuple[type[Exception], ...] = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a question raises when the database can't answer; OSError includes TimeoutError."""


async def speak_jsonb(connection: asyncpg.Connection) -> None:
    """Let the connection give and take what ``jsonb`` holds, not its text; too deep, it is cut."""
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=loads, schema="pg_catalog")


@asynccontextmanager
async def connected(
    url: str, *, timeout: float = 5.0, command_timeout: float = 15.0
) -> AsyncIterator[asyncpg.Connection]:
    """A connection that speaks ``jsonb``, and is closed afterwards; both times are in s.

    Raises one of `AWAY`.
    """
    connection = await asyncpg.connect(url, timeout=timeout, command_timeout=command_timeout)
    try:
        await speak_jsonb(connection)
        yield connection
    finally:
        await connection.close()


async def ask(url: str, query: str, *arguments: object) -> list[dict[str, Any]]:
    """The rows of one answer. Raises one of `AWAY`."""
    async with connected(url) as connection:
        return [dict(row) for row in await connection.fetch(query, *arguments)]
