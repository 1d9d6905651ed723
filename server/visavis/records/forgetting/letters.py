"""The lines of the journal's folder: committed rows, and rows that the database has refused.

A server that runs holds its segments open and appends to them, so lines are overwritten where
they stand, with spaces. What is committed is not read again: not so much as one line of it is
needed, and all of it goes, whosever it was, because a later word about a row names nobody.
"""

import asyncio
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg

from visavis.records.forgetting.report import Forgotten, NotWritten
from visavis.records.journal.journal import Journal
from visavis.records.journal.segments import Position, in_use
from visavis.records.values import loads

_DRAIN_S = 20.0
_LOOK_S = 0.1
_LOOKS = round(_DRAIN_S / _LOOK_S)
_LETTERS = "dead_letters.jsonl"


class Letters:
    """The journal in ``folder``, of a server that runs or of none, in the database at ``url``."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url

    async def committed(self, connection: asyncpg.Connection) -> None:
        """See that every row written by now is in the database. Raises `NotWritten`."""
        if not self._folder.exists():
            return
        if await asyncio.to_thread(in_use, self._folder):
            done = await self._others(connection)
        else:
            done = await self._ours()
        if not done:
            raise NotWritten("Rows still wait for the database. Nothing was forgotten; try again.")

    async def blot(self, connection: asyncpg.Connection) -> None:
        """Overwrite what is committed."""
        if place := await self._place(connection):
            await asyncio.to_thread(self._blot, place)

    async def _ours(self) -> bool:
        """No server runs: commit what the last one left; its segments go."""
        journal = Journal(self._folder, self._url)
        await journal.start()
        try:
            return await journal.drained(_DRAIN_S)
        finally:
            await journal.stop()

    async def _others(self, connection: asyncpg.Connection) -> bool:
        """A server runs, perhaps this one: wait until it has committed what is there now."""
        end = await asyncio.to_thread(self._end)
        for _ in range(_LOOKS):
            if (await self._place(connection) or Position(0, 0)) >= end:
                return True
            await asyncio.sleep(_LOOK_S)
        return False

    async def _place(self, connection: asyncpg.Connection) -> Position | None:
        """How far the journal is committed."""
        try:
            known = await asyncio.to_thread((self._folder / "journal.id").read_text)
        except FileNotFoundError:
            return None
        row = await connection.fetchrow(
            "select segment, position from journal where id::text = $1", known
        )
        return Position(row["segment"], row["position"]) if row else None

    def _segments(self) -> list[tuple[int, Path]]:
        return sorted((int(path.stem), path) for path in self._folder.glob("*.journal"))

    def _end(self) -> Position:
        for number, path in reversed(self._segments()):
            with suppress(FileNotFoundError):
                return Position(number, path.stat().st_size)
        return Position(0, 0)

    def _blot(self, place: Position) -> None:
        for number, path in self._segments():
            if number > place.segment:
                continue
            # Gone by now: then its lines are gone with it.
            with suppress(FileNotFoundError), path.open("r+b") as segment:
                size = os.fstat(segment.fileno()).st_size
                end = min(size, place.offset) if number == place.segment else size
                segment.write(b" " * end)
                segment.flush()
                os.fsync(segment.fileno())

    def blot_refused(self, about: Iterable[str], gone: Forgotten) -> None:
        """Overwrite the refused rows that name one of the ids ``about``, or a row that does."""
        with suppress(FileNotFoundError), (self._folder / _LETTERS).open("r+b") as file:
            letters = list(_read(file.read()))
            known = set(about)
            theirs: dict[int, int] = {}
            while fresh := {
                at: (size, row)
                for at, size, row in letters
                if at not in theirs and not known.isdisjoint(_texts(row))
            }:
                for at, (size, row) in fresh.items():
                    theirs[at] = size
                    known |= {str(row[key]) for key in ("id", "event_id") if key in row}
            for at, size in theirs.items():
                file.seek(at)
                file.write(b" " * size)
            file.flush()
            os.fsync(file.fileno())
            gone.letters += len(theirs)


def _read(text: bytes) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Where each letter begins, its bytes without the line's end, and its row."""
    at = 0
    for line in text.splitlines(keepends=True):
        with suppress(ValueError, KeyError, TypeError):
            yield at, len(line.rstrip(b"\n")), dict(loads(line.decode())["row"])
        at += len(line)


def _texts(row: dict[str, Any]) -> set[str]:
    """Its texts; of a line that was no row, its words."""
    texts = {value for value in row.values() if isinstance(value, str)}
    return texts | set(re.findall(r"[\w-]+", row["line"])) if set(row) == {"line"} else texts
