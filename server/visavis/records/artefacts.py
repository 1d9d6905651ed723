"""What a call makes, as rows and files: sound, pictures, words, a body. A part of the recorder.

A row may be put before its file is written, so that the rows made from it can name it; the
file's columns follow.
"""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from visavis.records.consent import Keeper
from visavis.records.files import StoredFile, flac
from visavis.records.journal import Journal
from visavis.records.writer import Json, Writer, named_id

Kind = Literal["input", "output"]
"""Heard and seen from the caller, or made by the persona."""


class Artefacts(Writer):
    """Methods put a row, return its id at once and never raise."""

    def __init__(self, journal: Journal, keeper: Keeper) -> None:
        super().__init__(journal)
        self._keeper = keeper

    # Media

    def audio(
        self,
        session: UUID,
        pcm: NDArray[np.int16] | NDArray[np.float32],
        rate: int,
        *,
        kind: Kind,
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
        row = self._new(
            "audio",
            session,
            turn,
            kind=kind,
            at_ms=at_ms,
            length_ms=1000 * len(pcm) / rate,
            sample_rate=rate,
            provenance=provenance,
            audio_filter_id=audio_filter,
            details=details or {},
        )
        size, callers = pcm.nbytes, kind == "input"
        self._keeper.keep(
            session, "audio", row, "flac", lambda: flac(pcm, rate), size=size, callers=callers
        )
        return row

    def audio_filter(self, name: str, implementation: str) -> UUID:
        """A filter that sound may go through, ffmpeg's graph its implementation; one row each."""
        row = named_id("audio_filter", name, implementation)
        self._put(
            "audio_filter", id=row, created=self._now(), name=name, implementation=implementation
        )
        return row

    def video(
        self,
        session: UUID,
        data: bytes,
        *,
        kind: Kind,
        mime_type: str,
        length_ms: float,
        turn: UUID | None = None,
        provenance: str,
        post_processing: str | None = None,
    ) -> UUID:
        """A finished clip, e.g. ``video/webm``, and what was done to it after it was made."""
        row = self._new(
            "video",
            session,
            turn,
            kind=kind,
            length_ms=length_ms,
            mime_type=mime_type,
            provenance=provenance,
            post_processing=post_processing,
        )
        suffix = mime_type.partition(";")[0].rpartition("/")[2]
        size, callers = len(data), kind == "input"
        self._keeper.keep(session, "video", row, suffix, lambda: data, size=size, callers=callers)
        return row

    def portrait(
        self,
        file: StoredFile,
        *,
        width: int,
        height: int,
        provenance: str,
        master: UUID | None = None,
        details: Json | None = None,
    ) -> UUID:
        """The picture that is drawn from, width and height in px; one row for equal bytes."""
        row = named_id("portrait", file.sha256)
        self._put(
            "portrait",
            id=row,
            created=self._now(),
            master_id=master,
            width=width,
            height=height,
            format=file.format,
            uri=file.uri,
            sha256=file.sha256,
            size=file.size,
            provenance=provenance,
            details=details or {},
        )
        return row

    # Thought

    def stt(
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
        made_by = {"system": system, "parameters": parameters}
        words = {"text": text}
        return self._said("stt", session, turn, words, audio_id=audio, **made_by)

    def chat(
        self,
        session: UUID,
        *,
        generation: int,
        system: str,
        parameters: Json,
        stt: UUID | None = None,
        user_prompt: str | None = None,
        system_prompt: str | None = None,
        text: str | None = None,
        turn: UUID | None = None,
        prompt_template: UUID | None = None,
        prompt_values: Json | None = None,
        retrieved: Sequence[Json] = (),
    ) -> UUID:
        """A reply, begun or (with ``text``) thought to its end.

        ``stt`` is None for typed words and for what the persona says by itself. The system prompt
        is ``prompt_template`` filled with ``prompt_values["holes"]``; ``retrieved`` are the chunks
        (id, text, score) that the model was told.
        """
        made_by = {"system": system, "parameters": parameters}
        words = {
            "system_prompt": system_prompt,
            "user_prompt": user_prompt,
            "text": text,
            "prompt_values": dict(prompt_values or {}),
            "retrieved": list(retrieved),
        }
        columns = {"stt_id": stt, "generation": generation, "prompt_template_id": prompt_template}
        row = self._said("chat", session, turn, words, **columns, **made_by)
        self._keeper.shown(session, "chat", row)  # the prompt may say what is seen
        return row

    def chat_finished(self, session: UUID, chat: UUID, *, text: str) -> None:
        """All that was thought of the reply, also where less of it was heard."""
        if self._keeper.words_allowed(session):
            self._put("chat", id=chat, text=text)

    def chat_told(
        self, session: UUID, chat: UUID, prompt_values: Json, retrieved: Sequence[Json]
    ) -> None:
        """What the model was told for the reply, once all of it is known."""
        if self._keeper.words_allowed(session) and not self._keeper.blanked(session, chat):
            told = {"prompt_values": dict(prompt_values), "retrieved": list(retrieved)}
            self._put("chat", id=chat, **told)

    def chat_heard(
        self, session: UUID, chat: UUID, *, heard: str, words: int, complete: bool
    ) -> None:
        """What of the reply had left when it ended or was interrupted: the history."""
        text = {"heard": heard} if self._keeper.words_allowed(session) else {}
        self._put("chat", id=chat, heard_words=words, complete=complete, **text)

    def tts(
        self,
        session: UUID,
        *,
        text: str,
        system: str,
        parameters: Json,
        chat: UUID | None = None,
        audio: UUID | None = None,
        words: Sequence[Json] = (),
        turn: UUID | None = None,
    ) -> UUID:
        """A clause that was spoken; ``words``: {text, start, end}, ms in its ``audio``.

        ``chat`` is None for a canned line.
        """
        made_by = {"system": system, "parameters": parameters}
        spoken = {"text": text, "words": list(words)}
        return self._said("tts", session, turn, spoken, chat_id=chat, audio_id=audio, **made_by)

    def lipsync(
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
        return self._new(
            "lipsync",
            session,
            turn,
            tts_id=tts,
            audio_id=audio,
            portrait_id=portrait,
            video_id=video,
            system=system,
            parameters=parameters,
        )

    # Body

    def pose(
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
        if not self._keeper.allowed(session):
            return None
        row = uuid7()
        self._put(
            "pose",
            id=row,
            created=self._now(),
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
        self._keeper.shown(session, "pose", row)
        size = len(features)
        self._keeper.keep(session, "pose", row, "npz", lambda: features, size=size, callers=True)
        return row

    def sight(
        self, session: UUID, *, system: str, parameters: Json, description: str, details: Json
    ) -> UUID | None:
        """What is seen of the caller; None, and nothing kept, without consent."""
        if not self._keeper.allowed(session):
            return None
        made_by = {"system": system, "parameters": parameters}
        row = self._new(
            "vision", session, None, description=description, details=details, **made_by
        )
        self._keeper.shown(session, "vision", row)
        return row

    def sight_in(self, vision: UUID, pose: UUID) -> None:
        """What was seen belongs to that stretch of the caller's body."""
        self._put("vision", id=vision, pose_id=pose)

    def _said(
        self, table: str, session: UUID, turn: UUID | None, words: Json, **columns: Any
    ) -> UUID:
        """A row with ``words``, as far as they may be kept."""
        kept = words if self._keeper.words_allowed(session) else {}
        row = self._new(table, session, turn, **columns, **kept)
        self._keeper.said(session, table, row)
        return row

    def _new(self, table: str, session: UUID, turn: UUID | None, **columns: Any) -> UUID:
        row = uuid7()
        times = {"created": self._now(), "session_id": session, "turn_id": turn}
        self._put(table, id=row, **times, **columns)
        return row
