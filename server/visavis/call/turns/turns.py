"""Who has the floor: a pure state machine from what is heard to what must be done about it.

Events come in (32 ms of the caller's sound, judged; a transcript; an opinion whether the turn is
finished; the persona begins or ends to be heard), actions go out. Where each leads stands in
`tables`; here is what must be counted for it: voice, silence, and whose turn it was. Nothing here
waits, sleeps or does I/O. All times are ms of the caller's audio since the call began, so the
rules mean the same however the packets came.
"""

import math
from dataclasses import dataclass, replace

from visavis.call.turns.actions import (
    Abandon,
    Acknowledge,
    Action,
    Cancel,
    Dip,
    Discard,
    Echo,
    EndTurn,
    GiveUp,
    Hold,
    Nudge,
    Prepare,
    Resume,
    Settle,
    Transcribe,
    Unheard,
)
from visavis.call.turns.own_words import OwnWords
from visavis.call.turns.pace import Pace
from visavis.call.turns.tables import (
    CALLER,
    PERSONA,
    CallerCue,
    CallerState,
    Do,
    FloorCue,
    PersonaState,
)
from visavis.call.turns.turn_words import NO_WORDS, TurnWords

SPEAKING = (PersonaState.SPEAKING, PersonaState.DIPPED, PersonaState.HELD)


_BY_VOICE = (
    FloorCue.VOICE, FloorCue.CLEAR_VOICE, FloorCue.LONG_VOICE, FloorCue.INSISTENCE, FloorCue.WORDS
)  # fmt: skip
"""How a caller's voice takes the floor."""


@dataclass
class _Turn:
    """The caller's turn so far."""

    start: float
    open: float
    """From here on its sound has no words for good."""
    last: float = 0.0
    """The end of its last voiced frame."""
    voiced: float = 0.0
    """Voiced ms."""
    against: float = 0.0
    """Those since its words were last asked for: what counts against the persona's voice."""
    quietest: tuple[float, float] = (1.0, 0.0)
    """Where a piece may end: the least speech late in `open`, 0..1, and when."""
    pause: float = 0.0
    """The longest that was gone on from, ms."""
    acknowledged: float = 0.0
    """When the persona last said that it listens, or the start."""
    attempt: int = 0
    """The last transcript that was asked for; 0: none."""
    words: TurnWords = NO_WORDS
    finished: float | None = None
    asked: bool = False
    """It began in the last moments of a question of the persona's."""
    overlong: bool = False
    """It is answered as far as it has come, though the caller goes on."""

    def unasked(self) -> None:
        """What was found out about its words is void."""
        self.attempt, self.words, self.finished = 0, NO_WORDS, None


