"""The conversation of one call: what the floor demands is done here.

What was understood, typed or signed comes in, replies go to the playout; what becomes of them is
published. Nothing here waits, and nothing takes a millisecond.
"""

from dataclasses import replace
from time import monotonic
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.call.commands.commands import SaySentence
from visavis.call.dialogue.answering import Answering
from visavis.call.dialogue.captions import Captions
from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.notices import Notices
from visavis.call.dialogue.reply import Answer, Clause, Reply, ThoughtOut
from visavis.call.dialogue.reply_times import ReplyTimes
from visavis.call.dialogue.responder import SILENCE, Responder
from visavis.call.dialogue.stages import Stopwatch
from visavis.call.dialogue.turn_input import TurnInput
from visavis.call.events import (
    Bus,
    CallerActive,
    ClauseSpoken,
    HangUp,
    Hush,
    LessonChanged,
    LineDue,
    MessageCame,
    ReplyChosen,
    ReplyEnded,
    Transcribed,
    TurnEnded,
    Typed,
    Understood,
)
from visavis.call.turns import actions
from visavis.call.turns.floor import Floor
from visavis.call.turns.segment import Segment
from visavis.call.voice.playout import Playout
from visavis.call.voice.speaker import Speaker
from visavis.call.voice.utterance import Event, Finished, FirstSound, Idle, OwnWord, Started

LOUD_MS = 1_500
"""So much voice without a word is worth a fault; less is a hum."""
NOT_ANSWERED = "I could not think of an answer. Please say it in other words."


