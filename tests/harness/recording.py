"""All scripts in turn, and what they have left, as one JSON document."""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from . import documented, http, project, shapes
from .commands import commands
from .node import Node, serving
from .rows import Books
from .scripts import AT_THE_STAND, HOUSE, IN_THE_HOUSE, LIGHT, STAND, Stage
from .shapes import Shape

VERSION = 1

Scripts = Mapping[str, Callable[[Stage], Awaitable[None]]]


def tell(says: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(f"{says}\n")
    sys.stderr.flush()


async def record(only: frozenset[str] = frozenset()) -> Shape:
    """Record; `only` these scripts, if any are named, and then nothing that all of them make.

    Both servers start at once, and the stand is called beside the last and lightest calls of the
    house: that saves a minute.
    """
    turn = asyncio.Event()
    house, stand = _chosen(IN_THE_HOUSE, only), _chosen(AT_THE_STAND, only)
    started = asyncio.Barrier(bool(house) + bool(stand))
    with tempfile.TemporaryDirectory(prefix="visavis-harness-") as name:
        folder = _opened(Path(name))
        async with asyncio.TaskGroup() as group:
            first = group.create_task(_house(folder / "house", house, started, turn))
            second = group.create_task(_stand(folder / "stand", stand, started, turn))
    found = {
        "version": VERSION,
        "house": first.result(),
        "stand": second.result(),
        "settings": documented.settings(project.settings_schema()),
        "messages": documented.messages(project.channel_schema()),
    }
    return partial(found) if only else found | {"commands": await commands()}


def partial(recording: Shape, like: Shape | None = None) -> Shape:
    """What of a recording stands by itself: its scripts (of them those that `like` has, too),
    the signalling, the schema and the like."""
    found = {name: recording[name] for name in ("version", "settings", "messages")}
    for server in ("house", "stand"):
        whole = recording[server]
        scripts = whole.get("scripts", {})
        if like is not None:
            wanted = like[server].get("scripts", {})
            scripts = {name: one for name, one in scripts.items() if name in wanted}
        alone = {name: whole[name] for name in ("start", "signalling", "schema") if name in whole}
        found[server] = alone | {"scripts": scripts} if scripts else {}
    return found | {"partial": True}


async def _house(
    folder: Path, chosen: Scripts, started: asyncio.Barrier, turn: asyncio.Event
) -> Shape:
    if not chosen:
        turn.set()
        return {}
    async with _server(folder, HOUSE) as (node, books):
        found: Shape = {"start": shapes.begun(await books.left()), "scripts": {}}
        await started.wait()
        for name, script in chosen.items():
            if name in LIGHT:
                turn.set()
            found["scripts"][name] = await _script(Stage(node, folder, name), books, script)
        turn.set()
        found["signalling"] = await http.signalling(node)
        found["refused calls"] = shapes.script("", await books.left(), [])
        found["schema"] = await books.schema()
        found["pages"] = await http.pages(node)
        found["api"] = await documented.api(node)
        found["beside the scripts"] = shapes.tables(books.beside)
    return found | {"printed": shapes.printed(node.lines, str(node.data))}


async def _stand(
    folder: Path, chosen: Scripts, started: asyncio.Barrier, turn: asyncio.Event
) -> Shape:
    if not chosen:
        return {}
    async with _server(folder, STAND) as (node, books):
        found: Shape = {"start": shapes.begun(await books.left()), "scripts": {}}
        await started.wait()
        await turn.wait()
        for name, script in chosen.items():
            found["scripts"][name] = await _script(Stage(node, folder, name), books, script)
        found["beside the scripts"] = shapes.tables(books.beside)
    return found | {"printed": shapes.printed(node.lines, str(node.data))}


@asynccontextmanager
async def _server(folder: Path, settings: dict[str, str]) -> AsyncIterator[tuple[Node, Books]]:
    data = _opened(_opened(folder) / "data")
    began = time.monotonic()
    async with serving(data, settings) as node, Books(node) as books:
        tell(f"{folder.name}: started in {time.monotonic() - began:.0f} s")
        yield node, books


def _opened(folder: Path) -> Path:
    """It is there, for every user: under root Postgres runs as another."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return folder


def _chosen(scripts: Scripts, only: frozenset[str]) -> Scripts:
    return {name: script for name, script in scripts.items() if not only or name in only}


async def _script(stage: Stage, books: Books, script: Callable[[Stage], Awaitable[None]]) -> Shape:
    began = time.monotonic()
    await script(stage)
    left = await books.left()
    tell(f"{stage.name}: {time.monotonic() - began:.0f} s")
    shape = shapes.script(stage.name, left, stage.told)
    return shape | {"answers": stage.answers} if stage.answers else shape


def text(recording: Shape) -> str:
    """As it is kept: sorted, a line for each thing, so that a diff can be read."""
    return json.dumps(recording, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read(path: Path) -> dict[str, Any]:
    """A recording. Raises ValueError for one of another version of the harness."""
    found: dict[str, Any] = json.loads(path.read_text())
    if found.get("version") != VERSION:
        raise ValueError(f"{path} is of another version of the harness; record it again")
    return found