class Turns:
    """The floor of one call. Every method returns the actions to take, in order."""

    def __init__(self, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self._caller = CallerState.SILENT
        self._persona = PersonaState.SILENT
        self._own_words = OwnWords()
        self._turn = _Turn(0.0, 0.0)
        """Means nothing while the caller is silent."""
        self._now = 0.0
        self._attempts = 0
        self._answered = _Turn(0.0, 0.0)
        """The turn that is being answered."""
        self._question_ends = -math.inf
        """When a question of the persona's will have been asked."""
        self._held_at: float | None = None
        self._steady = False
        """What the persona says, or thinks of, can't be interrupted by voice."""
        self._expected = True
        """Somebody is expected to speak; else silence is not counted."""
        self._quiet_since = 0.0
        self._nudged = 0

    @property
    def hearing(self) -> bool:
        """The caller is speaking, or has just stopped and may go on."""
        return self._caller is not CallerState.SILENT and self._turn.voiced >= self.pace.min_voiced

    @property
    def answering(self) -> bool:
        """A turn of the caller's is answered, and nothing of the answer has been heard."""
        return self._persona is PersonaState.THINKING

    # -- events -----------------------------------------------------------------------------

    def voicing(self, end_ms: float, speech: float, length_ms: float = 32.0) -> list[Action]:
        """A judged frame of the caller's sound that ends at `end_ms`; `speech` is 0..1."""
        self._now = max(self._now, end_ms)
        silent = self._caller is CallerState.SILENT
        if speech < (self.pace.begin if silent else self.pace.keep):
            return [*self._lull(end_ms, speech), *self._decide()]
        self._active()
        return [
            *self._voiced(end_ms, length_ms),
            *self._lull(end_ms - length_ms, speech),
            *self._decide(),
        ]

    def others(self) -> list[Action]:
        """The voice until now was somebody else's: no turn, and nobody spoke."""
        return self._hear(CallerCue.OTHERS)

    def tick(self, now_ms: float) -> list[Action]:
        """Time has passed, with or without sound."""
        self._now = max(self._now, now_ms)
        return self._decide()

    def transcript(self, attempt: int, text: str, *, complete: bool = False) -> list[Action]:
        """The words of an attempt. `complete`: they leave no doubt that the turn is finished."""
        if not self._asked(attempt):
            return []
        if self._own_words.echoed(text, self._turn.start, asked=self._turn.asked):
            self.pace = replace(self.pace, hold_after=math.inf)  # else it would stutter
            return [Echo(), *self.others()]
        listening = self.pace.backchannels
        self._turn.words = TurnWords.of(text, complete=complete, backchannels=listening)
        known = self._understand() if text else self._hear(CallerCue.NO_WORDS)
        return [*known, *self._decide()]

    def lost(self, attempt: int) -> list[Action]:
        """The words of an attempt will not come."""
        return self._hear(CallerCue.LOST) if self._asked(attempt) else []

    def finished(self, attempt: int, probability: float) -> list[Action]:
        """The end-of-turn model's opinion, 0..1, of an attempt."""
        if not self._asked(attempt):
            return []
        self._turn.finished = probability
        return self._decide()

    def typed(self) -> list[Action]:
        """The caller sent text: a turn of its own, and it interrupts."""
        self._active()
        return self._cue(FloorCue.TYPED)

    def signed(self, *, instead: bool = False) -> list[Action]:
        """The caller made a sign while not speaking: a turn of its own, to which speech may still
        be added. `instead`: what sounds like speech was a sound that stands for a sign."""
        self._active()
        heard = self._hear(CallerCue.TAUGHT_SOUND) if instead else []
        actions = [*heard, *self._cue(FloorCue.SIGN)]
        self._answered = _Turn(self._now, self._now, self._now)
        return actions

    def expect(self, anybody: bool) -> None:
        """Whether somebody is expected to speak."""
        self._expected = anybody

    def interrupt(self) -> list[Action]:
        """The caller pressed a button to stop the persona."""
        return self._cue(FloorCue.BUTTON)

    def persona_starts(self, *, interruptible: bool = True) -> None:
        """The first sample of a reply leaves."""
        self._cue(FloorCue.STARTS)
        self._steady = self._steady or not (interruptible and self.pace.interruptible)

    def persona_says(self, clause: str, ms: float) -> None:
        """The persona begins a clause that takes so long."""
        self._own_words.says(clause, self._now, ms)
        if clause.endswith("?"):
            self._question_ends = self._now + ms

    def persona_stops(self) -> None:
        """The last sample of a reply has left, or there was nothing to say."""
        self._cue(FloorCue.STOPS)
        self._own_words.ends(self._now)
        self._quiet_since = self._now
        self._steady = False

    # -- what is counted --------------------------------------------------------------------

    def _asked(self, attempt: int) -> bool:
        """Whether this attempt is of the turn as it stands."""
        return self._caller is not CallerState.SILENT and self._turn.attempt == attempt

    def _voiced(self, end_ms: float, length_ms: float) -> list[Action]:
        pace = self.pace
        if self._caller is CallerState.SILENT:
            self._turn = self._begun(end_ms - length_ms)
        turn = self._turn
        if self._caller is not CallerState.SILENT and turn.last:
            turn.pause = max(turn.pause, end_ms - length_ms - turn.last)
        actions = self._hear(CallerCue.VOICE_PAST_LIMIT if turn.overlong else CallerCue.VOICE)
        turn.last = end_ms
        turn.voiced += length_ms
        turn.against += length_ms
        actions += self._cue(FloorCue.VOICE)
        if turn.voiced >= pace.retract_after:
            actions += self._cue(FloorCue.CLEAR_VOICE)
        if turn.voiced >= pace.hold_after:
            actions += self._cue(FloorCue.LONG_VOICE)
        if turn.against >= pace.cancel_after and self._caller is CallerState.SPEAKING:
            turn.against = 0.0
            actions += self._cue(FloorCue.INSISTENCE)
        return actions

    def _begun(self, start: float) -> _Turn:
        """A turn that begins then."""
        asked = self._persona in SPEAKING and 0 <= self._question_ends - start <= self.pace.asked
        begin = max(0.0, start - self.pace.preroll)
        return _Turn(start, begin, acknowledged=start, asked=asked)

    def _lull(self, at: float, speech: float) -> list[Action]:
        """A piece of a long turn without a pause ends where it is quietest."""
        turn, pace = self._turn, self.pace
        if self._caller is not CallerState.SPEAKING or at - turn.open < pace.piece:
            return []
        turn.quietest = min(turn.quietest, (speech, at))
        return self._settle(turn.quietest[1]) if at - turn.open >= pace.longest_piece else []

    def _settle(self, end: float) -> list[Action]:
        """The words up to there are for good."""
        piece = Settle(self._turn.open, end)
        self._turn.open, self._turn.quietest = end, (1.0, end)
        return [piece]

    def _decide(self) -> list[Action]:
        """What the silence since the last voiced frame means by now."""
        pace, turn = self.pace, self._turn
        silence = self._now - turn.last
        actions: list[Action] = []
        match self._caller:
            case CallerState.SILENT:
                return self._quiet()
            case CallerState.SPEAKING | CallerState.PAUSED:
                if silence >= pace.undip_after:
                    actions += self._cue(FloorCue.SETTLED)
                if self._caller is CallerState.PAUSED:
                    lost = silence >= pace.transcript_deadline
                    return actions + (self._hear(CallerCue.LOST) if lost else [])
                if turn.voiced < pace.min_voiced:
                    click = silence >= pace.min_silence
                    return actions + (self._hear(CallerCue.CLICK) if click else [])
                return actions + (self._pause() if silence >= pace.speculate else [])
            case CallerState.WORDLESS:
                end = silence >= pace.min_silence
                return self._cue(FloorCue.LET_BE) + (self._hear(CallerCue.END) if end else [])
            case CallerState.UNDERSTOOD:
                actions += self._understand()
                return actions + (self._hear(CallerCue.END) if self._over(silence) else [])

    def _pause(self) -> list[Action]:
        """The caller stops for a moment, at least."""
        turn, pace = self._turn, self.pace
        turn.overlong = self._now - turn.start >= pace.max_turn
        told = self._now - turn.acknowledged
        actions = self._hear(CallerCue.PAUSE)
        if 0 < pace.acknowledge_after <= told and self._persona is PersonaState.SILENT:
            turn.acknowledged = self._now
            actions.append(Acknowledge())
        return actions

    def _over(self, silence: float) -> bool:
        """Whether a turn whose words are known ends now."""
        turn = self._turn
        if self._steady:  # the persona has the floor until what it says is said
            return False
        told = self._now - turn.start
        return turn.overlong or silence >= self.pace.patience(
            turn.words, turn.finished, told=told, pause=turn.pause
        )

    def _understand(self) -> list[Action]:
        """There are words, and perhaps the persona's are going on."""
        turn, words = self._turn, self._turn.words
        slight = words.count < self.pace.least_words and not words.complete
        listening = (words.backchannel or slight) and not turn.asked
        if listening and self._persona in SPEAKING:
            return self._hear(CallerCue.BACKCHANNEL)
        return [*self._cue(FloorCue.WORDS), *self._hear(CallerCue.WORDS)]

    def _quiet(self) -> list[Action]:
        if not self._expected:
            self._active()
        if self._persona is not PersonaState.SILENT:
            return []
        quiet = self._now - self._quiet_since
        if quiet >= self.pace.give_up:
            self._quiet_since = self._now
            return [GiveUp()]
        if self._nudged < len(self.pace.prompts) and quiet >= self.pace.prompts[self._nudged]:
            self._nudged += 1
            return [Nudge(self._nudged - 1)]
        return []

    def _active(self) -> None:
        self._quiet_since, self._nudged = self._now, 0

    # -- by the tables ----------------------------------------------------------------------

    def _hear(self, what: CallerCue) -> list[Action]:
        step = CALLER.get((self._caller, what))
        if step is None:
            return []
        self._caller = step.to
        return [action for do in step.do for action in self._do(do, step.cause)]

    def _cue(self, what: FloorCue) -> list[Action]:
        step = PERSONA.get((self._persona, what))
        if step is None or (self._steady and what in _BY_VOICE):
            return []
        self._persona = step.to
        return [action for do in step.do for action in self._do(do, step.cause)]

    def _do(self, what: Do, cause: str) -> list[Action]:
        turn = self._turn
        match what:
            case Do.TRANSCRIBE:
                return self._ask()
            case Do.SETTLE:
                return self._settle(turn.last) if turn.last - turn.open >= self.pace.piece else []
            case Do.PREPARE:
                return [Prepare(turn.attempt, turn.words.text, turn.overlong)]
            case Do.ABANDON:
                return self._void()
            case Do.END_TURN:
                self._cue(FloorCue.TURN)
                self._answered, self._steady = turn, turn.overlong
                return [EndTurn(turn.attempt, turn.words.text, turn.last)]
            case Do.DISCARD:
                return [*self._cue(FloorCue.LET_BE), Discard(cause, turn.voiced)]
            case Do.UNHEARD:
                return [Unheard()]
            case Do.DIP:
                return [Dip()]
            case Do.HOLD:
                self._held_at = self._now
                return [Hold()]
            case Do.RESUME:
                if self._held_at is not None:
                    self._question_ends += self._now - self._held_at
                self._held_at = None
                return [Resume()]
            case Do.CANCEL | Do.RETRACT:
                self._held_at, self._steady = None, False
                return [Cancel(cause)]
            case Do.REJOIN:
                self._rejoin()
        return []

    def _ask(self) -> list[Action]:
        """For the words so far."""
        turn = self._turn
        void = self._void() if turn.attempt else []
        self._attempts += 1
        turn.attempt = self._attempts
        begin = max(0.0, turn.start - self.pace.preroll)
        return [*void, Transcribe(turn.attempt, begin, turn.last)]

    def _void(self) -> list[Action]:
        void = Abandon(self._turn.attempt)
        self._turn.unasked()
        return [void]

    def _rejoin(self) -> None:
        """What was answered and what is said now are one turn."""
        turn, earlier = self._turn, self._answered
        if earlier.start < turn.start:
            turn.pause = max(earlier.pause, turn.start - earlier.last)
            turn.start, turn.open = earlier.start, earlier.open
            turn.quietest, turn.acknowledged = (0.0, earlier.last), earlier.acknowledged
