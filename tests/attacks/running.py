"""An attack in a process of its own, beside whatever a test does meanwhile."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from attacks.target import Report

TESTS = Path(__file__).parent.parent
SPARE_S = 60.0


def environment() -> dict[str, str]:
    """Of a process that imports this package."""
    path = os.pathsep.join((str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")))
    return {**os.environ, "PYTHONPATH": path}


class Attacking:
    """A running attack."""

    def __init__(self, name: str, seconds: float, process: asyncio.subprocess.Process) -> None:
        self._name, self._seconds, self._process = name, seconds, process

    @property
    def going_on(self) -> bool:
        return self._process.returncode is None

    async def report(self) -> Report:
        """Wait for its end; what it did."""
        async with asyncio.timeout(self._seconds + SPARE_S):
            out, errors = await self._process.communicate()
        assert self._process.returncode == 0, f"{self._name}: {errors.decode()[-2_000:]}"
        report: Report = json.loads(out)
        return report


@asynccontextmanager
async def attacking(
    name: str, url: str, seconds: float, source: str = "127.0.0.1"
) -> AsyncIterator[Attacking]:
    """``name`` goes on for ``seconds``; cut off when left earlier."""
    command = ("-m", "attacks", name, url, "--seconds", str(seconds), "--source", source)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        env=environment(),
    )
    try:
        yield Attacking(name, seconds, process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
