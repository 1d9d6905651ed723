"""What is seen, of a caller or on the persona's own picture: ``vision``."""

from uuid import UUID

from visavis.records.files import StoredFile
from visavis.records.writing.consent import Consent
from visavis.records.writing.media import file_columns
from visavis.records.writing.rows import Json, TableRows


class VisionRows:
    """Methods put a row or more columns of one, return at once and never raise."""

    def __init__(self, rows: TableRows, consent: Consent) -> None:
        self._rows = rows
        self._consent = consent

    def add(
        self, session: UUID, *, system: str, parameters: Json, description: str, details: Json
    ) -> UUID | None:
        """What is seen of the caller; None, and nothing kept, without consent."""
        if not self._consent.allowed(session):
            return None
        row = self._rows.add(
            "vision",
            session_id=session,
            description=description,
            details=details,
            system=system,
            parameters=parameters,
        )
        self._consent.shown(session, "vision", row)
        return row

    def in_pose(self, vision: UUID, pose: UUID) -> None:
        """What was seen belongs to that stretch of the caller's body."""
        self._rows.put("vision", id=vision, pose_id=pose)

    def of_portrait(
        self,
        *,
        portrait: UUID,
        system: str,
        parameters: Json,
        description: str,
        file: StoredFile | None = None,
        details: Json | None = None,
    ) -> UUID:
        """What the persona's picture was found to show."""
        return self._rows.add(
            "vision",
            portrait_id=portrait,
            system=system,
            parameters=parameters,
            description=description,
            details=details or {},
            **(file_columns("vision", file) if file is not None else {}),
        )
