"""Attacks in a process of their own, beside whatever a test does meanwhile."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
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
    """Running attacks."""

    def __init__(self, names: Sequence[str], seconds: float, process: Process) -> None:
        self._names, self._seconds, self._process = names, seconds, process

    async def reports(self) -> AsyncIterator[tuple[str, Report]]:
        """Each attack's name and what it did, as soon as it is over."""
        assert self._process.stdout is not None and self._process.stderr is not None
        for name in self._names:
            async with asyncio.timeout(self._seconds + SPARE_S):
                line = await self._process.stdout.readline()
                if not line:
                    errors = await self._process.stderr.read()
                    raise AssertionError(f"{name}: {errors.decode()[-2_000:]}")
            yield name, json.loads(line)

    async def report(self) -> Report:
        """Wait for the end of the only one; what it did."""
        return next(report async for _, report in self.reports())


@asynccontextmanager
async def attacking(
    names: str, url: str, seconds: float, source: str = "127.0.0.1"
) -> AsyncIterator[Attacking]:
    """``names``, with commas between them, go on for ``seconds`` each, one after the other; cut
    off when left earlier."""
    command = ("-m", "attacks", names, url, "--seconds", str(seconds), "--source", source)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        env=environment(),
    )
    try:
        yield Attacking(names.split(","), seconds, process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
