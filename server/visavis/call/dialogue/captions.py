"""What is said on both sides, shown to the caller as it is understood and heard."""

from typing import Any
from uuid import UUID

from visavis.call.dialogue.reply import Clause, Reply
from visavis.call.events import Bus, ToCaller


class Captions:
    """Of one session: messages `caption` and `heard`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def caller(self, turn: UUID, text: str, *, final: bool) -> None:
        """The caller's words, as far as they are understood."""
        self._tell("caption", who="caller", id=str(turn), text=text, final=final)

    def persona(
        self, clause: Clause, at_ms: float | None, own_word_ms: float | None = None
    ) -> None:
        """The persona's words; with a voice each is timed on the media clock, from `at_ms` on.
        `own_word_ms`: see `Utterance`."""
        fields: dict[str, Any] = {}
        if at_ms is not None and clause.speech is not None:
            fields["words"] = [
                {
                    "text": word.text,
                    "start": round(at_ms + word.start_ms, 1),
                    "end": round(at_ms + word.end_ms, 1),
                }
                for word in clause.speech.words
            ]
        if at_ms is not None and own_word_ms is not None:
            fields["answers_at"] = round(at_ms + own_word_ms, 1)
        self._tell(
            "caption",
            who="persona",
            id=str(clause.reply.turn),
            text=clause.text,
            final=False,
            clause=clause.index,
            generation=clause.reply.generation,
            **fields,
        )

    def heard(self, reply: Reply) -> None:
        """A reply has ended: so many of its words were heard."""
        words, complete = reply.heard_words, not reply.cut
        self._tell("heard", id=str(reply.turn), words=words, complete=complete)

    def _tell(self, kind: str, /, **fields: Any) -> None:
        self._bus.publish(ToCaller(kind, fields))
