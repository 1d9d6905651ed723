"""What the command line says of itself."""

import asyncio
import os
import re

from .node import environment
from .project import ROOT, server_command

AT_ONCE = os.cpu_count() or 1
LISTED = re.compile(r"^│ ([a-z][\w-]*)\s{2,}", re.M)


async def commands() -> dict[str, list[str]]:
    """The help of each command, by its name ("models fetch"), "" for the whole."""
    free = asyncio.Semaphore(AT_ONCE)
    found: dict[str, list[str]] = {}

    async def ask(name: str) -> None:
        async with free:
            told = await _help(name)
        found[name] = [line for line in map(_plain, told.splitlines()) if line]
        _, _, listed = told.partition("─ Commands ─")
        await asyncio.gather(*(ask(f"{name} {one}".strip()) for one in LISTED.findall(listed)))

    await ask("")
    return found


async def _help(name: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *server_command(),
        *name.split(),
        "--help",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(),
        cwd=ROOT / "tests",  # no settings of the checkout's own
    )
    told, _ = await process.communicate()
    return told.decode()


def _plain(line: str) -> str:
    """Without the frame; the program may be run under any name."""
    line = re.sub(r"Usage: .*?(?=\[OPTIONS\])", "Usage: ", line)
    return " ".join(line.strip("│╭╮╰╯─ ").split())
