"""What happened in a call, in order, enough to play it again: rows of `session_events`.

A row for each thing that a person would tell of a call, and none for a packet or a picture: it
was connected, somebody spoke, was understood, was answered, interrupted, fell silent, hung up.
What was said, seen and measured in it has rows of its own, which these name. The rows stand in the
order in which things became known; `at_ms` says when they were.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from visavis.call.dialogue.reply import Reply
from visavis.call.turns.segmenter import Segment
from visavis.call.turns.turns import (
    Action,
    Cancel,
    Dip,
    Discard,
    GiveUp,
    Hold,
    Nudge,
    Resume,
    Transcribe,
    Unheard,
)
from visavis.records.recorder import Recorder

MOST = 20_000
"""Rows of one call; about ten hours of talk. The last one says that no more are kept."""
NAMES = frozenset({"id", "kind", "modality", "step", "target", "timezone", "turn"})
"""Texts in a caller's message that are no words of theirs."""


class EventLog:
    """Of one call. Every method returns at once."""

    def __init__(self, session: UUID, recorder: Recorder, now_ms: Callable[[], float]) -> None:
        """`now_ms()`: the call's media clock."""
        self._session = session
        self._recorder = recorder
        self._now_ms = now_ms
        self._rows = 0
        self._speaking = False
        """A turn of the caller's has begun and is not decided yet."""

    def note(
        self,
        kind: str,
        *,
        turn: UUID | None = None,
        at_ms: float | None = None,
        words: str | None = None,
        **payload: Any,
    ) -> None:
        """Something has happened, now or at `at_ms`; `words` are the caller's."""
        self._rows += 1
        if self._rows > MOST:
            return
        if self._rows == MOST:
            kind, words, payload = "unrecorded", None, {"after": MOST}
        at_ms = round(self._now_ms() if at_ms is None else at_ms, 1)
        self._recorder.session_events.add(
            self._session, kind, at_ms=at_ms, turn=turn, payload=payload, words=words
        )

    def said(self, message: Mapping[str, Any]) -> None:
        """A message of the caller's that was understood. What they measured is no event, and what
        they typed is told by who gives it a turn."""
        kind = message["type"]
        if kind in ("stats", "text"):
            return
        facts = {
            name: value
            for name, value in message.items()
            if name not in ("type", "at", "client")
            and (name in NAMES or isinstance(value, bool | int | float))
        }
        words = [value for name, value in message.items() if _is_words(name, value)]
        self.note(kind, words=" ".join(words) if words else None, **facts)

    def decided(self, action: Action) -> None:
        """What the floor demands. Transcripts, turns and replies are noted where their rows are."""
        match action:
            case Transcribe(_, begin_ms, _) if not self._speaking:
                self._speaking = True
                self.note("speech_began", at_ms=begin_ms)
            case Dip() | Hold() | Resume():
                self.note(f"voice_{type(action).__name__.lower()}")
            case Cancel(cause):
                self.note("cancelled", cause=cause)
            case Discard(cause, voiced_ms) if self._speaking:
                self._speaking = False
                self.note("discarded", cause=cause, voiced_ms=voiced_ms)
            case Unheard():
                self.note("unheard")
            case Nudge(n):
                self.note("prompt", n=n)
            case GiveUp():
                self.note("gave_up")
            case _:
                pass

    def understood(self, turn: UUID, attempt: Segment) -> None:
        """A transcript came. The turn may still go on, and this attempt come to nothing."""
        transcript = attempt.transcript
        if transcript is not None:
            self.note(
                "transcript",
                turn=turn,
                words=transcript.text,
                attempt=attempt.number,
                no_speech=round(transcript.no_speech, 3),
                ms=round(transcript.ms, 1),
            )

    def turn(self, turn: UUID, attempt: Segment, audio: UUID, stt: UUID) -> None:
        """The caller has finished; the rows of what they said."""
        self._speaking = False
        opinion = attempt.finished
        self.note(
            "speech_ended", turn=turn, at_ms=attempt.last_voiced_ms, audio=str(audio), stt=str(stt)
        )
        self.note(
            "turn",
            turn=turn,
            attempt=attempt.number,
            finished=None if opinion is None else round(opinion, 3),
        )

    def reply(self, reply: Reply, generation: int, chat: UUID) -> None:
        """A reply is chosen and about to be spoken."""
        system = reply.thought.system
        self.note("reply", turn=reply.turn, generation=generation, chat=str(chat), system=system)

    def sounds(self, reply: Reply, voice_to_voice_ms: float | None) -> None:
        """Its first sound has left."""
        waited = None if voice_to_voice_ms is None else round(voice_to_voice_ms, 1)
        self.note("first_sound", turn=reply.turn, generation=reply.generation, after_ms=waited)

    def over(self, reply: Reply) -> None:
        """It has ended, or was cut."""
        kind = "reply_cut" if reply.cut else "reply_finished"
        heard = reply.heard_words
        self.note(kind, turn=reply.turn, generation=reply.generation, words_heard=heard)


def _is_words(name: str, value: Any) -> bool:
    return isinstance(value, str) and name not in NAMES and name not in ("type", "at")
