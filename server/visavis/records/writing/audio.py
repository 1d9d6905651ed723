"""Sound: ``audio``, and what it went through before, ``audio_filter``."""

from typing import Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.records.files import StoredFile, flac
from visavis.records.ids import named_id
from visavis.records.writing.media import MediaFiles, file_columns
from visavis.records.writing.rows import Json, TableRows

AudioKind = Literal["input", "output"]
"""Heard and seen from the caller, or made by the persona."""


class AudioRows:
    """Methods put a row, return its id at once and never raise."""

    def __init__(self, rows: TableRows, media: MediaFiles) -> None:
        self._rows = rows
        self._media = media

    def add(
        self,
        session: UUID,
        pcm: NDArray[np.int16] | NDArray[np.float32],
        rate: int,
        *,
        kind: AudioKind,
        turn: UUID | None = None,
        at_ms: float | None = None,
        provenance: str,
        audio_filter: UUID | None = None,
        details: Json | None = None,
    ) -> UUID:
        """Mono samples (N,): a segment heard from the caller, or spoken by the persona.

        Not to be changed afterwards: the file is written later, as FLAC. ``at_ms``: when its
        first sample was, on the media clock. ``audio_filter``: what they went through before.
        """
        row = self._rows.add(
            "audio",
            session_id=session,
            turn_id=turn,
            kind=kind,
            at_ms=at_ms,
            length_ms=1000 * len(pcm) / rate,
            sample_rate=rate,
            provenance=provenance,
            audio_filter_id=audio_filter,
            details=details or {},
        )
        size, callers = pcm.nbytes, kind == "input"
        self._media.keep(
            session, "audio", row, "flac", lambda: flac(pcm, rate), size=size, callers=callers
        )
        return row

    def made(
        self, file: StoredFile, *, length_ms: float, sample_rate: int, provenance: str
    ) -> UUID:
        """Speech of no call, its file written already."""
        return self._rows.add(
            "audio",
            kind="output",
            length_ms=length_ms,
            sample_rate=sample_rate,
            provenance=provenance,
            **file_columns("audio", file),
        )

    def filter(self, name: str, implementation: str) -> UUID:
        """A filter that sound may go through, ffmpeg's graph its implementation; one row each."""
        row = named_id("audio_filter", name, implementation)
        self._rows.put(
            "audio_filter",
            id=row,
            created=self._rows.now(),
            name=name,
            implementation=implementation,
        )
        return row
