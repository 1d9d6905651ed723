"""The rows of a person's calls, and of the person: what they held goes, they themselves stay."""

from uuid import UUID

import asyncpg

from visavis.records.forgetting import blanks
from visavis.records.forgetting.blanks import BLANKED, SESSION
from visavis.records.forgetting.changes import blank, remove
from visavis.records.forgetting.files import files_of
from visavis.records.forgetting.learnt import forget_comments, forget_learnt
from visavis.records.forgetting.report import Forgotten


async def forget_rows(connection: asyncpg.Connection, user: str, gone: Forgotten) -> set[str]:
    """Everything that rows hold of the person; the uris of the files that they named."""
    rows = await connection.fetch("select id from session where user_id = $1", user)
    sessions: list[UUID] = [row["id"] for row in rows]
    uris = await files_of(connection, user, sessions)
    await forget_comments(connection, user, sessions, gone)
    for table, columns in BLANKED.items():
        await blank(connection, gone, table, columns, "session_id = any($1)", sessions)
    await blank(
        connection,
        gone,
        "client_system",
        {"facts": {}},
        "id in (select client_system_id from session where id = any($1)) and not exists "
        "(select from session o where o.client_system_id = client_system.id and o.user_id <> $2)",
        sessions,
        user,
    )
    await forget_learnt(connection, user, sessions, gone)
    await remove(connection, gone, "cached_uploads", "uri = any($1)", sorted(uris))
    gone.uploaded = gone.removed["cached_uploads"]
    await blank(connection, gone, "session", SESSION, "id = any($1)", sessions)
    await blank(connection, gone, "users", blanks.user(user), "user_id = $1", user)
    return uris
