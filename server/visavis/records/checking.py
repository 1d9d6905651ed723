"""Whether the files in the data folder and the rows that name them agree.

Looks first at the disk, then at the journal, then at the database: a file on the disk is named by
one of the other two, and what the journal lets go of meanwhile is in the database by then. While
a server lives on the folder, what is younger than :data:`SETTLE_S` may still be on its way.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import asyncpg

from visavis.records.files import Files
from visavis.records.journal.segments import parse
from visavis.records.tables import key_of, metadata

SETTLE_S = 60.0

Wrong = Literal["unfinished", "no row", "no file", "changed", "wrong size"]

_TOPS = ("users", "models", "portraits")
"""The folders whose files rows name."""

_NAMING = (("uri", "sha256", "size"), ("features_uri", "features_hash", "features_size"))
_ARTEFACT = ("artifact_uri", "artifact_hash", None)
_BLOCK = 1 << 20


@dataclass(frozen=True)
class RecordProblem:
    """One file, or the row that names one."""

    kind: Wrong
    uri: str
    """Relative to the data folder."""
    detail: str

    @property
    def removable(self) -> bool:
        """Whether it is a file that nothing names, so that removing it loses no row's file."""
        return self.kind in ("unfinished", "no row")


@dataclass(frozen=True)
class Named:
    """A file as a row names it."""

    table: str
    row: str
    uri: str
    sha256: str
    size: int | None


async def check(root: Path, url: str, *, served: bool, hashes: bool = True) -> list[RecordProblem]:
    """All that is wrong, files without a row first.

    ``served``: a server lives on this folder. ``hashes`` off compares the sizes alone. Reads
    every file, in this thread. Raises what asyncpg raises when the database is away.
    """
    files = Files(root)
    now = time.time()
    on_disk = [
        (uri, modified)
        for uri, modified in _files(files.root, (*_TOPS, "unfinished"))
        if not (served and now - modified < SETTLE_S)
    ]
    journalled = _journalled(files.root / "journal")
    rows = await _named(url)
    named = journalled | {row.uri for row in rows}
    problems = []
    for uri, _ in on_disk:
        if uri.startswith("unfinished/"):
            problems.append(RecordProblem("unfinished", uri, "its writing was cut off"))
        elif uri not in named:
            problems.append(RecordProblem("no row", uri, "no row names it"))
    for row in rows:
        problems += _compare(files, row, hashes=hashes)
    return problems


def remove(root: Path, problems: list[RecordProblem]) -> int:
    """Remove the files that nothing names; how many that were. Rows are never touched."""
    files, removed = Files(root), 0
    for problem in problems:
        removed += problem.removable and files.delete(problem.uri)
    return removed


def _files(root: Path, tops: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """(uri, modification time) of each file; one that goes meanwhile is left out."""
    for top in tops:
        for folder, _, names in os.walk(root / top):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):
                    yield path.relative_to(root).as_posix(), path.lstat().st_mtime


def _journalled(folder: Path) -> set[str]:
    """What rows name that are on their way to the database."""
    named = set()
    for path in sorted(folder.glob("*.journal")):
        with suppress(FileNotFoundError), path.open("rb") as segment:
            for text in segment:
                with suppress(ValueError):
                    _, row = parse(text)
                    named |= {row[name] for name in _URIS if isinstance(row.get(name), str)}
    return named


_URIS = tuple(uri for uri, _, _ in (*_NAMING, _ARTEFACT))


async def _named(url: str) -> list[Named]:
    """Every row that names a file of the data folder."""
    connection = await asyncpg.connect(url, timeout=5, command_timeout=300)
    found = []
    try:
        for table in metadata.sorted_tables:
            for uri, digest, size in (*_NAMING, _ARTEFACT):
                if uri not in table.columns or table.name == "cached_uploads":
                    continue
                key = key_of(table.name)
                columns = f"{key}, {uri}, {digest}, {size or 'null::bigint'}"
                rows = await connection.fetch(
                    f"select {columns} from {table.name} where {uri} is not null order by {key}"
                )
                found += [_row(table.name, row) for row in rows]
    finally:
        await connection.close()
    return found


def _row(table: str, row: Any) -> Named:
    key, uri, digest, size = row
    return Named(table, str(key), uri, digest.removeprefix("sha256:"), size)


def _compare(files: Files, row: Named, *, hashes: bool) -> Iterator[RecordProblem]:
    by = f"named by {row.table} {row.row}"
    try:
        path = files.path(row.uri)
        size = path.stat().st_size
    except ValueError as error:
        yield RecordProblem("no file", row.uri, f"{by}: {error}")
        return
    except (FileNotFoundError, NotADirectoryError):
        yield RecordProblem("no file", row.uri, by)
        return
    if row.size is not None and size != row.size:
        yield RecordProblem("wrong size", row.uri, f"{by}: {size} bytes, and not {row.size}")
    elif hashes and _sha256(path) != row.sha256:
        yield RecordProblem("changed", row.uri, f"{by}: its bytes are not those that were kept")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