class Dialogue:
    """Does what the floor decides: has words answered by the `Responder`, gives the reply to the
    playout, cuts it off, and keeps what was heard in the conversation. Runs on the event loop."""

    def __init__(
        self,
        bus: Bus,
        floor: Floor,
        conversation: Conversation,
        responder: Responder,
        speaker: Speaker | None,
        playout: Playout,
        *,
        speaks_signs: bool = False,
    ) -> None:
        """`speaks_signs`: the caller's signs are said aloud before they are answered."""
        self._bus = bus
        self._captions = Captions(bus)
        Notices(bus)
        self._floor = floor
        self._conversation = conversation
        self._responder = responder
        self._speaker = speaker
        self._playout = playout
        self._speaks_signs = speaks_signs
        self._generation = playout.generation
        self._turn: UUID | None = None
        """The caller's turn, from its first words until its answer is heard."""
        self._signs: list[tuple[str, float]] = []
        """Made while the caller speaks: part of the turn that they are in."""
        self._segments: dict[int, Segment] = {}
        """Transcribed, and neither answered nor void yet; by attempt."""
        self._prepared: dict[int, Answering] = {}
        self._current: Answering | None = None
        self._lesson = False
        self._spoke_until = 0.0
        """`monotonic()` s when the last reply that wasn't cut was over."""
        self._listen()

    def _listen(self) -> None:
        hear = self._bus.subscribe
        hear(actions.Dip, lambda _: self._playout.dip())
        hear(actions.Hold, lambda _: self._playout.hold())
        hear(actions.Resume, lambda _: self._playout.resume())
        hear(actions.Cancel, lambda cancel: self._cut(cancel.cause))
        hear(actions.Prepare, self._understood)
        hear(actions.Abandon, lambda void: self._abandon(void.attempt))
        hear(actions.EndTurn, self._end_turn)
        hear(actions.Discard, self._discarded)
        hear(actions.Acknowledge, lambda _: self._acknowledge())
        hear(actions.GiveUp, lambda _: self._bus.publish(HangUp("silence")))
        hear(Transcribed, self._transcribed)
        hear(MessageCame, self._message)
        hear(LineDue, lambda line: self._say(line.kind))
        hear(SaySentence, lambda order: self._say_unasked(self._responder.ordered(order)))
        hear(LessonChanged, self._lesson_changed)
        hear(Hush, lambda _: self.interrupt())
        hear(Clause, self._spoken)
        hear(ThoughtOut, self._thought_out)

    @property
    def quiet(self) -> bool:
        """Neither the persona nor the caller speaks, and no lesson is on."""
        return not (self._lesson or self._current is not None or self._floor.hearing)

    # -- what happens -----------------------------------------------------------------------

    def typed(self, text: str) -> None:
        """The caller has sent words."""
        self._floor.typed()
        self._bus.publish(CallerActive("text"))
        turn = uuid7()
        self._bus.publish(Typed(turn, text))
        self._captions.caller(turn, text, final=True)
        self._commit(self._prepare(turn, TurnInput(text), monotonic()))

    def signed(self, label: str, at: float, *, sound: bool) -> UUID:
        """The caller has made a sign that stands for `label`, at `at` on `monotonic()`, or a
        `sound` that does. Its turn: that of the speech it was made with, or one of its own."""
        self._bus.publish(CallerActive("sign"))
        if self._floor.hearing and not sound:
            self._signs.append((label, at))
            self._turn = self._turn or uuid7()
            for number, exchange in list(self._prepared.items()):
                exchange.reply.cancel()
                words = replace(exchange.words, signs=tuple(self._signs))
                voiced_at = exchange.reply.watch.voiced
                self._prepared[number] = self._prepare(self._turn, words, voiced_at)
            return self._turn
        unheard = self._current if self._floor.answering and not sound else None
        self._floor.signed(instead=sound)
        words = (unheard.words if unheard is not None else TurnInput()).plus((label, at))
        return self._answer_signs(words, at)

    def interrupt(self) -> None:
        """The caller has pressed the button."""
        self._floor.interrupt()
        if self._current is not None:  # nothing of it has sounded yet
            self._cut("button")

    def playout_event(self, event: Event) -> None:
        """The voice has got somewhere."""
        match event:
            case Started(utterance, at_ms):
                if self._current is not None:
                    self._current.times.clause_begins(utterance.tag)
                self._floor.persona_says(utterance.text, utterance.sound_ms)
                self._captions.persona(utterance.tag, at_ms, utterance.own_word_ms)
            case FirstSound():
                self._first_sound()
            case OwnWord() if self._current is not None:
                self._current.times.own_word()
            case Finished(heard):
                heard.utterance.tag.reply.heard(heard)
                self._perhaps_over()
            case Idle():
                self._perhaps_over()

    async def go_on_from(self, earlier: Conversation, last: str) -> None:
        """What was said is what was said in the earlier conversation, `last` by the persona.
        Returns when the model has read it."""
        self._conversation.go_on_from(earlier)
        self._responder.said(last)
        self._responder.prime()
        await self._responder.primed()

    def close(self) -> None:
        """The call is over: end what runs."""
        self._forget_turn()
        self._cut("hang-up")
        self._responder.close()

    def _message(self, message: MessageCame) -> None:
        if message.kind == "text":
            self.typed(message.said["text"])
        elif message.kind == "interrupt":
            self.interrupt()

    # -- turns ------------------------------------------------------------------------------

    def _lesson_changed(self, lesson: LessonChanged) -> None:
        self._lesson = lesson.on
        if lesson.on:
            self.interrupt()

    def _answer_signs(self, words: TurnInput, at: float) -> UUID:
        """Signs are the turn, or its end."""
        self._signs.clear()
        turn = self._turn = self._turn or uuid7()
        self._captions.caller(turn, words.text, final=True)
        self._commit(self._prepare(turn, words, at))
        return turn

    def _transcribed(self, transcribed: Transcribed) -> None:
        self._segments[transcribed.segment.number] = transcribed.segment

    def _understood(self, prepare: actions.Prepare) -> None:
        segment = self._segments[prepare.attempt]
        self._bus.publish(CallerActive("speech"))
        turn = self._turn = self._turn or uuid7()
        self._bus.publish(Understood(turn, segment))
        began = segment.voiced_at - (segment.last_voiced_ms - segment.begin_ms) / 1000
        told = segment.transcript.language if segment.transcript is not None else ""
        words = TurnInput(prepare.text, began, segment.voiced_at, tuple(self._signs), told)
        self._captions.caller(turn, words.text, final=False)
        try:
            aloud = self._responder.pick("cut_in") if prepare.overlong else ""
            exchange = self._prepare(turn, words, segment.voiced_at, aloud=aloud)
            self._prepared[prepare.attempt] = exchange
        except Exception as error:
            self._bus.fault("reply", f"{type(error).__name__}: {error}", NOT_ANSWERED)

    def _end_turn(self, ended: actions.EndTurn) -> None:
        exchange = self._prepared.pop(ended.attempt, None)
        segment = self._segments.pop(ended.attempt)
        if exchange is None:  # it could not be thought of; that has been told
            self._forget_turn()
            self._floor.persona_stops()
            return
        turn, watch = exchange.reply.turn, exchange.reply.watch
        watch.not_before(self._spoke_until)  # what couldn't be interrupted came first
        self._signs.clear()
        self._captions.caller(turn, exchange.words.text, final=True)
        self._bus.publish(TurnEnded(turn, segment))
        self._commit(exchange)

    def _discarded(self, discard: actions.Discard) -> None:
        self._forget_turn()
        if self._signs:
            self._answer_signs(TurnInput(signs=tuple(self._signs)), monotonic())
        if discard.cause == "no words" and discard.voiced_ms >= LOUD_MS:
            self._bus.fault("empty_transcript", f"{discard.voiced_ms:.0f} ms of voice, no words")

    def _abandon(self, attempt: int) -> None:
        self._segments.pop(attempt, None)
        exchange = self._prepared.pop(attempt, None)
        if exchange is not None:
            exchange.reply.cancel()

    def _forget_turn(self) -> None:
        """What was heard was no turn."""
        self._turn = None
        for attempt in {*self._prepared, *self._segments}:
            self._abandon(attempt)

    # -- replies ----------------------------------------------------------------------------

    def _prepare(
        self,
        turn: UUID,
        words: TurnInput,
        voiced_at: float,
        thought: Answer | None = None,
        *,
        aloud: str = "",
    ) -> Answering:
        """Begin to answer these words, `aloud` first, or to say a `thought` of one's own."""
        generation = self._generation + 1
        thought = thought or self._responder.answer(words.text, generation, words.language)
        aloud = (words.aloud if self._speaks_signs else "") or aloud
        if aloud:
            thought = replace(thought, aloud=aloud)
        speaker = None if self._speaker is None else self._speaker.of_reply(generation)
        reply = Reply(turn, thought, speaker, self._playout, self._bus, Stopwatch(voiced_at))
        reply.start()
        times = ReplyTimes(self._bus, reply, answers=bool(words.text))
        return Answering(reply, words, generation, times)

    def _commit(self, exchange: Answering) -> None:
        if self._current is not None:
            self._cut("answered anew", instead=exchange)
        self._current = exchange
        self._generation += 1
        reply, said = exchange.reply, exchange.words.text
        reply.watch.mark("decided", monotonic())
        if said:
            self._conversation.caller(said)
            self._responder.settle(said)
        thought = reply.thought
        self._bus.publish(
            ReplyChosen(
                reply.turn,
                self._generation,
                said,
                thought.system,
                thought.parameters,
                thought.facts,
            )
        )
        reply.commit(self._generation)

    def _say(self, kind: str) -> None:
        """Say something unasked, if there is a line of that kind and nothing is being said."""
        if self._lesson or (self._current is not None and kind != SILENCE):
            return
        thought = self._responder.line(kind)
        if thought is not None:
            self._say_unasked(thought)

    def _acknowledge(self) -> None:
        if self._lesson or self._current is not None:
            return
        if (aside := self._responder.aside("listening")) is not None:
            self._say_unasked(aside)

    def _say_unasked(self, thought: Answer) -> None:
        self._commit(self._prepare(uuid7(), TurnInput(), monotonic(), thought))

    def _spoken(self, clause: Clause) -> None:
        """A clause goes to the voice; without a voice it is shown at once."""
        if clause.speech is None:
            self._captions.persona(clause, None)
        else:
            reply = clause.reply
            if self._current is not None and self._current.words.text:
                self._floor.answers(clause.text, begins=clause.index == 0)
            self._bus.publish(
                ClauseSpoken(reply.turn, reply.generation, clause.text, clause.speech)
            )

    def _first_sound(self) -> None:
        exchange = self._current
        if exchange is not None and exchange.reply.thought.aside:
            return
        steady = exchange is not None and not exchange.reply.thought.interruptible
        self._floor.persona_starts(interruptible=not steady)
        self._turn = None
        if exchange is not None:
            exchange.times.first_sound()

    def _thought_out(self, thought: ThoughtOut) -> None:
        if self._current is not None and self._current.reply is thought.reply:
            self._perhaps_over()

    def _perhaps_over(self) -> None:
        exchange = self._current
        if exchange is None or not exchange.reply.over:
            return
        exchange.times.over()
        self._close_exchange(exchange)
        if exchange.reply.thought.aside:
            return
        self._turn, self._spoke_until = None, monotonic()
        self._floor.persona_stops()
        if exchange.reply.thought.ends_call:
            self._bus.publish(HangUp("goodbye"))

    def _cut(self, cause: str, instead: Answering | None = None) -> None:
        """End the current reply here and now; `instead`: what is said in its place."""
        self._generation += 1
        for heard in self._playout.fence(self._generation):
            heard.utterance.tag.reply.heard(heard)
        exchange = self._current
        if exchange is None:
            return
        exchange.reply.cut_off()
        wanted = [one.generation for one in (*self._prepared.values(), instead) if one is not None]
        self._responder.void(before=min([self._generation, *wanted]))
        again = cause == "went on"
        self._close_exchange(exchange, prime=not again)
        if again:  # what the model has read of these words stays read
            self._conversation.take_back()
            self._signs = [*exchange.words.signs, *self._signs]

    def _close_exchange(self, exchange: Answering, *, prime: bool = True) -> None:
        self._current = None
        reply = exchange.reply
        self._conversation.persona(reply.remembered, complete=not reply.cut)
        self._responder.said(reply.remembered)
        if prime:
            self._responder.prime(after_cut=reply.cut)
        self._captions.heard(reply)
        self._bus.publish(
            ReplyEnded(
                reply.turn,
                reply.generation,
                reply.text,
                reply.heard_text,
                reply.heard_words,
                reply.cut,
                reply.thought.facts,
            )
        )
