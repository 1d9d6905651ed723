"""Which files the rows of a person name."""

from uuid import UUID

import asyncpg

from visavis.records.forgetting.learnt import EXAMPLES

_FILES = {"audio": "uri", "video": "uri", "vision": "uri", "pose": "features_uri"}
_NAMING = {
    **_FILES,
    "portrait": "uri",
    "training_examples": "features_uri",
    "models": "artifact_uri",
}
"""Every column that names a file."""


async def files_of(connection: asyncpg.Connection, user: str, sessions: list[UUID]) -> set[str]:
    """The uris of the person's files; not of what a row of somebody else names too."""
    found: set[str] = set()
    for table, column in _FILES.items():
        rows = await connection.fetch(
            f"select {column} from {table} where session_id = any($1) and {column} is not null",
            sessions,
        )
        found |= {row[0] for row in rows}
    rows = await connection.fetch(
        f"select features_uri from training_examples where {EXAMPLES} and features_uri is not null "
        "union all select artifact_uri from models where user_id = $2",
        sessions,
        user,
    )
    found |= {row[0] for row in rows}
    ours = (f"users/{user}/", f"models/users/{user}/")
    elsewhere = sorted(uri for uri in found if not uri.startswith(ours))
    if elsewhere:
        found -= await _named_by_others(connection, user, sessions, elsewhere)
    return found


async def _named_by_others(
    connection: asyncpg.Connection, user: str, sessions: list[UUID], uris: list[str]
) -> set[str]:
    named: set[str] = set()
    for table, column in _NAMING.items():
        which = {
            "training_examples": f"not coalesce({EXAMPLES}, false)",
            "models": "user_id <> $2 and $1::uuid[] is not null",
            "portrait": "$1::uuid[] is not null and $2::text is not null",
        }.get(table, "(session_id is null or session_id <> all($1)) and $2::text is not null")
        rows = await connection.fetch(
            f"select {column} from {table} where {which} and {column} = any($3)",
            sessions,
            user,
            uris,
        )
        named |= {row[0] for row in rows}
    return named
