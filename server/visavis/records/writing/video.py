"""Pictures that move: ``video``."""

from uuid import UUID

from visavis.records.files import StoredFile
from visavis.records.writing.audio import AudioKind
from visavis.records.writing.media import MediaFiles, file_columns
from visavis.records.writing.rows import Json, TableRows


class VideoRows:
    """Methods put a row, return its id at once and never raise."""

    def __init__(self, rows: TableRows, media: MediaFiles) -> None:
        self._rows = rows
        self._media = media

    def add(
        self,
        session: UUID,
        data: bytes,
        *,
        kind: AudioKind,
        mime_type: str,
        length_ms: float,
        turn: UUID | None = None,
        provenance: str,
        post_processing: str | None = None,
    ) -> UUID:
        """A finished clip, e.g. ``video/webm``, and what was done to it after it was made."""
        row = self._rows.add(
            "video",
            session_id=session,
            turn_id=turn,
            kind=kind,
            length_ms=length_ms,
            mime_type=mime_type,
            provenance=provenance,
            post_processing=post_processing,
        )
        suffix = mime_type.partition(";")[0].rpartition("/")[2]
        size, callers = len(data), kind == "input"
        self._media.keep(session, "video", row, suffix, lambda: data, size=size, callers=callers)
        return row

    def made(
        self,
        file: StoredFile,
        *,
        mime_type: str,
        provenance: str,
        length_ms: float | None = None,
        post_processing: str | None = None,
        details: Json | None = None,
    ) -> UUID:
        """A clip of no call. ``post_processing``: what was done to it after it was made."""
        return self._rows.add(
            "video",
            kind="output",
            length_ms=length_ms,
            mime_type=mime_type,
            provenance=provenance,
            post_processing=post_processing,
            details=details or {},
            **file_columns("video", file),
        )
