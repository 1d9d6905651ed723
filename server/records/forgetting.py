"""Forget a person: their files go, their rows stay as skeletons without anything of theirs.

What holds words, sound, pictures, movements or facts of the person is blanked in one transaction;
then the files are deleted. The rows themselves stay, with their ids, times and engines, so that
measures and lineage hold; what was learnt of the person (examples, models, training runs) is
removed whole. The user's row keeps its id, which names nothing but a folder, and loses the rest.

Everything of others stays as it is, with one exception: a comment about something of this
person's may say who they are, and goes too.

A call that is going on is not ended: forgetting is refused until it is over, because what it
still has to say would come after. Asked again for somebody who is forgotten, it finds nothing.
A row of ``performance_log`` (measure ``forget``) keeps how much went, and not whose it was.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from server.records.files import Files
from server.records.tables import JUDGED, metadata
from server.records.writer import named_id

SETTLE_S = 5.0
"""After a call's end its last files and rows may still be on their way for so long."""

FORGOTTEN = "forgotten"
"""Begins the username of who is; in a fault's description, what it said is gone."""

BLANKED: dict[str, dict[str, str]] = {
    "audio": {
        "uri": "null",
        "sha256": "null",
        "size": "null",
        "format": "null",
        "details": "'{}'",
    },
    "video": {"uri": "null", "sha256": "null", "size": "null", "details": "'{}'"},
    "pose": {
        "features_uri": "null",
        "features_hash": "null",
        "features_size": "null",
        "interpretation": "'{}'",
    },
    "vision": {
        "uri": "null",
        "sha256": "null",
        "size": "null",
        "description": "null",
        "details": "'{}'",
    },
    "stt": {"text": "null"},
    "chat": {
        "system_prompt": "null",
        "user_prompt": "null",
        "text": "null",
        "heard": "null",
        "prompt_values": "'{}'",
        "retrieved": "'[]'",
    },
    "tts": {"text": "null", "words": "'[]'"},
    "session_events": {"payload": "'{}'"},
    "calibration_settings": {
        "noise_floor_db": "null",
        "speech_level_db": "null",
        "framing": "'{}'",
        "details": "'{}'",
    },
    "faults": {"description": f"'{FORGOTTEN}'", "details": "'{}'"},
}
"""Columns of the rows of a person's sessions that may hold something of theirs."""

_FILES = {"audio": "uri", "video": "uri", "vision": "uri", "pose": "features_uri"}
_NAMING = {
    **_FILES,
    "portrait": "uri",
    "training_examples": "features_uri",
    "models": "artifact_uri",
}
"""Every column that names a file."""


class UnknownUser(Exception):
    """Nobody is kept under that name or id."""


class InACall(Exception):
    """A call of that person is going on; the message says what to do."""


@dataclass
class Forgotten:
    """What went. Holds nothing of the person."""

    blanked: Counter[str] = field(default_factory=Counter)
    """Rows by table that have lost what they held."""
    removed: Counter[str] = field(default_factory=Counter)
    """Rows by table that are gone."""
    files: int = 0
    bytes: int = 0
    missing: int = 0
    """Files that a row named and that weren't there any more."""
    uploaded: int = 0
    """Files that a remote service had been given, and that only it can delete."""

    def __bool__(self) -> bool:
        return bool(self.blanked or self.removed or self.files)

    def as_json(self) -> dict[str, Any]:
        """For the page, the command and the row that is kept."""
        return {
            "blanked": dict(self.blanked),
            "removed": dict(self.removed),
            "files": self.files,
            "bytes": self.bytes,
            "missing": self.missing,
            "uploaded": self.uploaded,
        }


