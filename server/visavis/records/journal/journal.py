"""Write-behind: rows go to the journal's files first, and from there to Postgres.

``put`` never touches the database and never blocks, so a call goes on whatever becomes of
Postgres. Rows are synced to disk in groups, then committed in order, each batch in one
transaction with the place it ends at in the journal (table ``journal``). So every row is
committed exactly once, through crashes of this program, of Postgres, and of the connection in
the middle of a commit. A segment is deleted once all of it is committed: an outage of the
database costs disk and not memory.

A row that can't be written, for whatever reason, ends in ``dead_letters.jsonl``, and the next one
is written (`committing`); one that can't even be made a line is counted and told.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from visavis.records.journal.backlog import Backlog, Stats
from visavis.records.journal.committing import Committer
from visavis.records.journal.segments import Position, Segments, line

SYNC_EVERY = 0.02
"""s; what a crash of the machine can take."""
MAX_PENDING_ROWS = 20_000
MAX_PENDING_BYTES = 32 << 20
MAX_ROW_BYTES = 8 << 20
"""Of one row as a line; a larger one is not kept."""

log = structlog.get_logger(__name__)

OnFault = Callable[[str, str, Mapping[str, Any]], object]


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
        self._committer: Committer | None = None
        # The reading side has a thread of its own: a slow sync delays no commit.
        self._appending = ThreadPoolExecutor(1, "journal-append")
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._pending_since = 0.0
        self._unreported = 0
        self._synced = 0
        self._backlog = Backlog()
        self._stopping = False
        self._something_put = asyncio.Event()
        self._progress = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []
        self._stats = Stats()
        self._on_fault: OnFault | None = None

    def tell(self, on_fault: OnFault) -> None:
        """From now on it is told (type, description, details) of rows refused, dropped or
        unreadable; until then the log is."""
        self._on_fault = on_fault

    @property
    def stats(self) -> Stats:
        """A copy of the counts."""
        since = self._backlog.since
        if since is None and self._pending:
            since = self._pending_since
        return replace(
            self._stats,
            backlog_rows=self._backlog.rows + len(self._pending),
            backlog_bytes=self._backlog.size + self._pending_bytes,
            oldest_s=0.0 if since is None else time.monotonic() - since,
        )

    @property
    def _committed(self) -> Position:
        return self._committer.committed if self._committer else Position(0, 0)

    async def start(self) -> None:
        """Open the folder and begin. The database may be away, or not migrated yet.

        Raises :class:`visavis.records.journal.segments.FolderInUse`, OSError.
        """
        self._segments = await self._in(
            self._appending, lambda: Segments(self._folder, **self._limits)
        )
        self._committer = Committer(
            self._segments, self._url, self._stats, self._backlog, self._progress, self._fault
        )
        self._tasks = [
            asyncio.create_task(self._sync_forever(self._segments), name="journal sync"),
            asyncio.create_task(self._committer.run(), name="journal commit"),
        ]

    def put(self, table: str, row: Mapping[str, Any]) -> None:
        """Note a row, to be inserted, or merged into the one with its key.

        Values: what JSON has, UUIDs, datetimes, (from, until) for ranges, dicts and lists for
        jsonb. A row is put after those that it refers to. Never blocks, never raises.
        """
        try:
            text = line(table, row)
            if len(text) > MAX_ROW_BYTES:
                raise ValueError("too large")
        except Exception as error:  # whatever it holds
            self._stats.dropped += 1
            if table != "faults":  # a fault about a fault would never end
                self._fault("row_not_journalled", f"a row of {table}: {type(error).__name__}")
            return
        full = self._pending_bytes + len(text) > MAX_PENDING_BYTES
        if full or len(self._pending) >= MAX_PENDING_ROWS:
            self._stats.dropped += 1
            self._unreported += 1
            return
        if not self._pending:
            self._pending_since = time.monotonic()
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
        if self._committer is not None:
            self._committer.hurry()
        self._something_put.set()
        syncing, committing = self._tasks
        await asyncio.wait([syncing])
        await self.drained(timeout)
        committing.cancel()
        await asyncio.wait([committing])
        segments, self._segments = self._segments, None
        await self._in(self._appending, segments.close, self._committed)
        self._appending.shutdown(wait=False)

    # To disk

    async def _sync_forever(self, segments: Segments) -> None:
        failures = 0
        while not self._stopping:
            await self._something_put.wait()
            await asyncio.sleep(SYNC_EVERY)
            self._something_put.clear()
            lines, put, since = list(self._pending), self._stats.put, self._pending_since
            began = time.perf_counter()
            try:
                await self._in(self._appending, segments.append, b"".join(lines))
            except (OSError, MemoryError) as error:
                self._stats.disk_errors += 1
                self._stats.last_error = str(error)
                if failures % 60 == 0:  # once a minute
                    log.error("journal_disk_error", error=str(error))
                failures += 1
                self._something_put.set()
                await asyncio.sleep(0 if self._stopping else 1.0)
                continue
            failures = 0
            took = 1000 * (time.perf_counter() - began)
            self._stats.slowest_sync_ms = max(self._stats.slowest_sync_ms, took)
            size = sum(map(len, lines))
            del self._pending[: len(lines)]
            self._pending_bytes -= size
            self._pending_since = time.monotonic()
            self._backlog.added(segments.durable, len(lines), size, since)
            self._synced = put
            await self._notify()
            if self._unreported:
                rows, self._unreported = self._unreported, 0
                self._fault("rows_dropped", "the journal's disk took no more rows", rows=rows)

    async def _notify(self) -> None:
        async with self._progress:
            self._progress.notify_all()

    def _fault(self, kind: str, description: str, **details: Any) -> None:
        if self._on_fault is None:
            log.warning(kind, description=description, **details)
            return
        try:
            self._on_fault(kind, description, details)
        except Exception as error:  # rows go on, whoever can't be told of them
            log.error("fault_not_told", kind=kind, error=type(error).__name__)

    @staticmethod
    async def _in(thread: ThreadPoolExecutor, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(thread, work, *arguments)
