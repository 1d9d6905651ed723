"""Clauses that were spoken: ``tts``."""

from collections.abc import Sequence
from uuid import UUID

from visavis.records.writing.consent import Consent
from visavis.records.writing.rows import Json, TableRows


class TtsRows:
    """Methods put a row, return its id at once and never raise."""

    def __init__(self, rows: TableRows, consent: Consent) -> None:
        self._rows = rows
        self._consent = consent

    def add(
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
        row = self._rows.add(
            "tts",
            session_id=session,
            turn_id=turn,
            chat_id=chat,
            audio_id=audio,
            system=system,
            parameters=parameters,
            **self._consent.words(session, {"text": text, "words": list(words)}),
        )
        self._consent.said(session, "tts", row)
        return row

    def made(
        self, *, text: str, system: str, parameters: Json, audio: UUID, words: Sequence[Json]
    ) -> UUID:
        """A line that was spoken before any call; ``words`` as of `add`."""
        return self._rows.add(
            "tts",
            audio_id=audio,
            system=system,
            parameters=parameters,
            text=text,
            words=list(words),
        )
