"""The journal's files: lines with a checksum, in segments, synced in groups.

A line is ``crc32 (8 hex) space json newline``, the JSON ``[table, row]``. A segment is named by
a number that only grows. A new process begins a new one, so that nothing is ever appended behind
the torn tail that a power cut may have left. Everything here blocks.
"""

import contextlib
import errno
import fcntl
import json
import os
import time
import zlib
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.files import sync_folder
from visavis.records.values import clean, loads, plain

JournalRow = Mapping[str, Any]

BATCH_ROWS = 500
BATCH_BYTES = 1 << 20
_DEAD_LETTERS_BYTES = 64 << 20
_LINE_BYTES = 4096
"""Of a line that is no row, so much is set aside."""


class Position(NamedTuple):
    """A place in the journal; later places compare greater."""

    segment: int
    offset: int


class JournalEntry(NamedTuple):
    """A line that was read: its row, and where the next line begins."""

    table: str
    row: dict[str, Any]
    end: Position
    wrong: str = ""
    """Why this is no row; it is ``{"line": what was read}`` then."""


class Batch(NamedTuple):
    """Some lines in order, where to read on, how many lines were unreadable, and the bytes."""

    entries: list[JournalEntry]
    end: Position
    torn: int
    size: int = 0


class Letter(NamedTuple):
    """A row that is set aside, and why."""

    table: str
    row: JournalRow
    reason: str


class NotARow(ValueError):
    """A line that is whole and holds something else."""


class FolderInUse(RuntimeError):
    """Another process has this journal open."""


