"""The same fault is one row with a count, and one line of the log a minute.

The first is written at once. Those after it only count; the row's ``details`` get ``times`` and
``last`` once a minute, and when its session ends. A fault that has not come for a minute is over:
the next of its kind is a row of its own.

Descriptions may hold what a stranger has sent, such as a path, so the same is not told by them
alone: of one kind and session `DISTINCT` different ones are open at a time, and of all `MOST`; what
goes beyond is counted in one row of its kind. So nobody makes many rows by varying theirs.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from visavis.inputs import mended, without_passwords

EVERY_S = 60.0
DISTINCT = 20
MOST = 400
CHARACTERS = 1000
"""Of a description; a longer one is cut, and says so."""
MORE = "more of this kind"
"""The description of those that are not told apart."""

log = structlog.get_logger(__name__)


class Same(NamedTuple):
    """What makes two faults the same."""

    kind: str
    description: str
    session: UUID | None


@dataclass
class _Open:
    row: UUID
    details: Mapping[str, Any]
    times: int
    told: int
    """Of ``times``, how many the row and the log say."""
    last: datetime
    heard: float


class OpenFaults:
    """Those of a process that are open. Used from the loop."""

    def __init__(
        self, change: Callable[[UUID, Mapping[str, Any]], None], clock: Callable[[], float]
    ) -> None:
        """``change(row, details)`` writes the row's details anew; ``clock()`` is in s."""
        self._change = change
        self._clock = clock
        self._open: dict[Same, _Open] = {}
        self._of_kind: Counter[tuple[str, UUID | None]] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def tell(
        self,
        same: Same,
        at: datetime,
        times: int,
        details: Mapping[str, Any],
        write: Callable[[Same, Mapping[str, Any]], UUID],
    ) -> UUID:
        """It has come ``times`` more; the id of its row. ``write(same, details)`` makes the row
        where there is none."""
        same = self._bounded(
            same._replace(
                kind=mended(same.kind), description=without_passwords(mended(same.description))
            )
        )
        known = self._open.get(same)
        if known is not None:
            known.times += times
            known.last, known.heard = at, self._clock()
            return known.row
        row = write(same, {**details, **_count(times, at)} if times > 1 else details)
        log.warning("fault", kind=same.kind, description=same.description, session=_text(same))
        self._open[same] = _Open(row, details, times, times, at, self._clock())
        self._of_kind[same.kind, same.session] += 1
        self._wake()
        return row

    def session_finished(self, session: UUID) -> None:
        """Its faults are over."""
        for same in [one for one in self._open if one.session == session]:
            self._update(same)
            self._close(same)

    def flush(self) -> None:
        """Write every count that a row doesn't have yet."""
        for same in self._open:
            self._update(same)

    def _bounded(self, same: Same) -> Same:
        if (length := len(same.description)) > CHARACTERS:
            cut = f"{same.description[:CHARACTERS]}… ({length:,} characters)"
            same = same._replace(description=cut)
        if same in self._open:
            return same
        if len(self._open) >= MOST:
            return Same(same.kind, MORE, None)
        if self._of_kind[same.kind, same.session] >= DISTINCT:
            return Same(same.kind, MORE, same.session)
        return same

    def _wake(self) -> None:
        """Look once a minute, as long as any is open."""
        if self._timer is None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:  # a command without one writes the counts at its end
                return
            self._timer = loop.call_later(EVERY_S, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._clock()
        for same in list(self._open):
            self._update(same)
            if now - self._open[same].heard >= EVERY_S:
                self._close(same)
        if self._open:
            self._wake()

    def _update(self, same: Same) -> None:
        known = self._open[same]
        if known.times == known.told:
            return
        log.warning(
            "fault_again",
            kind=same.kind,
            description=same.description,
            session=_text(same),
            more=known.times - known.told,
            times=known.times,
        )
        known.told = known.times
        self._change(known.row, {**known.details, **_count(known.times, known.last)})

    def _close(self, same: Same) -> None:
        del self._open[same]
        self._of_kind -= Counter([(same.kind, same.session)])


def _count(times: int, last: datetime) -> dict[str, Any]:
    return {"times": times, "last": last.isoformat()}


def _text(same: Same) -> str:
    return str(same.session or "")
