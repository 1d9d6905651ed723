"""All scripts in turn, and what they have left, as one JSON document."""

import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from . import documented, http, project, shapes
from .commands import commands
from .node import Node, serving
from .rows import Books
from .scripts import AT_THE_STAND, HOUSE, IN_THE_HOUSE, STAND, Stage
from .shapes import Shape

VERSION = 1

Scripts = Mapping[str, Callable[[Stage], Awaitable[None]]]


def tell(says: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(f"{says}\n")
    sys.stderr.flush()


async def record(only: frozenset[str] = frozenset()) -> Shape:
    """Record; `only` these scripts, if any are named."""
    house: Shape = {}
    stand: Shape = {}
    with tempfile.TemporaryDirectory(prefix="visavis-harness-") as name:
        folder = _opened(Path(name))
        if chosen := _chosen(IN_THE_HOUSE, only):
            house = await _on(folder / "house", HOUSE, chosen, _surface)
        if chosen := _chosen(AT_THE_STAND, only):
            stand = await _on(folder / "stand", STAND, chosen, _nothing)
    return {
        "version": VERSION,
        "house": house,
        "stand": stand,
        "settings": documented.settings(project.settings_schema()),
        "commands": {} if only else await commands(),
        "messages": documented.messages(project.channel_schema()),
    }


def _opened(folder: Path) -> Path:
    """It is there, for every user: under root Postgres runs as another."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return folder


def _chosen(scripts: Scripts, only: frozenset[str]) -> Scripts:
    return {name: script for name, script in scripts.items() if not only or name in only}


async def _on(
    folder: Path,
    settings: dict[str, str],
    scripts: Scripts,
    surface: Callable[[Node, Books], Awaitable[Shape]],
) -> Shape:
    """One server, and the scripts that call it."""
    data = _opened(_opened(folder) / "data")
    began = time.monotonic()
    with serving(data, settings) as node:
        tell(f"{folder.name}: started in {time.monotonic() - began:.0f} s")
        async with Books(node) as books:
            start = await books.left()
            found: Shape = {"start": shapes.begun(start), "scripts": {}}
            for name, script in scripts.items():
                found["scripts"][name] = await _script(Stage(node, folder, name), books, script)
            found |= await surface(node, books)
            found["measures of the node"] = shapes.tables({"performance_log": books.loose})
    found["printed"] = shapes.printed(node.lines, str(data))
    return found


async def _script(
    stage: Stage, books: Books, script: Callable[[Stage], Awaitable[None]]
) -> Shape:
    began = time.monotonic()
    await script(stage)
    left = await books.left()
    tell(f"{stage.name}: {time.monotonic() - began:.0f} s")
    shape = shapes.script(stage.name, left, stage.told)
    return shape | {"answers": stage.answers} if stage.answers else shape


async def _surface(node: Node, books: Books) -> Shape:
    signalling = await http.signalling(node)
    left = await books.left()
    return {
        "schema": await books.schema(),
        "signalling": signalling,
        "refused calls": {
            "tables": shapes.tables(left.rows), "sessions": shapes.sessions(left.rows)
        },
        "pages": await http.pages(node),
        "api": await documented.api(node),
    }  # fmt: skip


async def _nothing(node: Node, books: Books) -> Shape:
    return {}


def text(recording: Shape) -> str:
    """As it is kept: sorted, a line for each thing, so that a diff can be read."""
    return json.dumps(recording, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read(path: Path) -> dict[str, Any]:
    """A recording. Raises ValueError for one of another version of the harness."""
    found: dict[str, Any] = json.loads(path.read_text())
    if found.get("version") != VERSION:
        raise ValueError(f"{path} is of another version of the harness; record it again")
    return found
