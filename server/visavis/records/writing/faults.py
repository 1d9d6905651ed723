"""What went wrong, as rows of ``faults``: one row for the same fault, with a count."""

import time
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.writing.mode_state import ModeStateRows
from visavis.records.writing.open_faults import OpenFaults, Same
from visavis.records.writing.rows import Json, TableRows
from visavis.records.writing.run_context import RunContext

PARTS = ("stt", "chat", "tts", "lipsync", "pose", "vision", "worker", "database", "embedded")
"""Faults whose kind begins so are of that part; the others, unless they say more, the server's."""


def part_of(kind: str) -> str:
    """Whose fault one of this kind is."""
    first = kind.partition("_")[0]
    return first if first in PARTS else "server"


class FaultsRows:
    """Of this process. Used from the event loop; never raises."""

    def __init__(self, rows: TableRows, context: RunContext, modes: ModeStateRows) -> None:
        self._rows = rows
        self._context = context
        self._modes = modes
        self._open = OpenFaults(
            lambda row, details: rows.put("faults", id=row, details=details), time.monotonic
        )

    def tell(
        self,
        kind: str,
        description: str,
        *,
        session: UUID | None = None,
        turn: UUID | None = None,
        mode: str | None = None,
        details: Json | None = None,
        system: str | None = None,
        parameters: Json | None = None,
        times: int = 1,
    ) -> None:
        """Something failed or an invariant broke. ``description`` holds no words of the caller.

        ``mode`` is the session's own, or the node's, unless given. ``system`` is the engine or
        part that failed (what ``kind`` begins with, unless given), ``parameters`` how it was set.
        ``times``: it has come so often. The row of the first is the row of all (`OpenFaults`).
        """

        def write(same: Same, details: Json) -> UUID:
            row = uuid7()
            self._rows.put(
                "faults",
                id=row,
                created=self._rows.now(),
                type=same.kind,
                description=same.description,
                mode=mode or self._modes.open(same.session),
                details=details,
                system=system or part_of(kind),
                parameters=parameters or {},
                turn_id=turn if same.session == session else None,
                session_id=same.session,
                **self._context.columns(),
            )
            return row

        same = Same(kind, description, session)
        self._open.tell(same, self._rows.now(), times, details or {}, write)

    def of_journal(self, kind: str, description: str, details: Json) -> None:
        """One that the journal tells; ``details`` may say of how many ``rows``."""
        rows = details.get("rows")
        self.tell(kind, description, details=details, times=rows if isinstance(rows, int) else 1)

    def session_finished(self, session: UUID) -> None:
        """Its faults are over."""
        self._open.session_finished(session)

    def flush(self) -> None:
        """Write every count that a row doesn't have yet."""
        self._open.flush()
