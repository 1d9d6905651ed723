"""What is made outside of a call, or of more than one row: baked lines, remote clips, sights.

A part of the recorder. These files are on the disk before their rows are put; whoever makes them
writes them, in a thread.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.files import StoredFile
from visavis.records.writer import Json, Writer, named_id

Precalculated = Literal["speech", "clip", "portrait", "description"]
"""What may be made ahead."""


class Makings(Writer):
    """Methods put a row, return its id at once and never raise."""

    def made_audio(
        self, file: StoredFile, *, length_ms: float, sample_rate: int, provenance: str
    ) -> UUID:
        """Speech of no call, its file written already."""
        return self._made(
            "audio",
            kind="output",
            length_ms=length_ms,
            sample_rate=sample_rate,
            provenance=provenance,
            format=file.format,
            **_columns(file),
        )

    def made_tts(
        self, *, text: str, system: str, parameters: Json, audio: UUID, words: Sequence[Json]
    ) -> UUID:
        """A line that was spoken before any call; ``words`` as of ``Artefacts.tts``."""
        return self._made(
            "tts",
            audio_id=audio,
            system=system,
            parameters=parameters,
            text=text,
            words=list(words),
        )

    def made_video(
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
        return self._made(
            "video",
            kind="output",
            length_ms=length_ms,
            mime_type=mime_type,
            provenance=provenance,
            post_processing=post_processing,
            details=details or {},
            **_columns(file),
        )

    def made_lipsync(
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
        """The clip ``video`` in which ``portrait`` speaks ``audio``.

        ``gesture_reference`` is the video whose movements were to be imitated.
        """
        return self._made(
            "lipsync",
            tts_id=tts,
            audio_id=audio,
            portrait_id=portrait,
            gesture_reference_id=gesture_reference,
            video_id=video,
            system=system,
            parameters=parameters,
        )

    def self_image(
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
        return self._made(
            "vision",
            portrait_id=portrait,
            system=system,
            parameters=parameters,
            description=description,
            details=details or {},
            **(_columns(file) if file is not None else {}),
        )

    def precalculated(
        self,
        kind: Precalculated,
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
        """Something that was made ahead; one row for equal inputs (hex SHA-256 of them all)."""
        row = named_id("precalculation", inputs_hash)
        self._put(
            "precalculation",
            id=row,
            created=self._now(),
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

    def precalculation_outdated(self, inputs_hash: str, outdated: bool) -> None:
        """What it was made from is no longer so, or so again."""
        self._put("precalculation", id=named_id("precalculation", inputs_hash), outdated=outdated)

    def uploaded(
        self,
        provider: str,
        file: StoredFile,
        *,
        mime_type: str,
        url: str,
        expires: datetime | None,
    ) -> UUID:
        """``file`` is at ``url`` with ``provider``, until ``expires`` or, with None, for good."""
        return self._made(
            "cached_uploads",
            provider=provider,
            uri=file.uri,
            sha256=file.sha256,
            size=file.size,
            mime_type=mime_type,
            url=url,
            expires=expires,
        )

    def upload_vanished(self, upload: UUID) -> None:
        """The provider says that it no longer has it."""
        self._put("cached_uploads", id=upload, vanished=self._now())

    def pose_in_sequence(self, sequence: UUID, index: int, pose: UUID) -> UUID:
        """``pose`` is the ``index``-th stretch of one watching, counted from 0."""
        return self._made("pose_sequence", sequence_id=sequence, index=index, pose_id=pose)

    def _made(self, table: str, **columns: Any) -> UUID:
        row = uuid7()
        self._put(table, id=row, created=self._now(), **columns)
        return row


def _columns(file: StoredFile) -> Json:
    return {"uri": file.uri, "sha256": file.sha256, "size": file.size}
