"""What callers were understood as: ``stt``."""

from uuid import UUID

from visavis.records.writing.consent import Consent
from visavis.records.writing.rows import Json, TableRows


class SttRows:
    """Returns at once and never raises."""

    def __init__(self, rows: TableRows, consent: Consent) -> None:
        self._rows = rows
        self._consent = consent

    def add(
        self,
        session: UUID,
        *,
        audio: UUID,
        text: str,
        system: str,
        parameters: Json,
        turn: UUID | None = None,
    ) -> UUID:
        """What the caller's segment ``audio`` was understood as."""
        row = self._rows.add(
            "stt",
            session_id=session,
            turn_id=turn,
            audio_id=audio,
            system=system,
            parameters=parameters,
            **self._consent.words(session, {"text": text}),
        )
        self._consent.said(session, "stt", row)
        return row
