"""What happened in a call, in order: ``session_events``.

Rows are ordered by their ids. ``payload`` holds facts; what the caller said stands in it under
``words``, and only as long as their words may be kept.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.writing.consent import Consent
from visavis.records.writing.rows import Json, TableRows


class SessionEventsRows:
    """Returns at once and never raises."""

    def __init__(self, rows: TableRows, consent: Consent) -> None:
        self._rows = rows
        self._consent = consent

    def add(
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
        if words is not None and self._consent.words_allowed(session):
            facts["words"] = words
            self._consent.said(session, "session_events", row)
        self._rows.put(
            "session_events",
            event_id=row,
            session_id=session,
            event_type=kind,
            timestamp=self._rows.now(),
            at_ms=at_ms,
            turn_id=turn,
            payload=facts,
        )
        return row
