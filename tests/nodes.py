"""A real server in a process of its own, with real engines and its own Postgres, on loopback."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import prepared_postgres
import psutil

from visavis.records.postgres.embedded import running_url
from visavis.weights.manifest import SMALL_CHAT

START_S = 240.0
RULES_ONLY = {
    f"VISAVIS_{part}__ENGINE": "off"
    for part in ("CHAT", "STT", "TTS", "LIPSYNC", "POSE", "KNOWLEDGE")
}
"""A server's environment: no engine at all, so that it starts in seconds."""


@dataclass
class Node:
    """A running server."""

    url: str
    data: Path
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def database(self) -> str:
        """The URL of its Postgres."""
        url = running_url(self.data / "postgres")
        assert url is not None, "the server's Postgres is not running"
        return url

    async def rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """What the database holds."""
        connection = await asyncpg.connect(self.database)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def settled(
        self, query: str, *arguments: object, seconds: float = 60.0
    ) -> list[asyncpg.Record]:
        """The rows, once there are any: the journal commits a moment after the fact. Raises
        TimeoutError, which tells of the latest faults."""
        import asyncio

        try:
            async with asyncio.timeout(seconds):
                while not (rows := await self.rows(query, *arguments)):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        except TimeoutError:
            latest = "select type, description from faults order by created desc limit 9"
            faults = [tuple(row) for row in await self.rows(latest)]
            raise TimeoutError(f"{query}: no row in {seconds:g} s; faults: {faults}") from None
        return rows

    def tree(self) -> list[psutil.Process]:
        """The server and its children."""
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]


def launch(
    folder: Path, *, port: int | str = 0, python: str = sys.executable, **environment: str
) -> subprocess.Popen[str]:
    """`visavis serve`, its data in `folder`, in a process group as a terminal's job is."""
    return subprocess.Popen(
        [python, "-m", "visavis", "serve", "--http", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={
            **os.environ,
            "VISAVIS_RECORDS__DATA": str(folder),
            "VISAVIS_CERTS": str(folder / "certs"),
            "VISAVIS_CHAT__MODEL": SMALL_CHAT,  # what "auto" takes depends on the machine
            **environment,
        },
    )


def left_running(folder: Path) -> list[psutil.Process]:
    """Whatever still lives of the servers whose data are in `folder`: it inherited that name."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            named = process.environ().get("VISAVIS_RECORDS__DATA") == str(folder)
            if named and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@contextmanager
def serving(
    folder: Path, port: int | str = 0, python: str = sys.executable, **environment: str
) -> Iterator[Node]:
    """`visavis serve` on a loopback port (0: a free one), its data in `folder`; `python` is the
    interpreter of the environment that it is installed in."""
    process = launch(folder, port=port, python=python, **environment)
    node = Node("", folder, process)
    ready = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            node.lines.append(line.rstrip())
            if "is ready:" in line:
                node.url = line.split("is ready:")[1].strip().rstrip("/")
                ready.set()
        ready.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert ready.wait(START_S), f"the server did not start: {node.lines}"
        assert node.url, f"the server ended: {node.lines}"
        node.url = node.url.replace("localhost", "127.0.0.1")
        yield node
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def new_folder() -> Iterator[Path]:
    """An empty folder for a server's data, gone afterwards.

    Under root Postgres runs as another OS user, who must reach it.
    """
    with tempfile.TemporaryDirectory(prefix="visavis-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def serving_anew(**environment: str) -> Iterator[Node]:
    """`serving`, with nothing kept yet but the schema of an embedded Postgres."""
    with new_folder() as folder:
        prepared_postgres.put(folder)
        with serving(folder, **environment) as node:
            yield node
