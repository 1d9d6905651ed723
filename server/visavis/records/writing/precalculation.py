"""What was made ahead, and from what: ``precalculation``."""

from typing import Literal
from uuid import UUID

from visavis.records.ids import named_id
from visavis.records.writing.rows import Json, TableRows

PrecalculatedKind = Literal["speech", "clip", "portrait", "description"]
"""What may be made ahead."""


class PrecalculationRows:
    """One row for equal inputs, told by the hex SHA-256 of them all."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows

    def add(
        self,
        kind: PrecalculatedKind,
        inputs_hash: str,
        *,
        subject: str,
        system: str,
        parameters: Json,
        portrait: UUID | None = None,
        tts: UUID | None = None,
        lipsync: UUID | None = None,
        audio: UUID | None = None,
        video: UUID | None = None,
        vision: UUID | None = None,
        details: Json | None = None,
    ) -> UUID:
        """Something that was made ahead of ``subject``, such as a line."""
        row = named_id("precalculation", inputs_hash)
        self._rows.put(
            "precalculation",
            id=row,
            created=self._rows.now(),
            kind=kind,
            subject=subject,
            system=system,
            parameters=parameters,
            portrait_id=portrait,
            tts_id=tts,
            lipsync_id=lipsync,
            audio_id=audio,
            video_id=video,
            vision_id=vision,
            inputs_hash=inputs_hash,
            outdated=False,
            details=details or {},
        )
        return row

    def outdated(self, inputs_hash: str, outdated: bool) -> None:
        """What it was made from is no longer so, or so again."""
        row = named_id("precalculation", inputs_hash)
        self._rows.put("precalculation", id=row, outdated=outdated)
