"""What waits in a journal for the database, and what has become of the rest."""

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from visavis.records.journal.segments import Position

GROUP_S = 1.0
"""Rows are told apart by when they came no finer than this, or than a hundredth of how long the
oldest waits: so the groups of an outage of days are some hundred."""
LONG_S = 60.0
"""Rows that wait longer are no matter of a busy moment. Calls go on all the same."""


@dataclass
class Stats:
    """Counts since the start, of rows unless said otherwise; of what waits, now."""

    put: int = 0
    committed: int = 0
    dead: int = 0
    """Refused, now in ``dead_letters.jsonl``."""
    letters_lost: int = 0
    """Of the dead: not even there, because the file or the disk was full."""
    dropped: int = 0
    """Lost because the disk didn't take them and memory was full, or not to be written at all."""
    torn: int = 0
    """Lines unreadable after a crash of the machine."""
    disk_errors: int = 0
    retries: int = 0
    """Times that the database was found away."""
    backlog_rows: int = 0
    backlog_bytes: int = 0
    oldest_s: float = 0.0
    """How long the oldest row waits; of an earlier run's, at least."""
    slowest_sync_ms: float = 0.0
    last_error: str = ""


@dataclass
class _Group:
    end: Position
    rows: int
    size: int
    since: float


class Backlog:
    """Rows, bytes and age of what is on the disk and not committed. Used from the loop."""

    def __init__(self) -> None:
        self._groups: deque[_Group] = deque()

    @property
    def rows(self) -> int:
        return sum(group.rows for group in self._groups)

    @property
    def size(self) -> int:
        return sum(group.size for group in self._groups)

    @property
    def since(self) -> float | None:
        """When the oldest came (`time.monotonic`); None when nothing waits."""
        return self._groups[0].since if self._groups else None

    def added(self, end: Position, rows: int, size: int, since: float) -> None:
        """``rows`` more, up to ``end``; the first of them came at ``since``."""
        last = self._groups[-1] if self._groups else None
        if last is not None and last.end.segment == end.segment:
            width = max(GROUP_S, (time.monotonic() - self._groups[0].since) / 100)
            if since - last.since < width:
                last.end, last.rows, last.size = end, last.rows + rows, last.size + size
                return
        self._groups.append(_Group(end, rows, size, since))

    def found(self, ends: Iterable[tuple[Position, int, float]]) -> None:
        """What an earlier process has left: of each segment its end, its rows, and how many seconds
        ago it was last written to."""
        now = time.monotonic()
        groups = [_Group(end, rows, end.offset, now - age) for end, rows, age in ends]
        self._groups.extendleft(reversed(groups))

    def committed(self, end: Position, rows: int, size: int) -> None:
        """The first ``rows`` of them, up to ``end``, wait no longer."""
        while self._groups and self._groups[0].end <= end:
            group = self._groups.popleft()
            rows, size = rows - group.rows, size - group.size
        if self._groups:
            first = self._groups[0]
            first.rows = max(0, first.rows - max(0, rows))
            first.size = max(0, first.size - max(0, size))


def in_words(stats: Stats) -> str:
    """What an operator should know, as one sentence; "" when all rows are where they belong."""
    told = []
    if stats.dead:
        told.append(f"{_rows(stats.dead)} set aside")
    if stats.dropped or stats.torn:
        told.append(f"{_rows(stats.dropped + stats.torn)} lost")
    if stats.backlog_rows:
        wait = "waits" if stats.backlog_rows == 1 else "wait"
        told.append(f"{_rows(stats.backlog_rows)} {wait}, the oldest for {_time(stats.oldest_s)}")
    if stats.oldest_s > LONG_S:
        told.append("the database is away or behind")
    return f"{'; '.join(told)}." if told else ""


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
