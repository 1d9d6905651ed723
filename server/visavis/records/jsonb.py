"""``jsonb`` between asyncpg and Python."""

import json

import asyncpg

from visavis.records.values import loads


async def speak_jsonb(connection: asyncpg.Connection) -> None:
    """Let the connection give and take what ``jsonb`` holds, not its text; too deep, it is cut."""
    await connection.set_type_codec(
        "jsonb", encoder=json.dumps, decoder=loads, schema="pg_catalog"
    )
