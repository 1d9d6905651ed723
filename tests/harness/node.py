"""A real server in a process of its own, with its own Postgres, on loopback."""

import asyncio
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg

from .project import SOURCE, server_command

START_S = 180.0
STOP_S = 20.0


class Node:
    """A running server."""

    def __init__(self, data: Path, process: subprocess.Popen[str]) -> None:
        self.url = ""
        self.data = data
        self.lines: list[str] = []
        """What it has printed."""
        self._process = process
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())
            if found := re.search(r"is ready: (http\S+?)/?\s*$", line):
                self.url = found[1].replace("localhost", "127.0.0.1")
                self._ready.set()
        self._ready.set()

    def wait(self) -> None:
        """Until calls are admitted. Raises RuntimeError with what was printed."""
        self._ready.wait(START_S)
        if not self.url:
            raise RuntimeError("\n".join(["The server did not start:", *self.lines]))

    def stop(self) -> None:
        """As Ctrl-C does."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGINT)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def token(self) -> str:
        """The operator's own."""
        return (self.data / "operator.token").read_text().strip()

    async def connect(self) -> asyncpg.Connection:
        """To its Postgres, by the socket that the data folder names; jsonb comes decoded."""
        pid_file = self.data / "postgres" / "data" / "postmaster.pid"
        sockets = pid_file.read_text().splitlines()[4]
        connection = await asyncpg.connect(f"postgresql://postgres@/visavis?host={sockets}")
        await connection.set_type_codec(
            "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
        )
        return connection


def environment() -> dict[str, str]:
    """This process's, without the machine's own settings but for where the models are."""
    own = {
        name: value
        for name, value in os.environ.items()
        if name == "VISAVIS_WEIGHTS" or not name.startswith(("VISAVIS_", "DATABASE_URL", "OPENAI_"))
    }
    path = [str(SOURCE), *filter(None, [own.get("PYTHONPATH")])]
    return {**own, "PYTHONPATH": os.pathsep.join(path), "COLUMNS": "200"}


@asynccontextmanager
async def serving(data: Path, settings: dict[str, str]) -> AsyncIterator[Node]:
    """A server with its data in `data`; `settings`: environment
    variables without their prefix."""
    process = subprocess.Popen(  # noqa: ASYNC220
        [*server_command(), "serve", "--http", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        cwd=data,
        env={
            **environment(),
            "VISAVIS_RECORDS__DATA": str(data),
            "VISAVIS_CERTS": str(data / "certs"),
            "VISAVIS_CHAT__MODEL": "qwen2.5-coder-0.5b-instruct-q4_k_m",  # "auto": by the machine
            **{f"VISAVIS_{name}": value for name, value in settings.items()},
        },
    )
    node = Node(data, process)
    try:
        await asyncio.to_thread(node.wait)
        yield node
    finally:
        await asyncio.to_thread(node.stop)
