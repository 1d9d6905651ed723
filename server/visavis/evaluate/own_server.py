"""A server for the time of a run, in a process of its own, with what scenarios need."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from visavis.evaluate.scenario import Needs, ScenarioError

READY = "is ready: "
"""What `visavis serve` prints before its address."""
START_S = 300.0
END_S = 20.0


@asynccontextmanager
async def serving(needs: Needs, chat_url: str) -> AsyncIterator[str]:
    """Its address, once it takes calls; its data are gone afterwards. The settings in force are its
    own too, but for what the scenarios need. Raises ScenarioError when it doesn't start."""
    with _folder() as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "visavis", "serve", "--http", "--port", "0"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            env={
                **os.environ,
                **LIMITS,
                **environment(needs, chat_url),
                "VISAVIS_RECORDS__DATA": folder,
            },
        )
        assert process.stdout is not None
        draining: asyncio.Task[None] | None = None
        try:
            url = await _ready(process.stdout)
            draining = asyncio.create_task(_drained(process.stdout))
            yield url
        finally:
            await _ended(process)
            if draining is not None:
                await asyncio.wait([draining], timeout=END_S)
                draining.cancel()


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    """For its data. Run by root, the database is another user's, who must reach it."""
    with tempfile.TemporaryDirectory(prefix="visavis-evaluate-") as folder:
        Path(folder).chmod(0o755)
        yield folder


LIMITS = {
    "VISAVIS_LIMITS__CALLS_A_MINUTE": "10000",
    "VISAVIS_LIMITS__UNCONNECTED_PER_ADDRESS": "100",
    "VISAVIS_MAX_CALLS": "100",
}
"""All calls come from one address."""


def environment(needs: Needs, chat_url: str) -> dict[str, str]:
    """What the server is told, as variables."""
    told = {
        f"VISAVIS_{key.upper().replace('.', '__')}": value
        if isinstance(value, str)
        else json.dumps(value)
        for key, value in needs.settings
    }
    if needs.knowledge:
        told["VISAVIS_KNOWLEDGE__FILES"] = json.dumps([str(p.absolute()) for p in needs.knowledge])
    if needs.chat_server:
        told |= {
            "VISAVIS_CHAT__ENGINE": "openai",
            "VISAVIS_CHAT__URL": chat_url,
            "VISAVIS_CHAT__MODEL": "scripted",
        }
    return told


async def _ready(output: asyncio.StreamReader) -> str:
    last: list[str] = []
    try:
        async with asyncio.timeout(START_S):
            while line := (await output.readline()).decode(errors="replace").rstrip():
                if READY in line:
                    url = line.split(READY)[1].strip().rstrip("/")
                    return url.replace("localhost", "127.0.0.1")
                last = [*last[-2:], line]
    except TimeoutError:
        last.append(f"nothing more within {START_S:g} s")
    except ValueError:
        last.append("a line of its output was too long")
    raise ScenarioError(f"The server for these scenarios did not start: {' / '.join(last)}")


async def _drained(output: asyncio.StreamReader) -> None:
    """What it prints is read, so that it never waits for a reader."""
    while await output.read(1 << 16):
        pass


async def _ended(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        async with asyncio.timeout(END_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
