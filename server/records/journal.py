"""Write-behind: rows go to the journal's files first, and from there to Postgres.

``put`` never touches the database and never blocks, so a call goes on whatever becomes of
Postgres. Rows are synced to disk in groups, then committed in order, each batch in one
transaction with the place it ends at in the journal (table ``journal``). So every row is
committed exactly once, through crashes of this program, of Postgres, and of the connection in
the middle of a commit. A segment is deleted once all of it is committed: an outage of the
database costs disk and not memory.

A row that the database refuses (a broken reference or constraint) is told from a database that
is away: the batch is halved until the row is alone, and it ends in ``dead_letters.jsonl``.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from server.records.segments import Batch, Entry, Position, Segments, line
from server.records.statements import Call, call

SYNC_EVERY = 0.02
"""s; what a crash of the machine can take."""
COMMIT_EVERY = 0.1
"""s between transactions, so that they are few."""
MAX_PENDING_ROWS = 20_000
MAX_PENDING_BYTES = 32 << 20
MAX_RETRY = 2.0
"""s between attempts to reach a database that is away."""

log = structlog.get_logger(__name__)


class NoSuchRow(ValueError):
    """An update named a row that isn't there."""


REFUSED = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
    ValueError,  # asyncpg's own for an argument of a wrong type, and ours
    TypeError,
    OverflowError,
)
"""What is wrong with the row and will be wrong next time. All else is wrong with the database,
such as a schema not migrated yet, and is tried again."""


@dataclass
class Stats:
    """Counts since the start, of rows unless said otherwise."""

    put: int = 0
    committed: int = 0
    dead: int = 0
    """Refused by the database, now in ``dead_letters.jsonl``."""
    dropped: int = 0
    """Lost because the disk didn't take them and memory was full."""
    torn: int = 0
    """Lines unreadable after a crash of the machine."""
    disk_errors: int = 0
    retries: int = 0
    """Times that the database was found away."""
    backlog_bytes: int = 0
    slowest_sync_ms: float = 0.0
    last_error: str = ""