def in_use(folder: Path) -> bool:
    """Whether a server has the journal in ``folder`` open."""
    try:
        lock = os.open(folder / "journal.id", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def line(table: str, row: JournalRow) -> bytes:
    """One row as a line. What JSON has no form for is written as its text."""
    try:
        text = json.dumps([table, row], separators=(",", ":"), default=plain)
    except Exception:  # too deep, too many digits, names that are no text, …
        text = json.dumps([table, clean(dict(row))], separators=(",", ":"))
    body = text.encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def parse(text: bytes) -> tuple[str, dict[str, Any]]:
    """The table and row of a line; ValueError when the checksum is wrong, else `NotARow`."""
    if len(text) < 10 or text[:8] != b"%08x" % zlib.crc32(text[9:-1]) or text[-1:] != b"\n":
        raise ValueError("not a whole line")
    try:
        table, row = loads(text[9:].decode())
    except (ValueError, TypeError, RecursionError) as error:
        raise NotARow(f"not [table, row]: {error}") from error
    if not isinstance(table, str) or not isinstance(row, dict):
        raise NotARow("not [table, row]: other types")
    return table, row


class Segments:
    """The folder of one journal. ``append`` is called by one thread, the rest by another."""

    def __init__(self, folder: Path, *, segment_bytes: int, max_bytes: int) -> None:
        """Opens, or makes, the journal in ``folder``. Raises :class:`FolderInUse`."""
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._max_bytes = max_bytes
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(folder / "journal.id", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise FolderInUse(
                f"{folder} is in use by another server: stop it, or choose another data folder"
            ) from None
        self.id = self._read_id()
        self._out: int | None = None
        existing = self._numbers()
        # The clock keeps numbers growing even where the segments were deleted by hand, which
        # matters because the database remembers how far it got.
        newest = max([*existing, int(time.time() * 1000)])
        self._first = newest + 1
        self.durable = Position(self._first, 0)
        # Two counters, because two threads count.
        self._added = sum(self._path(number).stat().st_size for number in existing)
        self._removed = 0
        self._ends: dict[int, int] = {}
        """Where segments end that a failing disk has cut short."""

    @property
    def backlog(self) -> int:
        """What the segments take on disk."""
        return self._added - self._removed

    def _read_id(self) -> UUID:
        if known := os.pread(self._lock, 36, 0):
            return UUID(known.decode())
        made = uuid7()
        os.pwrite(self._lock, str(made).encode(), 0)
        os.fsync(self._lock)
        sync_folder(self._folder)
        return made

    def append(self, lines: bytes) -> None:
        """Write and sync; returns when a power cut can't take them any more.

        Raises OSError (disk full, …); the lines can then be given again.
        """
        if self.backlog + len(lines) > self._max_bytes:
            raise OSError(errno.ENOSPC, f"the journal has reached {self._max_bytes} bytes")
        try:
            out = self._open() if self._out is None else self._out
            rest = memoryview(lines)
            while rest:  # a disk that fills takes a part first
                rest = rest[os.write(out, rest) :]
            os.fdatasync(out)
        except OSError:
            self._give_up_segment()
            raise
        self._added += len(lines)
        self.durable = Position(self.durable.segment, self.durable.offset + len(lines))
        if self.durable.offset >= self._segment_bytes:
            self._begin_next()

    def read(self, start: Position, rows: int = BATCH_ROWS) -> Batch:
        """The next durable lines from ``start`` on: ``rows`` at most, none when all are read."""
        durable = self.durable
        number, offset = start
        if number < durable.segment and not self._path(number).exists():
            later = [existing for existing in self._numbers() if existing > number]
            return Batch([], Position(min([*later, durable.segment]), 0), 0)
        if start >= durable:
            return Batch([], start, 0)
        stop = durable.offset if number == durable.segment else self._ends.get(number)
        if number < durable.segment and stop is not None and offset >= stop:
            return Batch([], Position(number + 1, 0), 0)
        entries: list[JournalEntry] = []
        torn = 0
        with self._path(number).open("rb") as segment:
            segment.seek(offset)
            first = offset
            while len(entries) < rows and offset - first < BATCH_BYTES and offset != stop:
                text = segment.readline()
                if not text:
                    return Batch(entries, Position(number + 1, 0), torn, offset - first)
                offset += len(text)
                try:
                    entries.append(JournalEntry(*parse(text), Position(number, offset)))
                except NotARow as wrong:
                    said = {"line": text[9:-1][:_LINE_BYTES].decode(errors="replace")}
                    entries.append(JournalEntry("", said, Position(number, offset), str(wrong)))
                except ValueError:
                    torn += 1
        return Batch(entries, Position(number, offset), torn, offset - first)

    def existing(self) -> list[tuple[Position, int, float]]:
        """Of each segment that an earlier process has left: its end, its lines, and how many
        seconds ago it was last written to."""
        found = []
        for number in self._numbers():
            with contextlib.suppress(OSError):
                if number < self._first:
                    stat = self._path(number).stat()
                    age = max(0.0, time.time() - stat.st_mtime)
                    found.append((Position(number, stat.st_size), self._lines(number), age))
        return found

    def lines_before(self, position: Position) -> int:
        """How many lines of its segment are before ``position``."""
        try:
            return self._lines(position.segment, position.offset)
        except FileNotFoundError:
            return 0

    def _lines(self, number: int, end: int | None = None) -> int:
        count = 0
        with self._path(number).open("rb") as segment:
            left = os.fstat(segment.fileno()).st_size if end is None else end
            while left > 0 and (text := segment.read(min(left, BATCH_BYTES))):
                count += text.count(b"\n")
                left -= len(text)
        return count

    def remove_before(self, position: Position) -> None:
        """Delete the segments that end before ``position``."""
        for number in self._numbers():
            if number < position.segment:
                path = self._path(number)
                self._removed += path.stat().st_size
                path.unlink()

    def bury(self, letters: Sequence[Letter]) -> int:
        """Put rows that no database takes into ``dead_letters.jsonl``, and sync; how many there
        was no room for."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        texts = [
            json.dumps(clean({"reason": reason, "table": table, "row": row})) + "\n"
            for table, row, reason in letters
        ]
        try:
            with os.fdopen(os.open(self._folder / "dead_letters.jsonl", flags, 0o600), "a") as out:
                room = accumulate(map(len, texts), initial=out.tell())
                fitting = [
                    text
                    for text, before in zip(texts, room, strict=False)
                    if before < _DEAD_LETTERS_BYTES
                ]
                out.writelines(fitting)
                out.flush()
                os.fsync(out.fileno())
        except OSError:
            return len(letters)
        return len(letters) - len(fitting)

    def close(self, committed: Position) -> None:
        """Let go of the folder, leaving only what is not ``committed``."""
        self._close_segment()
        if committed >= self.durable:
            self.remove_before(Position(self.durable.segment + 1, 0))
        os.close(self._lock)

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._out = os.open(self._path(self.durable.segment), flags, 0o600)
        sync_folder(self._folder)
        return self._out

    def _give_up_segment(self) -> None:
        """Begin another, for what this one took last is unknown, and will be given again.

        Read too, those lines would be committed twice; so they are cut off, which a full disk
        allows. Should even that fail, this process doesn't read them.
        """
        number, end = self.durable
        self._ends[number] = end
        with contextlib.suppress(OSError):
            if self._out is not None:
                os.ftruncate(self._out, end)
                os.fsync(self._out)
            if end == 0:
                self._path(number).unlink(missing_ok=True)
        self._begin_next()

    def _begin_next(self) -> None:
        self.durable = Position(self.durable.segment + 1, 0)
        self._close_segment()

    def _close_segment(self) -> None:
        out, self._out = self._out, None
        if out is not None:
            with contextlib.suppress(OSError):  # what was synced is safe whatever this says
                os.close(out)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:015d}.journal"

    def _numbers(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob("*.journal"))
