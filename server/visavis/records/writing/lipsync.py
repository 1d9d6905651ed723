"""Faces that spoke: ``lipsync``."""

from uuid import UUID

from visavis.records.writing.rows import Json, TableRows


class LipsyncRows:
    """Methods put a row, return its id at once and never raise."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows

    def add(
        self,
        session: UUID,
        *,
        tts: UUID,
        system: str,
        parameters: Json,
        audio: UUID | None = None,
        portrait: UUID | None = None,
        video: UUID | None = None,
        turn: UUID | None = None,
    ) -> UUID:
        """The face that spoke ``tts``; no ``video`` where frames went out and were not kept."""
        return self._rows.add(
            "lipsync",
            session_id=session,
            turn_id=turn,
            tts_id=tts,
            audio_id=audio,
            portrait_id=portrait,
            video_id=video,
            system=system,
            parameters=parameters,
        )

    def made(
        self,
        *,
        tts: UUID,
        audio: UUID,
        portrait: UUID,
        video: UUID,
        system: str,
        parameters: Json,
        gesture_reference: UUID | None = None,
    ) -> UUID:
        """The clip ``video``, of no call, in which ``portrait`` speaks ``audio``.

        ``gesture_reference`` is the video whose movements were to be imitated.
        """
        return self._rows.add(
            "lipsync",
            tts_id=tts,
            audio_id=audio,
            portrait_id=portrait,
            gesture_reference_id=gesture_reference,
            video_id=video,
            system=system,
            parameters=parameters,
        )
