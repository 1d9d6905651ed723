"""The persona's replies, and what of them was heard: ``chat``."""

from collections.abc import Sequence
from uuid import UUID

from visavis.records.writing.consent import Consent
from visavis.records.writing.rows import Json, TableRows


class ChatRows:
    """Methods put a row or more columns of one, return at once and never raise."""

    def __init__(self, rows: TableRows, consent: Consent) -> None:
        self._rows = rows
        self._consent = consent

    def add(
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
        words = {
            "system_prompt": system_prompt,
            "user_prompt": user_prompt,
            "text": text,
            "prompt_values": dict(prompt_values or {}),
            "retrieved": list(retrieved),
        }
        row = self._rows.add(
            "chat",
            session_id=session,
            turn_id=turn,
            stt_id=stt,
            generation=generation,
            prompt_template_id=prompt_template,
            system=system,
            parameters=parameters,
            **self._consent.words(session, words),
        )
        self._note(session, row)
        return row

    def finished(self, session: UUID, chat: UUID, *, text: str) -> None:
        """All that was thought of the reply, also where less of it was heard."""
        if words := self._words(session, chat, {"text": text}):
            self._rows.put("chat", id=chat, **words)

    def told(
        self,
        session: UUID,
        chat: UUID,
        prompt_values: Json,
        retrieved: Sequence[Json],
        *,
        instead: str | None = None,
    ) -> None:
        """What the model was told for the reply, once all of it is known; ``instead``: what
        answered in the model's place."""
        if instead is not None:
            self._rows.put("chat", id=chat, system=instead)
        if self._consent.words_allowed(session) and not self._consent.blanked(session, chat):
            told = {"prompt_values": dict(prompt_values), "retrieved": list(retrieved)}
            self._rows.put("chat", id=chat, **told)
            self._note(session, chat)

    def heard(self, session: UUID, chat: UUID, *, heard: str, words: int, complete: bool) -> None:
        """What of the reply had left when it ended or was interrupted: the history."""
        text = self._words(session, chat, {"heard": heard})
        self._rows.put("chat", id=chat, heard_words=words, complete=complete, **text)

    def _words(self, session: UUID, chat: UUID, words: Json) -> Json:
        """As much of these columns as may be kept. Consent may have been given since the reply
        began, or taken back."""
        too_late = not self._consent.keep_transcripts and self._consent.blanked(session, chat)
        if too_late or not self._consent.words_allowed(session):
            return {}
        self._note(session, chat)
        return words

    def _note(self, session: UUID, chat: UUID) -> None:
        self._consent.said(session, "chat", chat)
        self._consent.shown(session, "chat", chat)  # the prompt may say what is seen
