"""Which runs of this data folder live, which are surely dead, and the closing of what those left.

Every living server holds a lock (flock) on a file of its own, ``<data>/running/<run>``. The kernel
lets go of it when the process ends, however it ends, and never before. So a file that is there and
not locked names a run that is surely dead, and that has not been closed yet: a run that ends in
order removes its file, after its journal.

Why not a lock or a heartbeat in the database: both are lost with the database, and calls go on
without it. A node that starts just after an outage would take every other for dead. Of the runs
of other nodes, which share the database and not the data folder, nothing is known here; they are
left to their own next start.

The file holds the ids of all runs of the process, its workers' and its pages' included, a line
each. What closes them goes through the journal,
and the file goes once that is synced.
"""

import asyncio
import contextlib
import fcntl
import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import structlog

from visavis.records.files import sync_folder
from visavis.records.journal.journal import Journal
from visavis.records.postgres.connection import connected
from visavis.records.writing.faults import FaultsRows

ENDING = "server was killed"
"""The ``ending`` of a session whose server ended without closing it."""

_AGAIN_S = 2.0
"""Between attempts while the database is away."""

_AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientResourcesError,
)
"""The database can't be asked just now. Any other error would be the same next time."""

log = structlog.get_logger(__name__)


class RunsAlive:
    """The runs of the data folder ``root``: this process's own, and those before it."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "running"
        self._file: int | None = None
        self._path: Path | None = None

    def began(self, run: UUID) -> None:
        """A run of this process begins: the first names the file. Never raises.

        The first is synced, so that no row of it can be on the disk and its name not. The later
        ones come while calls go on, and a power cut may take their names.
        """
        try:
            if self._file is None:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._path = self._folder / str(run)
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
                self._file = os.open(self._path, flags, 0o600)
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.write(self._file, f"{run}\n".encode())
                os.fsync(self._file)
                sync_folder(self._folder)
            else:
                os.write(self._file, f"{run}\n".encode())
        except OSError as error:
            log.error("run_not_named", error=str(error))

    def ended(self) -> None:
        """This process has said all it had to say, and its journal has it."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        if self._file is not None:
            os.close(self._file)
        self._file = self._path = None

    def alive(self, run: UUID) -> bool:
        """Whether the run may still be going on: False only when it is surely dead."""
        return run not in {one for _, runs in self._dead() for one in runs}

    def dead(self) -> set[UUID]:
        """The runs that are surely dead and not closed yet."""
        return {run for _, runs in self._dead() for run in runs}

    async def close_dead(self, faults: FaultsRows, journal: Journal, url: str) -> int:
        """Close what killed runs left open; how many sessions that were. Waits for the database.

        Each open session ends with a fault, at its last sign of life; modes and runs end too.
        """
        dead = self._dead()
        if not dead:
            return 0
        while True:
            try:
                # What the killed run has journalled comes first: it may have closed more itself.
                if not await journal.drained(_AGAIN_S):
                    continue
                counts = [await _close(faults, journal, url, runs) for _, runs in dead]
                break
            except _AWAY as away:
                log.info("dead_runs_wait", error=type(away).__name__)
                await asyncio.sleep(_AGAIN_S)
        while not await journal.synced(_AGAIN_S):
            pass
        for path, _ in dead:
            path.unlink(missing_ok=True)
        return sum(counts)

    def _dead(self) -> list[tuple[Path, list[UUID]]]:
        found = []
        for path in sorted(self._folder.glob("*")):
            if path == self._path or (runs := _unlocked(path)) is None:
                continue
            found.append((path, runs))
        return found


def _unlocked(path: Path) -> list[UUID] | None:
    """The runs that a file names, if nobody holds it. A torn last line names none."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return None
        runs = []
        for line in [path.name, *file.read().split()]:
            with contextlib.suppress(ValueError):
                runs.append(UUID(line))
    return list(dict.fromkeys(runs))


_SIGNS = "".join(
    f", (select max({at}) from {table} where session_id = s.id)"
    for table, at in (
        ("performance_log", "created"),
        ("session_events", "timestamp"),
        ("audio", "created"),
        ("chat", "created"),
        ("faults", "created"),
    )
)

_OPEN_SESSIONS = f"""
    select s.id, s.run_id, m.mode, greatest(s.started, lower(m.during){_SIGNS}) as latest
    from session s
    left join mode_state m on m.session_id = s.id and upper_inf(m.during)
    where s.run_id = any($1) and s.finished is null
"""

_OPEN_MODES = """
    select m.id, m.session_id, lower(m.during) as since, r.started, s.finished
    from mode_state m
    join run r on r.id = m.run_id
    left join session s on s.id = m.session_id
    where m.run_id = any($1) and upper_inf(m.during)
"""

_OPEN_RUNS = """
    select r.id, greatest(
        r.started,
        (select max(created) from performance_log where run_id = any($1)),
        (select max(created) from faults where run_id = any($1)),
        (select max(coalesce(finished, started)) from session where run_id = any($1)),
        (select max(lower(during)) from mode_state where run_id = any($1))
    ) as latest
    from run r where r.id = any($1) and r.ended is null
"""


async def _close(faults: FaultsRows, journal: Journal, url: str, runs: list[UUID]) -> int:
    async with connected(url, command_timeout=30.0) as connection:
        sessions = await connection.fetch(_OPEN_SESSIONS, runs)
        modes = await connection.fetch(_OPEN_MODES, runs)
        open_runs = await connection.fetch(_OPEN_RUNS, runs)
    ends = {row["id"]: row["latest"] for row in sessions}
    last = max((row["latest"] for row in open_runs), default=None)
    for row in modes:
        end = ends.get(row["session_id"]) or row["finished"] or last or row["since"]
        end = max(end, row["since"] + timedelta(microseconds=1))
        journal.put("mode_state", {"id": row["id"], "during": (row["since"], end)})
    for row in sessions:
        faults.tell(
            "session_cut_off",
            "the server was killed in the middle of this call",
            session=row["id"],
            mode=row["mode"],
            details={"run": str(row["run_id"])},
        )
        journal.put("session", {"id": row["id"], "finished": row["latest"], "ending": ENDING})
    for row in open_runs:
        journal.put("run", {"id": row["id"], "ended": row["latest"]})
    return len(sessions)
