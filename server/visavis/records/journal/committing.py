"""From the journal's files to Postgres: in order, exactly once, and stopped by no row.

Each batch is committed in one transaction with the place it ends at in the journal. What the
database refuses of it is set aside (`inserting`). A row whose parent is missing is tried again
after the rest and after the next batch: its parent may come later, or may only just have failed.

Of an error that may be the database's or a row's, and that comes again though the database
answers, the cause is looked for with ever smaller transactions, as a sender looks for what a path
carries; a single row that fails again and again by itself is set aside too. That takes seconds a
row, so a database that refuses everything for a reason nobody foresaw costs few.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import structlog

from visavis.records.journal.backlog import Backlog, Stats
from visavis.records.journal.blame import Blame, blame, name, schema_differs
from visavis.records.journal.inserting import RefusedRow, insert, prepare
from visavis.records.journal.segments import BATCH_ROWS, Batch, Letter, Position, Segments
from visavis.records.journal.statements import placed
from visavis.records.postgres import migrate

COMMIT_EVERY = 0.1
"""s between transactions, so that they are few."""
RETRY, MAX_RETRY = 0.1, 2.0
"""s between attempts to reach a database that is away, at first and after some."""
PARENT_WAIT = 0.5
"""s that a row without its parent waits for more rows, where there are none yet."""
TRIES = 3
"""Failures of a batch for an unknown reason until smaller ones are tried."""
TRIES_ALONE = 8
"""Of a single row until it is set aside: 8 s, while a network or a server may recover."""

log = structlog.get_logger(__name__)


class Window:
    """How many rows go into a transaction: halved while these fail, doubled when they pass."""

    def __init__(self, most: int = BATCH_ROWS) -> None:
        self.rows = self._most = most
        self.refuse: Exception | None = None
        """Why the next row, which ``rows`` holds alone then, isn't tried any more."""
        self._failures = 0

    def passed(self) -> None:
        """A transaction has been committed."""
        self.rows = min(2 * self.rows, self._most)
        self.refuse, self._failures = None, 0

    def failed(self, rows: int, error: Exception) -> bool:
        """One of ``rows`` has failed, and not because of the database; whether there is anything
        else to try at once."""
        self._failures += 1
        certain = blame(error) is Blame.ROW
        if rows > 1 and (certain or self.rows < self._most or self._failures >= TRIES):
            self.rows, self._failures = max(1, min(rows, self.rows) // 2), 0
            return True
        if rows == 1 and (certain or self._failures >= TRIES_ALONE):
            self.rows, self.refuse = 1, error
            return True
        return False


class Committer:
    """Reads ``segments`` and writes the database at ``url``; counts in ``stats`` and ``backlog``.

    ``progress`` is notified when more is committed, and notifies of what there is to commit.
    ``on_fault(kind, description, **details)`` is told of rows set aside and lines unreadable.
    """

    def __init__(
        self,
        segments: Segments,
        url: str,
        stats: Stats,
        backlog: Backlog,
        progress: asyncio.Condition,
        on_fault: Callable[..., None],
    ) -> None:
        self.committed = Position(0, 0)
        self._hurrying = False
        self._segments = segments
        self._url = url
        self._stats = stats
        self._backlog = backlog
        self._progress = progress
        self._on_fault = on_fault
        self._reading = ThreadPoolExecutor(1, "journal-read")
        self._window = Window()
        self._trying = 0
        """Rows of the transaction that is open."""
        self._buried = Position(0, 0)
        """Rows up to here that were set aside are in the file already, if need be again."""
        self._placed = placed()

    def hurry(self) -> None:
        """Nothing more will come: no row waits for its parent."""
        self._hurrying = True

    async def run(self) -> None:
        """For ever; to be cancelled."""
        try:
            self._backlog.found(await self._in_thread(self._segments.existing))
            pause = RETRY
            while True:
                try:
                    connection = await asyncpg.connect(self._url, timeout=5, command_timeout=30)
                    try:
                        await self._resume(connection)
                        while True:
                            await self._commit_next(connection)
                            pause = RETRY
                    finally:
                        connection.terminate()
                except Exception as error:
                    pause = RETRY if await self._look(error) else pause
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, MAX_RETRY)
        finally:
            self._reading.shutdown(wait=False)

    async def _look(self, error: Exception) -> bool:
        """Count a failure; whether to go on at once, with fewer rows."""
        self._stats.retries += 1
        self._stats.last_error = name(error)
        log.info("database_away", error=name(error), rows=self._trying)
        rows, self._trying = self._trying, 0
        if rows == 0 or blame(error) is Blame.DATABASE:
            return False
        if schema_differs(error) and not await self._migrated():
            return False
        return self._window.failed(rows, error)

    async def _migrated(self) -> bool:
        """Whether the database has this version's schema."""
        try:
            found, ours = await asyncio.to_thread(lambda: asyncio.run(migrate.revision(self._url)))
        except Exception as error:
            self._on_fault("schema_unread", f"the schema's revision: {name(error)}")
            return False
        return found == ours

    async def _resume(self, connection: asyncpg.Connection) -> None:
        row = await connection.fetchrow(
            "select segment, position from journal where id = $1", self._segments.id
        )
        place = Position(row["segment"], row["position"]) if row else Position(0, 0)
        if place == self.committed:
            return
        known = self.committed
        if known.segment != place.segment:
            known = Position(place.segment, 0)
        lines = [await self._in_thread(self._segments.lines_before, at) for at in (known, place)]
        self._backlog.committed(known, 0, 0)
        self._backlog.committed(place, lines[1] - lines[0], place.offset - known.offset)
        self.committed = place

    async def _commit_next(self, connection: asyncpg.Connection) -> None:
        batch = await self._read(self.committed)
        if batch.end == self.committed:
            async with self._progress:
                await self._progress.wait_for(lambda: self._segments.durable > self.committed)
            await asyncio.sleep(COMMIT_EVERY)
            return
        batch, refused = await self._commit(connection, batch)
        self._window.passed()
        if batch.end.segment != self.committed.segment:
            await self._in_thread(self._segments.remove_before, batch.end)
        self.committed = batch.end
        self._stats.committed += len(batch.entries) - len(refused)
        self._stats.dead += len(refused)
        self._stats.torn += batch.torn
        self._backlog.committed(batch.end, len(batch.entries) + batch.torn, batch.size)
        async with self._progress:
            self._progress.notify_all()
        if batch.torn:
            self._on_fault("journal_torn", "lines unreadable after a crash", rows=batch.torn)
        self._tell(refused)

    async def _commit(
        self, connection: asyncpg.Connection, batch: Batch
    ) -> tuple[Batch, list[RefusedRow]]:
        """One transaction: what it holds, the batch or more, and what of it is set aside."""
        self._trying = len(batch.entries)
        ready, refused = await self._in_thread(prepare, batch.entries)
        if self._window.refuse is not None:
            why = name(self._window.refuse)
            refused += [
                RefusedRow(row.entry, why, f"{why}: {self._window.refuse}") for row in ready
            ]
            ready = []
        async with connection.transaction():
            refused += await insert(connection, ready)
            if any(one.waiting for one in refused):
                more = await self._following(batch.end)
                self._trying += len(more.entries)
                batch = _joined(batch, more)
                ready, wrong = await self._in_thread(prepare, more.entries)
                refused += wrong + await insert(connection, ready)
                refused = await _again(connection, refused)
            if refused:
                refused.sort(key=lambda one: one.entry.end)
                await self._set_aside(refused)
            await connection.execute(self._placed, self._segments.id, *batch.end)
        self._trying = 0
        return batch, refused

    async def _following(self, end: Position) -> Batch:
        """The batch that begins at ``end``; one without rows when none comes soon."""
        while not (batch := await self._read(end)).entries:
            if batch.end != end:
                end = batch.end
                continue
            if self._hurrying:
                break
            if not await self._more_than(end):
                break
        return batch

    async def _more_than(self, end: Position) -> bool:
        """Wait for lines after ``end``, for a moment."""
        try:
            async with asyncio.timeout(PARENT_WAIT), self._progress:
                await self._progress.wait_for(lambda: self._segments.durable > end)
        except TimeoutError:
            return False
        return True

    async def _set_aside(self, refused: list[RefusedRow]) -> None:
        letters = [
            Letter(one.entry.table, one.entry.row, one.reason)
            for one in refused
            if one.entry.end > self._buried
        ]
        lost = await self._in_thread(self._segments.bury, letters)
        self._buried = max(self._buried, refused[-1].entry.end)
        self._stats.letters_lost += lost

    def _tell(self, refused: list[RefusedRow]) -> None:
        """One fault a table and reason, none of faults: one about itself would never end."""
        kinds = Counter((one.entry.table, one.kind) for one in refused)
        for (table, kind), rows in kinds.items():
            if table == "faults":
                log.info("faults_refused", error=kind, rows=rows)
                continue
            what = f"rows of {table}" if table else "lines that are no rows"
            self._on_fault("rows_refused", f"{what} were set aside: {kind}", rows=rows)

    async def _read(self, start: Position) -> Batch:
        batch: Batch = await self._in_thread(self._segments.read, start, self._window.rows)
        return batch

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._reading, work, *arguments)


async def _again(connection: asyncpg.Connection, refused: list[RefusedRow]) -> list[RefusedRow]:
    """Those that wait for a parent are tried again, as long as one of them has become one."""
    while waiting := [one.waiting for one in refused if one.waiting]:
        refused = [one for one in refused if not one.waiting]
        still = await insert(connection, waiting)
        refused += still
        if len(still) == len(waiting):
            break
    return refused


def _joined(first: Batch, then: Batch) -> Batch:
    return Batch(
        first.entries + then.entries, then.end, first.torn + then.torn, first.size + then.size
    )
