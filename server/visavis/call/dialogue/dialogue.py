"""The conversation of one call: what the floor demands is done here, and kept.

Sound and typed text come in, `Turns` says what to do, replies go to the playout. Every turn
leaves its rows: the caller's audio, its transcript, the reply, each spoken clause, the stages.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.reply import Answer, Clause, Reply
from visavis.call.dialogue.responder import Responder
from visavis.call.dialogue.stages import Stopwatch
from visavis.call.keeping.event_log import EventLog
from visavis.call.keeping.turn_recorder import TurnRecorder
from visavis.call.turns.segmenter import Segment, SpeechSegmenter
from visavis.call.turns.turn_input import TurnInput
from visavis.call.turns.turns import (
    Abandon,
    Action,
    Cancel,
    Dip,
    Discard,
    EndTurn,
    GiveUp,
    Hold,
    Nudge,
    Prepare,
    Resume,
    Turns,
    Unheard,
)
from visavis.call.voice.playout import Playout
from visavis.call.voice.utterance import Event, Finished, FirstSound, Idle, Started
from visavis.engines.tts.base import Voice
from visavis.records.recorder import Recorder

LOUD_MS = 1_500
"""So much voice without a word is worth a fault; less is a hum."""
SLOW_MS = 3_000
"""An answer later than this is a fault, whatever the reason."""
NOT_HEARD = "I could hear you speak but not make out the words. Please say it again, or type it."


@dataclass(eq=False)
class _Exchange:
    """A reply and what belongs to it in the records."""

    reply: Reply
    watch: Stopwatch
    words: TurnInput
    chat: UUID | None = None
    left: bool = False


class Dialogue:
    """One conversation. Runs on the event loop; nothing here takes a millisecond."""

    def __init__(
        self,
        *,
        session: UUID,
        recorder: Recorder,
        event_log: EventLog,
        conversation: Conversation,
        responder: Responder,
        voice: Voice | None,
        playout: Playout,
        turns: Turns,
        send: Callable[..., None],
        on_active: Callable[[str], None],
        on_hang_up: Callable[[str], None],
        on_trouble: Callable[[str], None],
        on_reply: Callable[[], None],
        on_spoken: Callable[[UUID, list[UUID]], None],
        may_prompt: Callable[[], bool],
        speaks_signs: bool = False,
    ) -> None:
        """`send(kind, **fields)` reaches the caller; `on_active(cause)` tells that the caller
        takes part, `on_hang_up(cause)` that the call is over, `on_trouble(kind)` of a fault,
        `on_reply()` that the persona is about to speak, `on_spoken(turn, tts rows)` that it has
        spoken, or was cut off; `may_prompt()`: somebody is there who may be asked to speak.
        `speaks_signs`: the caller's signs are said aloud before they are answered."""
        self.listening: SpeechSegmenter | None = None
        self.last_reply_ms: float | None = None
        self._session = session
        self._recorder = recorder
        self.minutes = TurnRecorder(session, recorder)
        self._event_log = event_log
        self._conversation = conversation
        self._responder = responder
        self._voice = voice
        self._playout = playout
        self._turns = turns
        self._send = send
        self._on_active = on_active
        self._on_hang_up = on_hang_up
        self._on_trouble = on_trouble
        self._on_reply = on_reply
        self._on_spoken = on_spoken
        self._may_prompt = may_prompt
        self._speaks_signs = speaks_signs
        self._generation = playout.generation
        self._turn: UUID | None = None
        """The caller's turn, from its first words until its answer is heard."""
        self._signs: list[tuple[str, float]] = []
        """Made while the caller speaks: part of the turn that they are in."""
        self._prepared: dict[int, _Exchange] = {}
        self._current: _Exchange | None = None

    # -- what happens -----------------------------------------------------------------------

    def say(self, kind: str, lines: Sequence[str]) -> None:
        """One of these lines, if there are any and nothing else is being said."""
        if self._current is None:
            self._say(self._responder.line(kind, lines))

    def typed(self, text: str) -> None:
        """The caller has sent words."""
        self.act(self._turns.typed())
        self._on_active("text")
        turn = uuid7()
        self._event_log.note("text", turn=turn, words=text)
        self._send("caption", who="caller", id=str(turn), text=text, final=True)
        self._commit(self._prepare(turn, TurnInput(text), monotonic()))

    def signed(self, label: str, at: float, *, sound: bool) -> UUID:
        """The caller has made a sign that stands for `label`, at `at` on `monotonic()`, or a
        `sound` that does. Its turn: that of the speech it was made with, or one of its own."""
        self._on_active("sign")
        if self._turns.hearing and not sound:
            self._signs.append((label, at))
            self._turn = self._turn or uuid7()
            for number, exchange in list(self._prepared.items()):
                exchange.reply.cancel()
                words = replace(exchange.words, signs=tuple(self._signs))
                voiced_at = exchange.watch.voiced
                self._prepared[number] = self._prepare(self._turn, words, voiced_at)
            return self._turn
        unheard = self._current if self._turns.answering and not sound else None
        self.act(self._turns.signed(instead=sound))
        words = (unheard.words if unheard is not None else TurnInput()).plus((label, at))
        return self._answer_signs(words, at)

    def interrupt(self) -> None:
        """The caller has pressed the button."""
        self.act(self._turns.interrupt())
        if self._current is not None:  # nothing of it has sounded yet
            self._cut("button")

    def act(self, actions: list[Action]) -> None:
        """Do what the floor demands."""
        for action in actions:
            self._event_log.decided(action)
            match action:
                case Dip():
                    self._playout.dip()
                case Hold():
                    self._playout.hold()
                case Resume():
                    self._playout.resume()
                case Cancel(cause):
                    self._cut(cause)
                case Prepare(attempt, text):
                    self._understood(attempt, text)
                case Abandon(attempt):
                    self._abandon(attempt)
                case EndTurn(attempt):
                    self._end_turn(attempt)
                case Discard(cause, voiced_ms):
                    self._forget_turn()
                    if self._signs:
                        self._answer_signs(TurnInput(signs=tuple(self._signs)), monotonic())
                    if cause == "no words" and voiced_ms >= LOUD_MS:
                        self.fault("empty_transcript", f"{voiced_ms:.0f} ms of voice, no words")
                case Unheard():
                    self.fault("no_transcript", "No transcript came of speech.", NOT_HEARD)
                case Nudge() if self._may_prompt():
                    self._say(self._responder.silence())
                case GiveUp():
                    self._on_hang_up("silence")

    def playout_event(self, event: Event) -> None:
        """The voice has got somewhere."""
        match event:
            case Started(utterance, at_ms):
                self._first_words(utterance.tag)
                self._caption(utterance.tag, at_ms)
            case FirstSound():
                self._first_sound()
            case Finished(heard):
                heard.utterance.tag.reply.heard(heard)
                self._perhaps_over()
            case Idle():
                self._perhaps_over()

    def fault(self, kind: str, description: str, message: str = "") -> None:
        """Something failed: a row, and a sentence for the caller when it concerns them."""
        current = self._current.reply.turn if self._current is not None else self._turn
        self._recorder.faults.tell(kind, description, session=self._session, turn=current)
        if message:
            self._send("fault", kind=kind, message=message)
        self._on_trouble(kind)

    def close(self) -> None:
        """The call is over: end what runs, keep what was heard."""
        self._forget_turn()
        self._cut("hang-up")
        self._responder.close()
        if self.listening is not None:
            self.listening.close()

    # -- turns ------------------------------------------------------------------------------

    def _answer_signs(self, words: TurnInput, at: float) -> UUID:
        """Signs are the turn, or its end."""
        self._signs.clear()
        turn = self._turn = self._turn or uuid7()
        self._send("caption", who="caller", id=str(turn), text=words.text, final=True)
        self._commit(self._prepare(turn, words, at))
        return turn

    def _understood(self, attempt: int, text: str) -> None:
        self._on_active("speech")
        heard = self._attempt(attempt)
        turn = self._turn = self._turn or uuid7()
        self._event_log.understood(turn, heard)
        began = heard.voiced_at - (heard.last_voiced_ms - heard.begin_ms) / 1000
        words = TurnInput(text, began, heard.voiced_at, tuple(self._signs))
        self._send("caption", who="caller", id=str(turn), text=words.text, final=False)
        self._prepared[attempt] = self._prepare(turn, words, heard.voiced_at)

    def _end_turn(self, number: int) -> None:
        exchange = self._prepared.pop(number)
        attempt = self._attempt(number)
        turn = exchange.reply.turn
        self._signs.clear()
        self._send("caption", who="caller", id=str(turn), text=exchange.words.text, final=True)
        audio, stt = self.minutes.heard(turn, attempt)
        exchange.words = replace(exchange.words, stt=stt)
        self._event_log.turn(turn, attempt, audio, stt)
        self._commit(exchange)
        self._abandon(number)

    def _attempt(self, number: int) -> Segment:
        assert self.listening is not None  # an attempt came from there
        return self.listening.attempts[number]

    def _abandon(self, number: int) -> None:
        exchange = self._prepared.pop(number, None)
        if exchange is not None:
            exchange.reply.cancel()
        if self.listening is not None:
            self.listening.forget(number)

    def _forget_turn(self) -> None:
        """What was heard was no turn."""
        self._turn = None
        attempts = self.listening.attempts if self.listening is not None else {}
        for number in [*self._prepared, *attempts]:
            self._abandon(number)

    # -- replies ----------------------------------------------------------------------------

    def _prepare(
        self, turn: UUID, words: TurnInput, voiced_at: float, thought: Answer | None = None
    ) -> _Exchange:
        """Begin to answer these words, or to say a `thought` of one's own."""
        watch = Stopwatch(voiced_at)
        thought = thought or self._responder.answer(words.text)
        if self._speaks_signs:
            thought = replace(thought, aloud=words.aloud)
        reply = Reply(
            turn,
            thought,
            self._voice,
            self._playout,
            self._on_reply,
            self._spoken,
            watch.mark,
            self.fault,
        )
        reply.start(lambda _: self._perhaps_over())
        return _Exchange(reply, watch, words)

    def _commit(self, exchange: _Exchange) -> None:
        if self._current is not None:
            self._cut("answered anew")
        self._current = exchange
        self._generation += 1
        reply, said = exchange.reply, exchange.words.text
        exchange.watch.mark("decided", monotonic())
        if said:
            self._conversation.caller(said)
            self._responder.settle(said)
        exchange.chat = self.minutes.answering(reply, self._generation, said, exchange.words.stt)
        self._event_log.reply(reply, self._generation, exchange.chat)
        reply.commit(self._generation)

    def _say(self, thought: Answer | None) -> None:
        """Say something unasked."""
        if thought is not None:
            self._commit(self._prepare(uuid7(), TurnInput(), monotonic(), thought))

    def _spoken(self, clause: Clause) -> None:
        """A clause goes to the voice: its rows; without a voice, its caption at once."""
        if clause.speech is None:
            self._caption(clause, None)
        else:
            self.minutes.spoken(clause, self._current.chat if self._current else None)

    def _caption(self, clause: Clause, at_ms: float | None) -> None:
        """The persona's words; with a voice each is timed on the media clock."""
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
        self._send(
            "caption",
            who="persona",
            id=str(clause.reply.turn),
            text=clause.text,
            final=False,
            clause=clause.index,
            generation=clause.reply.generation,
            **fields,
        )

    def _first_sound(self) -> None:
        self._turns.persona_starts()
        self._turn = None
        exchange = self._current
        if exchange is None:
            return
        exchange.watch.mark("left", monotonic())
        if not exchange.left:
            waited = exchange.watch.total_ms if exchange.words.text else None
            self._event_log.sounds(exchange.reply, waited)
        if exchange.words.text and not exchange.left:
            answered = self.minutes.answered(exchange.reply.turn, exchange.watch)
            if answered is not None:
                self.last_reply_ms, slowest = answered
                if self.last_reply_ms > SLOW_MS:
                    self.fault("slow_reply", f"{self.last_reply_ms:.0f} ms, {slowest} most of it")
        exchange.left = True

    def _first_words(self, clause: Clause) -> None:
        """What the caller waited for begins, if it was not the first sound already."""
        exchange = self._current
        if exchange is None or clause.index != 1 or not clause.reply.clauses[0].opener:
            return
        self.minutes.first_words(clause.reply.turn, exchange.watch)

    def _perhaps_over(self) -> None:
        exchange = self._current
        if exchange is None or not exchange.reply.over:
            return
        self._turn = None
        self._close_exchange(exchange)
        self._turns.persona_stops()
        if exchange.reply.thought.ends_call:
            self._on_hang_up("goodbye")

    def _cut(self, cause: str) -> None:
        """End the current reply here and now."""
        self._generation += 1
        for heard in self._playout.fence(self._generation):
            heard.utterance.tag.reply.heard(heard)
        exchange = self._current
        if exchange is None:
            return
        exchange.reply.cancel()
        exchange.reply.cut = True
        self._close_exchange(exchange)
        if cause == "went on":
            self._conversation.take_back()
            self._signs = [*exchange.words.signs, *self._signs]

    def _close_exchange(self, exchange: _Exchange) -> None:
        self._current = None
        reply = exchange.reply
        complete = not reply.cut
        assert exchange.chat is not None  # a current exchange is a committed one
        spoken = self.minutes.over(reply, exchange.chat)
        self._event_log.over(reply)
        self._conversation.persona(reply.remembered, complete=complete)
        self._responder.said(reply.remembered)
        self._responder.prime()
        self._send("heard", id=str(reply.turn), words=reply.heard_words, complete=complete)
        self._on_spoken(reply.turn, spoken)
