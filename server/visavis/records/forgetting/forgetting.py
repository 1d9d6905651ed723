"""The whole of forgetting a person, in its order.

What holds words, sound, pictures, movements or facts of the person is blanked in one transaction;
then the files are deleted, and the journal's lines overwritten. The rows themselves stay, with
their ids, times and engines, so that measures and lineage hold; what was learnt of the person
(examples, models, training runs) is removed whole. The user's row keeps its id, which names
nothing but a folder, and loses the rest.

Everything of others stays as it is, with one exception: a comment about something of this
person's may say who they are, and goes too.

A call that is going on is not ended here: forgetting is refused until it is over, because what it
still has to say would come after. The server that holds it ends it first, when it is that one which
is asked. Asked again for somebody who is forgotten, it finds nothing.
A row of ``performance_log`` (measure ``forget``) keeps how much went, and not whose it was.

What Postgres itself keeps of old rows (its write-ahead log, pages not used again yet) is
Postgres's to overwrite; the tables are vacuumed, so that it soon does, and their statistics, which
quote frequent values, are taken anew.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from visavis.records.files import Files
from visavis.records.forgetting.letters import Letters
from visavis.records.forgetting.report import Forgotten, InACall, UnknownUser
from visavis.records.forgetting.rows import forget_rows
from visavis.records.ids import named_id
from visavis.records.postgres.connection import connected
from visavis.records.tables import key_of, metadata

SETTLE_S = 5.0
"""After a call's end its last files and rows may still be on their way for so long."""


class Forgetting:
    """Forgets people in the database at ``url``, among ``files`` and in the journal beside them.

    ``alive(run)`` tells whether a run that the database holds for unfinished may still be going
    on.
    """

    def __init__(
        self,
        url: str,
        files: Files,
        *,
        alive: Callable[[UUID], bool],
        settle_s: float | None = None,
    ) -> None:
        self._url = url
        self._files = files
        self.alive = alive
        self._settle_s = SETTLE_S if settle_s is None else settle_s
        self._letters = Letters(files.root / "journal", url)

    async def find(self, name: str) -> str:
        """The ``user_id`` of who has exactly this username or id. Raises `UnknownUser`."""
        async with connected(self._url, command_timeout=60.0) as connection:
            return await _find(connection, name)

    async def forget(self, name: str) -> Forgotten:
        """Forget who has exactly this username or id.

        Raises `UnknownUser`, `InACall`, `NotWritten`, OSError for a file that can't be deleted,
        and what asyncpg raises when the database is away. Asked again, it goes on.
        """
        began = perf_counter()
        async with connected(self._url, command_timeout=60.0) as connection:
            await self._letters.committed(connection)
            user = await _find(connection, name)
            await self._calls_are_over(connection, user)
            gone = Forgotten()
            ids = await _ids(connection, user)
            async with connection.transaction():
                await connection.execute("select 1 from users where user_id = $1 for update", user)
                uris = await forget_rows(connection, user, gone)
            await asyncio.to_thread(self._delete, user, uris, gone)
            await asyncio.to_thread(self._letters.blot_refused, ids, gone)
            if gone:
                await _keep(connection, gone, (perf_counter() - began) * 1000)
                await self._letters.blot(connection)
                await _vacuum(connection, gone)
        return gone

    async def _calls_are_over(self, connection: asyncpg.Connection, user: str) -> None:
        rows = await connection.fetch(
            "select s.run_id, s.finished, r.ended from session s join run r on r.id = s.run_id "
            "where s.user_id = $1 and (s.finished is null or s.finished > $2)",
            user,
            datetime.now(UTC) - timedelta(seconds=self._settle_s),
        )
        for row in rows:
            over = row["finished"] or row["ended"]
            if over is None and await asyncio.to_thread(self.alive, row["run_id"]):
                raise InACall("A call of theirs is going on. Let it end, then ask again.")
        if any(row["finished"] for row in rows):
            await asyncio.sleep(self._settle_s)
            await self._letters.committed(connection)

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
                        Path(folder, name).unlink(missing_ok=True)
                with suppress(FileNotFoundError):
                    Path(folder).rmdir()


def _unlink(path: Path, gone: Forgotten) -> None:
    with suppress(FileNotFoundError):  # somebody else forgets the same person
        size = path.lstat().st_size
        path.unlink()
        gone.files += 1
        gone.bytes += size


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


async def _ids(connection: asyncpg.Connection, user: str) -> set[str]:
    """Of the person, of their calls, and of the rows of those."""
    of_calls = " union all ".join(
        f"select {key_of(table.name)} from {table.name} where session_id in (select id from theirs)"
        for table in metadata.sorted_tables
        if "session_id" in table.columns
    )
    rows = await connection.fetch(
        "with theirs as (select id, client_system_id from session where user_id = $1) "
        "select id from theirs union all select client_system_id from theirs "
        f"union all select id from judgement where user_id = $1 union all {of_calls}",
        user,
    )
    return {user} | {str(row[0]) for row in rows if row[0] is not None}


async def _keep(connection: asyncpg.Connection, gone: Forgotten, ms: float) -> None:
    await connection.execute(
        "insert into performance_log (id, created, measure, value, system, parameters) "
        "values ($1, $2, 'forget', $3, 'forgetting', $4)",
        uuid7(),
        datetime.now(UTC),
        ms,
        gone.as_json(),
    )


async def _vacuum(connection: asyncpg.Connection, gone: Forgotten) -> None:
    """Free what the rows held, and take the statistics anew. Left to the database's own time where
    that is refused."""
    with suppress(asyncpg.PostgresError, TimeoutError):
        await connection.execute(
            f"vacuum (analyze) {', '.join(sorted(gone.blanked | gone.removed))}"
        )
