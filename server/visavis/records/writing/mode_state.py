"""In which mode a call or the node itself is: ``mode_state``."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.writing.rows import TableRows
from visavis.records.writing.run_context import RunContext

LONGEST_AWAY = timedelta(days=30)


@dataclass
class _Mode:
    """The open mode of a session, or of the node itself."""

    name: str | None = None
    row: UUID | None = None
    since: datetime = field(default_factory=lambda: datetime.fromtimestamp(0, UTC))
    first: datetime | None = None
    """When the session's first mode began."""


class ModeStateRows:
    """At most one mode is open of each session, and one of the node."""

    def __init__(self, rows: TableRows, context: RunContext) -> None:
        self._rows = rows
        self._context = context
        self._node = _Mode()
        self._sessions: dict[UUID, _Mode] = {}

    def session_started(self, session: UUID) -> None:
        """A session may enter modes from now on."""
        self._sessions[session] = _Mode()

    def session_finished(self, session: UUID) -> None:
        """Closes its mode."""
        if mode := self._sessions.pop(session, None):
            self._close(mode)

    def run_ended(self) -> None:
        """Closes the node's mode."""
        self._close(self._node)

    def open(self, session: UUID | None) -> str | None:
        """The mode of a session that goes on, else of the node."""
        return (self._sessions.get(session, self._node) if session else self._node).name

    def entered(self, session: UUID | None, mode: str, *, cause: str) -> UUID:
        """The session, or with None the node itself, has entered ``mode``; ends the one before."""
        state = self._sessions.get(session, _Mode()) if session else self._node
        start = self._close(state)
        state.name, state.row, state.since = mode, uuid7(), start
        state.first = state.first or start
        self._put(state.row, session, mode, cause, (start, None))
        return state.row

    def page_was_away(self, session: UUID, away_ms: float) -> None:
        """Before this call the page could not reach the server for so long: mode ``reset``."""
        state = self._sessions.get(session)
        if state is None or state.first is None or away_ms <= 0:
            return
        since = state.first - min(timedelta(milliseconds=away_ms), LONGEST_AWAY)
        cause = "the page could not reach the server"
        self._put(uuid7(), session, "reset", cause, (since, state.first))

    def _put(
        self,
        row: UUID,
        session: UUID | None,
        mode: str,
        cause: str,
        during: tuple[datetime, datetime | None],
    ) -> None:
        self._rows.put(
            "mode_state",
            id=row,
            run_id=self._context.ids["run_id"],
            session_id=session,
            mode=mode,
            cause=cause,
            during=during,
        )

    def _close(self, mode: _Mode) -> datetime:
        """End the open mode, if any, and return when: never before it began, nor as it began."""
        end = max(self._rows.now(), mode.since + timedelta(microseconds=1))
        if mode.row is not None:
            self._rows.put("mode_state", id=mode.row, during=(mode.since, end))
        mode.row = mode.name = None
        return end
