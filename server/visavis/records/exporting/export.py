"""Writes a folder that others can train and evaluate with: tables as Parquet, media, a manifest.

All tables are of one moment (one transaction that only reads). Rows come by a cursor and leave in
batches, so that memory doesn't grow with the history. The manifest is written last: a folder
without one is unfinished.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pyarrow as pa
import pyarrow.parquet as pq

from visavis import __version__
from visavis.records.exporting import queries
from visavis.records.exporting.media import CopyStatus, copy
from visavis.records.exporting.schemas import MEDIA, TABLES, plain
from visavis.records.files import Files

FORMAT = 1
"""Of the folder; changed when its readers must change."""
BATCH = 500
"""Rows held at once."""
NAMED = 200
"""Wrong files that the manifest names; ``media.parquet`` names all."""


class FolderNotEmpty(Exception):
    """Nothing is written over."""


@dataclass(frozen=True)
class Selection:
    """What is exported: of ``since`` <= time < ``until``, of ``user`` (name or id), None for all.

    ``judged_only``: turns with a judgement that isn't withdrawn; other tables are not concerned.
    """

    since: datetime | None = None
    until: datetime | None = None
    user: str | None = None
    judged_only: bool = True
    media: bool = True

    @property
    def arguments(self) -> tuple[Any, ...]:
        """Those of every query."""
        return self.since, self.until, self.user, self.judged_only


@dataclass
class Exported:
    """What was written: rows by table, and files."""

    rows: dict[str, int] = field(default_factory=dict)
    files: Counter[CopyStatus] = field(default_factory=Counter)
    bytes: int = 0
    wrong: list[str] = field(default_factory=list)
    """The first of the files that are missing or changed."""


async def export(url: str, files: Files, folder: Path, chosen: Selection) -> Exported:
    """Export the database at ``url`` and its ``files`` into ``folder``, made if need be.

    Raises `FolderNotEmpty`, OSError when the folder can't be written, and what asyncpg raises.
    """
    await asyncio.to_thread(_begin, folder)
    done = Exported()
    connection = await asyncpg.connect(url, timeout=5)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for name, (query, schema) in TABLES.items():
                table = _Table(folder, name, schema)
                await _fill(connection, table, query, chosen)
                done.rows[name] = table.rows
            await _media(connection, files, folder, chosen, done)
    finally:
        await connection.close()
    await asyncio.to_thread(_manifest, folder, chosen, done)
    return done


def _begin(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FolderNotEmpty(f"{folder} is not empty; choose another folder.")


class _Table:
    """A Parquet file that grows."""

    def __init__(self, folder: Path, name: str, schema: pa.Schema) -> None:
        self.rows = 0
        self._schema = schema
        self._batch: list[dict[str, Any]] = []
        self._writer = pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd")

    async def add(self, row: dict[str, Any]) -> None:
        self._batch.append(row)
        if len(self._batch) >= BATCH:
            await asyncio.to_thread(self._flush)

    async def close(self) -> None:
        await asyncio.to_thread(self._flush)
        await asyncio.to_thread(self._writer.close)

    def _flush(self) -> None:
        if self._batch:
            self._writer.write_table(pa.Table.from_pylist(self._batch, self._schema))
            self.rows += len(self._batch)
            self._batch = []


async def _fill(
    connection: asyncpg.Connection, table: _Table, query: str, chosen: Selection
) -> None:
    async for row in connection.cursor(query, *chosen.arguments, prefetch=BATCH):
        await table.add(plain(dict(row)))
    await table.close()


async def _media(
    connection: asyncpg.Connection, files: Files, folder: Path, chosen: Selection, done: Exported
) -> None:
    table = _Table(folder, "media", MEDIA)
    async for row in connection.cursor(queries.MEDIA, *chosen.arguments, prefetch=BATCH):
        status: CopyStatus = "left out"
        path: Path | None = None
        if chosen.media:
            status, path = await asyncio.to_thread(
                copy, files, row["uri"], row["sha256"], folder / "media"
            )
        done.files[status] += 1
        if path is not None:
            done.bytes += row["size"]
        elif chosen.media and len(done.wrong) < NAMED:
            done.wrong.append(f"{row['uri']} ({status})")
        relative = path and path.relative_to(folder).as_posix()
        await table.add({**plain(dict(row)), "path": relative, "status": status})
    await table.close()
    done.rows["media"] = table.rows


def _manifest(folder: Path, chosen: Selection, done: Exported) -> None:
    schemas: Mapping[str, pa.Schema] = {
        **{name: schema for name, (_, schema) in TABLES.items()},
        "media": MEDIA,
    }
    told = {
        "format": FORMAT,
        "visavis": __version__,
        "made": datetime.now(UTC).isoformat(),
        "filters": asdict(chosen),
        "tables": {
            name: {
                "file": f"{name}.parquet",
                "rows": done.rows[name],
                "columns": {column.name: str(column.type) for column in schema},
            }
            for name, schema in schemas.items()
        },
        "media": {"files": dict(done.files), "bytes": done.bytes, "wrong": done.wrong},
    }
    text = json.dumps(told, indent=2, ensure_ascii=False, default=str)
    (folder / "manifest.json").write_text(text + "\n", "utf-8")
