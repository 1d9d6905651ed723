"""What happened in a call, in order, enough to play it again: rows of `session_events`.

A row for each thing that a person would tell of a call, and none for a packet or a picture: it
was connected, somebody spoke, was understood, was answered, interrupted, fell silent, hung up.
What was said, seen and measured in it has rows of its own, which these name. The rows stand in the
order in which things became known; `at_ms` says when they were.
"""

from typing import Any
from uuid import UUID

from visavis.call.commands.commands import WithdrawConsent
from visavis.call.events import (
    Bus,
    Connected,
    Interrupted,
    MessageCame,
    ReplyChosen,
    ReplyEnded,
    ReplySounds,
    SignMade,
    TurnEnded,
    Typed,
    Understood,
)
from visavis.call.keeping.turn_recorder import TurnRecorder
from visavis.call.turns import actions
from visavis.call.voice.clock import SessionClock
from visavis.records.recorder import Recorder

MOST = 20_000
"""Rows of one call; about ten hours of talk. The last one says that no more are kept."""
NAMES = frozenset({"id", "kind", "modality", "step", "target", "timezone", "turn"})
"""Texts in a caller's message that are no words of theirs."""


class EventLog:
    """Of one session. Every method returns at once."""

    def __init__(
        self, session: UUID, recorder: Recorder, rows: TurnRecorder, bus: Bus, clock: SessionClock
    ) -> None:
        """`rows`, which has subscribed before, knows the rows that events name."""
        self._session = session
        self._recorder = recorder
        self._rows_of = rows
        self._clock = clock
        self._rows = 0
        self._speaking = False
        """A turn of the caller's has begun and is not decided yet."""
        hear = bus.subscribe
        hear(Connected, lambda it: self.note("connected", audio=it.audio, video=it.video))
        hear(Interrupted, lambda it: self.note("paused" if it.silent else "resumed"))
        hear(MessageCame, self._said)
        hear(WithdrawConsent, lambda it: self.note("consent_withdrawn", command=str(it.id)))
        hear(actions.Transcribe, self._speech_began)
        for yielding in (actions.Dip, actions.Hold, actions.Resume):
            hear(yielding, lambda it: self.note(f"voice_{type(it).__name__.lower()}"))
        hear(actions.Cancel, lambda it: self.note("cancelled", cause=it.cause))
        hear(actions.Discard, self._discarded)
        hear(actions.Echo, lambda _: self.note("own_echo"))
        hear(actions.Unheard, lambda _: self.note("unheard"))
        hear(actions.Nudge, lambda it: self.note("prompt", n=it.n))
        hear(actions.GiveUp, lambda _: self.note("gave_up"))
        hear(Typed, lambda it: self.note("text", turn=it.turn, words=it.text))
        hear(Understood, self._understood)
        hear(TurnEnded, self._turn)
        hear(ReplyChosen, self._reply)
        hear(ReplySounds, self._sounds)
        hear(ReplyEnded, self._over)
        hear(SignMade, self._sign)

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
        at_ms = round(self._clock.now_ms() if at_ms is None else at_ms, 1)
        self._recorder.session_events.add(
            self._session, kind, at_ms=at_ms, turn=turn, payload=payload, words=words
        )

    def _said(self, message: MessageCame) -> None:
        """A message of the caller's that was understood. What they measured is no event, and what
        they typed is told by who gives it a turn."""
        kind = message.kind
        if kind in ("stats", "text"):
            return
        facts = {
            name: value
            for name, value in message.said.items()
            if name not in ("type", "at", "client")
            and (name in NAMES or isinstance(value, bool | int | float))
        }
        words = [value for name, value in message.said.items() if _is_words(name, value)]
        self.note(kind, words=" ".join(words) if words else None, **facts)

    def _speech_began(self, attempt: actions.Transcribe) -> None:
        if not self._speaking:
            self._speaking = True
            self.note("speech_began", at_ms=attempt.begin_ms)

    def _discarded(self, discard: actions.Discard) -> None:
        if self._speaking or discard.cause == "not_for_me":
            self._speaking = False
            self.note("discarded", cause=discard.cause, voiced_ms=discard.voiced_ms)

    def _understood(self, understood: Understood) -> None:
        """A transcript came. The turn may still go on, and this attempt come to nothing."""
        segment = understood.segment
        transcript = segment.transcript
        if transcript is not None:
            self.note(
                "transcript",
                turn=understood.turn,
                words=transcript.text,
                attempt=segment.number,
                no_speech=round(transcript.no_speech, 3),
                ms=round(transcript.ms, 1),
            )

    def _turn(self, ended: TurnEnded) -> None:
        """The caller has finished; the rows of what they said."""
        self._speaking = False
        segment, rows = ended.segment, self._rows_of.heard(ended.turn)
        audio, stt = (None, None) if rows is None else map(str, rows)
        self.note(
            "speech_ended", turn=ended.turn, at_ms=segment.last_voiced_ms, audio=audio, stt=stt
        )
        self.note(
            "turn",
            turn=ended.turn,
            attempt=segment.number,
            finished=None if segment.finished is None else round(segment.finished, 3),
        )

    def _reply(self, chosen: ReplyChosen) -> None:
        """A reply is chosen and about to be spoken."""
        self.note(
            "reply",
            turn=chosen.turn,
            generation=chosen.generation,
            chat=str(self._rows_of.chat_of(chosen.turn)),
            system=chosen.system,
        )

    def _sounds(self, sounds: ReplySounds) -> None:
        """Its first sound has left."""
        waited = None if sounds.waited_ms is None else round(sounds.waited_ms, 1)
        self.note("first_sound", turn=sounds.turn, generation=sounds.generation, after_ms=waited)

    def _over(self, ended: ReplyEnded) -> None:
        """It has ended, or was cut."""
        kind = "reply_cut" if ended.cut else "reply_finished"
        self.note(kind, turn=ended.turn, generation=ended.generation, words_heard=ended.words_heard)

    def _sign(self, made: SignMade) -> None:
        self.note(
            "sign_corrected" if made.corrected else "sign",
            turn=made.turn,
            words=made.label,
            sign=str(made.sign),
            modality=made.modality,
            **made.facts,
        )


def _is_words(name: str, value: Any) -> bool:
    return isinstance(value, str) and name not in NAMES and name not in ("type", "at")