class Forgetting:
    """Forgets people in the database at ``url`` and among ``files``.

    ``alive(run)`` tells whether a run that the database holds for unfinished may still be going
    on. ``forget_journal()`` is awaited last: the journal's own lines hold the words too.
    """

    def __init__(
        self,
        url: str,
        files: Files,
        *,
        alive: Callable[[UUID], bool] = lambda run: True,
        forget_journal: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._url = url
        self._files = files
        self._alive = alive
        self._forget_journal = forget_journal

    async def find(self, name: str) -> str:
        """The ``user_id`` of who has exactly this username or id. Raises `UnknownUser`."""
        async with _connected(self._url) as connection:
            return await _find(connection, name)

    async def forget(self, name: str) -> Forgotten:
        """Forget who has exactly this username or id.

        Raises `UnknownUser`, `InACall`, and what asyncpg raises when the database is away.
        """
        began = perf_counter()
        async with _connected(self._url) as connection:
            user = await _find(connection, name)
            await self._calls_are_over(connection, user)
            gone = Forgotten()
            async with connection.transaction():
                await connection.execute("select 1 from users where user_id = $1 for update", user)
                uris = await _blank(connection, user, gone)
            await asyncio.to_thread(self._delete, user, uris, gone)
            if gone:
                await _keep(connection, gone, (perf_counter() - began) * 1000)
        if self._forget_journal is not None:
            await self._forget_journal()
        return gone

    async def _calls_are_over(self, connection: asyncpg.Connection, user: str) -> None:
        rows = await connection.fetch(
            "select s.run_id, s.finished, r.ended from session s join run r on r.id = s.run_id "
            "where s.user_id = $1 and (s.finished is null or s.finished > $2)",
            user,
            datetime.fromtimestamp(datetime.now(UTC).timestamp() - SETTLE_S, UTC),
        )
        if any(
            row["finished"] is None and row["ended"] is None and self._alive(row["run_id"])
            for row in rows
        ):
            raise InACall("A call of theirs is going on. Let it end, then ask again.")
        if rows:
            await asyncio.sleep(SETTLE_S)

    def _delete(self, user: str, uris: set[str], gone: Forgotten) -> None:
        """The files that rows named, and whatever else lies in the person's folders."""
        for uri in sorted(uris):
            path = self._files.path(uri)
            if path.is_file():
                _unlink(path, gone)
            else:
                gone.missing += 1
        for top in (f"users/{user}", f"models/users/{user}"):
            for folder, folders, names in os.walk(self._files.path(top), topdown=False):
                for name in names:
                    _unlink(Path(folder, name), gone)
                for name in folders:
                    if Path(folder, name).is_symlink():
                        Path(folder, name).unlink()
                Path(folder).rmdir()


def _unlink(path: Path, gone: Forgotten) -> None:
    gone.bytes += path.lstat().st_size
    path.unlink()
    gone.files += 1


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """One connection that speaks jsonb as Python does."""
    connection = await asyncpg.connect(url, timeout=5, command_timeout=60)
    try:
        await connection.set_type_codec(
            "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
        )
        yield connection
    finally:
        await connection.close()


async def _find(connection: asyncpg.Connection, name: str) -> str:
    """By id, by username, or, for who is forgotten already, by the id that the name gave."""
    for query, value in (
        ("select user_id from users where user_id = $1", name),
        ("select user_id from users where username = $1", name),
        ("select user_id from users where user_id = $1", str(named_id("users", name))),
    ):
        if (found := await connection.fetchval(query, value)) is not None:
            return str(found)
    raise UnknownUser(f"Nobody is kept under the name or id {name!r}.")


async def _blank(connection: asyncpg.Connection, user: str, gone: Forgotten) -> set[str]:
    """Everything that rows hold of the person; the files that they named."""
    sessions = [
        row["id"]
        for row in await connection.fetch("select id from session where user_id = $1", user)
    ]
    uris, hashes = await _files_of(connection, user, sessions)
    await _judgements_about(connection, user, sessions, gone)
    for table, columns in BLANKED.items():
        await _update(connection, gone, table, columns, "session_id = any($1)", sessions)
    await _client_systems(connection, user, sessions, gone)
    await _learnt(connection, user, sessions, gone)
    gone.uploaded = len(
        await connection.fetch(
            "delete from cached_uploads where sha256 = any($1) returning id", sorted(hashes)
        )
    )
    if gone.uploaded:
        gone.removed["cached_uploads"] += gone.uploaded
    await _update(
        connection,
        gone,
        "session",
        {"timezone": "null", "consent_given": "false", "consent_changes": "'[]'"},
        "id = any($1)",
        sessions,
    )
    await _update(
        connection,
        gone,
        "users",
        {
            "username": f"'{FORGOTTEN} ' || user_id",
            "external_identifier": "null",
            "email": "null",
            "permissions": "'[]'",
            "coordinates": "'{}'",
        },
        "user_id = $1",
        user,
    )
    return uris


async def _update(
    connection: asyncpg.Connection,
    gone: Forgotten,
    table: str,
    columns: dict[str, str],
    which: str,
    *arguments: object,
) -> None:
    """Set the columns of the rows that aren't so yet."""
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


async def _files_of(
    connection: asyncpg.Connection, user: str, sessions: list[UUID]
) -> tuple[set[str], set[str]]:
    """The files of the person, and their hashes; not what a row of somebody else names too."""
    hashes = {"audio": "sha256", "video": "sha256", "vision": "sha256", "pose": "features_hash"}
    found: dict[str, str] = {}
    for table, column in _FILES.items():
        rows = await connection.fetch(
            f"select {column}, {hashes[table]} from {table} "
            f"where session_id = any($1) and {column} is not null",
            sessions,
        )
        found |= {row[0]: row[1] for row in rows}
    rows = await connection.fetch(
        "select features_uri, features_hash from training_examples "
        f"where {_EXAMPLES} and features_uri is not null "
        "union all select artifact_uri, artifact_hash from models where user_id = $2",
        sessions,
        user,
    )
    found |= {row[0]: row[1] for row in rows}
    ours = (f"users/{user}/", f"models/users/{user}/")
    elsewhere = sorted(uri for uri in found if not uri.startswith(ours))
    kept: set[str] = set()
    if elsewhere:
        for table, column in _NAMING.items():
            others = {
                "training_examples": f"not ({_EXAMPLES})",
                "models": "user_id <> $2 and $1::uuid[] is not null",
                "portrait": "$1::uuid[] is not null and $2::text is not null",
            }.get(table, "(session_id is null or session_id <> all($1)) and $2::text is not null")
            rows = await connection.fetch(
                f"select {column} from {table} where {others} and {column} = any($3)",
                sessions,
                user,
                elsewhere,
            )
            kept |= {row[0] for row in rows}
    uris = found.keys() - kept
    return set(uris), {found[uri].removeprefix("sha256:") for uri in uris}


_EXAMPLES = "(user_id = $2 or performer_id = $2 or session_id = any($1))"
"""Examples that the person gave, or that show them: $1 their sessions, $2 their id."""


async def _judgements_about(
    connection: asyncpg.Connection, user: str, sessions: list[UUID], gone: Forgotten
) -> None:
    """Comments of the person, and about anything of theirs, comments on those included."""
    about: set[UUID] = {
        row["id"]
        for row in await connection.fetch("select id from judgement where user_id = $1", user)
    }
    for target, key in JUDGED.items():
        columns = metadata.tables[target].columns
        if target == "session":
            which = "t.id = any($1) and $2::text is not null"
        elif target == "training_examples":
            which = _EXAMPLES
        elif target == "models":
            which = "t.user_id = $2 and $1::uuid[] is not null"
        elif target == "pose_sequence":
            which = (
                "t.pose_id in (select id from pose where session_id = any($1)) "
                "and $2::text is not null"
            )
        elif "session_id" in columns:
            which = "t.session_id = any($1) and $2::text is not null"
        else:
            continue
        rows = await connection.fetch(
            f"select j.judgement_id from judgement_{target} j "
            f"join {target} t on t.{key} = j.target_id where {which}",
            sessions,
            user,
        )
        about |= {row[0] for row in rows}
    fresh = about
    while fresh:
        rows = await connection.fetch(
            "select judgement_id from judgement_judgement where target_id = any($1)", list(fresh)
        )
        fresh = {row[0] for row in rows} - about
        about |= fresh
    await _update(connection, gone, "judgement", {"comment": "null"}, "id = any($1)", list(about))


async def _client_systems(
    connection: asyncpg.Connection, user: str, sessions: list[UUID], gone: Forgotten
) -> None:
    await _update(
        connection,
        gone,
        "client_system",
        {"facts": "'{}'"},
        "id in (select client_system_id from session where id = any($1)) and not exists "
        "(select from session o where o.client_system_id = client_system.id and o.user_id <> $2)",
        sessions,
        user,
    )


async def _learnt(
    connection: asyncpg.Connection, user: str, sessions: list[UUID], gone: Forgotten
) -> None:
    """Examples, models and training runs go whole, with the judgements that were about them."""
    for target, which in (("training_examples", _EXAMPLES), ("models", "user_id = $2")):
        key = JUDGED[target]
        these = f"select {key} from {target} where $1::uuid[] is not null and {which}"
        judged = {
            row[0]
            for row in await connection.fetch(
                f"delete from judgement_{target} where target_id in ({these}) "
                "returning judgement_id",
                sessions,
                user,
            )
        }
        await _remove_judgements(connection, judged, gone)
        if target == "models":
            await _delete(connection, gone, "training_runs", "user_id = $1", user)
            await connection.execute(
                f"update training_runs set model_id = null where model_id in ({these})",
                sessions,
                user,
            )
        await _delete(connection, gone, target, f"{key} in ({these})", sessions, user)


_NO_TARGET = " and ".join(
    f"not exists (select from judgement_{target} where judgement_id = judgement.id)"
    for target in JUDGED
)


async def _remove_judgements(
    connection: asyncpg.Connection, judged: set[UUID], gone: Forgotten
) -> None:
    """Judgements without a target, and those that were about them."""
    while judged:
        of_them = {
            row[0]
            for row in await connection.fetch(
                "delete from judgement_judgement "
                "where target_id = any($1) or judgement_id = any($1) returning judgement_id",
                list(judged),
            )
        }
        await _delete(connection, gone, "judgement", f"id = any($1) and {_NO_TARGET}", list(judged))
        judged = of_them - judged


async def _delete(
    connection: asyncpg.Connection, gone: Forgotten, table: str, which: str, *arguments: object
) -> None:
    done = await connection.execute(f"delete from {table} where {which}", *arguments)
    if count := int(done.split()[-1]):
        gone.removed[table] += count


async def _keep(connection: asyncpg.Connection, gone: Forgotten, ms: float) -> None:
    await connection.execute(
        "insert into performance_log (id, created, measure, value, system, parameters) "
        "values ($1, $2, 'forget', $3, 'forgetting', $4)",
        uuid7(),
        datetime.now(UTC),
        ms,
        gone.as_json(),
    )
