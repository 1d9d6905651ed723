"""What happened in a call, in order, as rows of ``session_events``. A part of the recorder.

Rows are ordered by their ids. ``payload`` holds facts; what the caller said stands in it under
``words``, and only as long as their words may be kept.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.consent import Keeper
from visavis.records.writer import Json, Writer


class Events(Writer):
    """Methods put a row, return its id at once and never raise."""

    _keeper: Keeper

    def event(
        self,
        session: UUID,
        kind: str,
        *,
        at_ms: float | None = None,
        turn: UUID | None = None,
        payload: Json | None = None,
        words: str | None = None,
    ) -> UUID:
        """Something has happened at ``at_ms`` on the call's media clock."""
        row = uuid7()
        facts = dict(payload or {})
        if words is not None and self._keeper.words_allowed(session):
            facts["words"] = words
            self._keeper.said(session, "session_events", row)
        self._put(
            "session_events",
            event_id=row,
            session_id=session,
            event_type=kind,
            timestamp=self._now(),
            at_ms=at_ms,
            turn_id=turn,
            payload=facts,
        )
        return row
