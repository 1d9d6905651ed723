"""Stretches of callers' bodies: ``pose``, and how they follow each other, ``pose_sequence``."""

from uuid import UUID

from visavis.records.writing.consent import Consent
from visavis.records.writing.media import MediaFiles
from visavis.records.writing.rows import Json, TableRows


class PoseRows:
    """Methods put a row, return its id at once and never raise."""

    def __init__(self, rows: TableRows, consent: Consent, media: MediaFiles) -> None:
        self._rows = rows
        self._consent = consent
        self._media = media

    def add(
        self,
        session: UUID,
        features: bytes,
        *,
        encoding: str,
        frames: int,
        system: str,
        parameters: Json,
        at_ms: float | None = None,
        length_ms: float | None = None,
        provenance: str,
        interpretation: Json | None = None,
    ) -> UUID | None:
        """A stretch of the caller's body as an NPZ; None, and nothing kept, without consent."""
        if not self._consent.allowed(session):
            return None
        row = self._rows.add(
            "pose",
            session_id=session,
            system=system,
            parameters=parameters,
            features_format="npz",
            encoding=encoding,
            frames=frames,
            at_ms=at_ms,
            length_ms=length_ms,
            provenance=provenance,
            interpretation=interpretation or {},
        )
        self._consent.shown(session, "pose", row)
        size = len(features)
        self._media.keep(session, "pose", row, "npz", lambda: features, size=size, callers=True)
        return row

    def in_sequence(self, sequence: UUID, index: int, pose: UUID) -> UUID:
        """``pose`` is the ``index``-th stretch of one watching, counted from 0."""
        return self._rows.add("pose_sequence", sequence_id=sequence, index=index, pose_id=pose)