class Journal:
    """One a process and folder. ``put`` belongs to the event loop's thread."""

    def __init__(
        self,
        folder: Path,
        database_url: str,
        *,
        segment_bytes: int = 1 << 20,
        max_bytes: int = 4 << 30,
    ) -> None:
        self._folder = folder
        self._url = database_url
        self._limits = {"segment_bytes": segment_bytes, "max_bytes": max_bytes}
        self._segments: Segments | None = None
        # One thread for appending, one for the reading side: a slow sync delays no commit.
        self._appending = ThreadPoolExecutor(1, "journal-append")
        self._reading = ThreadPoolExecutor(1, "journal-read")
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._unreported = 0
        self._synced = 0
        self._committed = Position(0, 0)
        self._stopping = False
        self._something_put = asyncio.Event()
        self._progress = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []
        self._stats = Stats()
        self.on_fault: Callable[[str, str, Mapping[str, Any]], object] | None = None
        """Told (type, description, details) of rows refused, dropped or unreadable."""

    @property
    def stats(self) -> Stats:
        """A copy of the counts."""
        backlog = self._segments.backlog if self._segments else 0
        return replace(self._stats, backlog_bytes=backlog)

    async def start(self) -> None:
        """Open the folder and begin. The database may be away, or not migrated yet.

        Raises :class:`server.records.segments.FolderInUse`, OSError.
        """
        self._segments = await self._in(
            self._appending, lambda: Segments(self._folder, **self._limits)
        )
        self._tasks = [
            asyncio.create_task(self._sync_forever(self._segments), name="journal sync"),
            asyncio.create_task(self._commit_forever(self._segments), name="journal commit"),
        ]

    def put(self, table: str, row: Mapping[str, Any]) -> None:
        """Note a row, to be inserted, or merged into the one with its key.

        Values: what JSON has, UUIDs, datetimes, (from, until) for ranges, dicts and lists for
        jsonb. A row is put after those that it refers to. Never blocks, never raises.
        """
        try:
            text = line(table, row)
        except (TypeError, ValueError, RecursionError) as error:
            self._stats.dropped += 1
            self._fault("row_not_journalled", f"a row of {table}: {type(error).__name__}")
            return
        full = self._pending_bytes + len(text) > MAX_PENDING_BYTES
        if full or len(self._pending) >= MAX_PENDING_ROWS:
            self._stats.dropped += 1
            self._unreported += 1
            return
        self._pending.append(text)
        self._pending_bytes += len(text)
        self._stats.put += 1
        self._something_put.set()

    async def drained(self, timeout: float) -> bool:
        """Wait until what was put by now is committed; False when that takes over ``timeout`` s."""
        try:
            async with asyncio.timeout(timeout), self._progress:
                end = await self._all_synced()
                await self._progress.wait_for(lambda: self._committed >= end)
        except TimeoutError:
            return False
        return True

    async def synced(self, timeout: float) -> bool:
        """Wait until what was put by now outlives a power cut; False when that is late."""
        try:
            async with asyncio.timeout(timeout), self._progress:
                await self._all_synced()
        except TimeoutError:
            return False
        return True

    async def _all_synced(self) -> Position:
        target = self._stats.put
        await self._progress.wait_for(lambda: self._synced >= target)
        return self._segments.durable if self._segments else self._committed

    async def stop(self, timeout: float = 0.5) -> None:
        """Sync what was put, and commit it if that is done within ``timeout`` s; else next time."""
        if self._segments is None:
            return
        self._stopping = True
        self._something_put.set()
        syncing, committing = self._tasks
        await asyncio.wait([syncing])
        await self.drained(timeout)
        committing.cancel()
        await asyncio.wait([committing])
        segments, self._segments = self._segments, None
        await self._in(self._appending, segments.close, self._committed)
        self._appending.shutdown(wait=False)
        self._reading.shutdown(wait=False)

    # To disk

    async def _sync_forever(self, segments: Segments) -> None:
        while not self._stopping:
            await self._something_put.wait()
            await asyncio.sleep(SYNC_EVERY)
            self._something_put.clear()
            lines, put = list(self._pending), self._stats.put
            began = time.perf_counter()
            try:
                await self._in(self._appending, segments.append, b"".join(lines))
            except OSError as error:
                self._stats.disk_errors += 1
                self._stats.last_error = str(error)
                log.error("journal_disk_error", error=str(error))
                self._something_put.set()
                await asyncio.sleep(0 if self._stopping else 1.0)
                continue
            took = 1000 * (time.perf_counter() - began)
            self._stats.slowest_sync_ms = max(self._stats.slowest_sync_ms, took)
            del self._pending[: len(lines)]
            self._pending_bytes -= sum(map(len, lines))
            self._synced = put
            await self._notify()
            if self._unreported:
                rows, self._unreported = self._unreported, 0
                self._fault("rows_dropped", "the journal's disk took no more rows", rows=rows)

    # To Postgres

    async def _commit_forever(self, segments: Segments) -> None:
        pause = 0.1
        while True:
            try:
                connection = await asyncpg.connect(self._url, timeout=5, command_timeout=30)
                try:
                    self._committed = await self._resume(connection, segments)
                    while True:
                        await self._commit_next(connection, segments)
                        pause = 0.1
                finally:
                    connection.terminate()
            except Exception as error:
                self._stats.retries += 1
                self._stats.last_error = _name(error)
                log.info("database_away", error=_name(error), again_in_s=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, MAX_RETRY)

    async def _resume(self, connection: asyncpg.Connection, segments: Segments) -> Position:
        row = await connection.fetchrow(
            "select segment, position from journal where id = $1", segments.id
        )
        return Position(row["segment"], row["position"]) if row else Position(0, 0)

    async def _commit_next(self, connection: asyncpg.Connection, segments: Segments) -> None:
        batch: Batch = await self._in(self._reading, segments.read, self._committed)
        if batch.end == self._committed:
            async with self._progress:
                await self._progress.wait_for(lambda: segments.durable > self._committed)
            await asyncio.sleep(COMMIT_EVERY)
            return
        dead: list[str] = []
        calls = await self._in(self._reading, _calls, batch.entries)
        await self._commit(connection, segments, calls, batch.end, dead)
        if batch.end.segment != self._committed.segment:
            await self._in(self._reading, segments.remove_before, batch.end)
        self._committed = batch.end
        self._stats.torn += batch.torn
        await self._notify()
        if batch.torn:
            self._fault("journal_torn", "lines unreadable after a crash", rows=batch.torn)
        if dead:
            self._fault("rows_refused", "rows refused by the database", rows=dead)

    async def _commit(
        self,
        connection: asyncpg.Connection,
        segments: Segments,
        calls: Sequence[tuple[Entry, Call | ValueError]],
        end: Position,
        dead: list[str],
    ) -> None:
        try:
            async with connection.transaction():
                await _execute(connection, calls)
                await connection.execute(
                    "insert into journal (id, segment, position) values ($1, $2, $3) "
                    "on conflict (id) do update set segment = excluded.segment, "
                    "position = excluded.position, updated = now()",
                    segments.id,
                    *end,
                )
            self._stats.committed += len(calls)
        except REFUSED as error:
            if len(calls) > 1:
                half = len(calls) // 2
                middle = calls[half - 1][0].end
                await self._commit(connection, segments, calls[:half], middle, dead)
                await self._commit(connection, segments, calls[half:], end, dead)
                return
            entry = calls[0][0]
            await self._in(
                self._reading, segments.bury, entry.table, entry.row, f"{_name(error)}: {error}"
            )
            self._stats.dead += 1
            log.warning("row_refused", table=entry.table, error=_name(error))
            if entry.table != "faults":  # a fault about a fault would never end
                dead.append(f"{entry.table}: {_name(error)}")
            await self._commit(connection, segments, [], end, dead)

    async def _notify(self) -> None:
        async with self._progress:
            self._progress.notify_all()

    def _fault(self, kind: str, description: str, **details: Any) -> None:
        if self.on_fault:
            self.on_fault(kind, description, details)

    @staticmethod
    async def _in(thread: ThreadPoolExecutor, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(thread, work, *arguments)


def _calls(entries: Sequence[Entry]) -> list[tuple[Entry, Call | ValueError]]:
    """Each row with its statement, or with what is wrong with it."""
    calls: list[tuple[Entry, Call | ValueError]] = []
    for entry in entries:
        try:
            calls.append((entry, call(entry.table, entry.row)))
        except (ValueError, TypeError) as error:
            calls.append((entry, ValueError(str(error))))
    return calls


async def _execute(
    connection: asyncpg.Connection, calls: Sequence[tuple[Entry, Call | ValueError]]
) -> None:
    """Run the statements in order, equal neighbours together."""
    ready: list[Call] = []
    for _, one in calls:
        if isinstance(one, ValueError):
            raise one
        ready.append(one)
    for statement, group in groupby(ready, key=lambda one: one.statement):
        arguments = [one.arguments for one in group]
        if not statement.is_update:
            await connection.executemany(statement.sql, arguments)
        elif len(await connection.fetchmany(statement.sql, arguments)) < len(arguments):
            raise NoSuchRow("the row to change is not there")


def _name(error: Exception) -> str:
    """What went wrong, without the values that messages quote."""
    constraint = getattr(error, "constraint_name", None)
    return f"{type(error).__name__} {constraint}" if constraint else type(error).__name__
