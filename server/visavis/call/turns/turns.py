"""Who has the floor: a pure state machine from what is heard to what must be done about it.

Events come in (32 ms of the caller's sound, judged; a transcript; an opinion whether the turn is
finished; the persona begins or ends to be heard), actions go out. Where each leads stands in
`tables`; here is what must be counted for it: voice, silence, and whose turn it was. Nothing here
waits, sleeps or does I/O. All times are ms of the caller's audio since the call began, so the
rules mean the same however the packets came.
"""

from dataclasses import dataclass

from visavis.call.turns.actions import (
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
    Transcribe,
    Unheard,
)
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

SPEAKING = (PersonaState.SPEAKING, PersonaState.DIPPED, PersonaState.HELD)


@dataclass
class _Turn:
    """The caller's turn so far."""

    start: float
    last: float = 0.0
    """The end of its last voiced frame."""
    voiced: float = 0.0
    """Voiced ms since the last cancel or the start: what counts against the persona."""
    attempt: int = 0
    """The last transcript that was asked for; 0: none."""
    text: str = ""
    finished: float | None = None
    complete: bool = False
    backchannel: bool = False
    overlong: bool = False
    """It is answered as far as it has come, though the caller goes on."""

    def unasked(self) -> None:
        """What was found out about its words is void."""
        self.attempt, self.text, self.finished = 0, "", None
        self.complete = self.backchannel = False


class Turns:
    """The floor of one call. Every method returns the actions to take, in order."""

    def __init__(self, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self._caller = CallerState.SILENT
        self._persona = PersonaState.SILENT
        self._turn = _Turn(0.0)
        """Means nothing while the caller is silent."""
        self._now = 0.0
        self._attempts = 0
        self._answered_from = 0.0
        """Start of the turn that is being answered."""
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
            return self._decide()
        self._active()
        return [*self._voiced(end_ms, length_ms), *self._decide()]

    def tick(self, now_ms: float) -> list[Action]:
        """Time has passed, with or without sound."""
        self._now = max(self._now, now_ms)
        return self._decide()

    def transcript(
        self, attempt: int, text: str, *, complete: bool = False, backchannel: bool = False
    ) -> list[Action]:
        """The words of an attempt. `complete`: they leave no doubt that the turn is finished."""
        turn = self._turn
        if not self._asked(attempt):
            return []
        turn.text, turn.complete, turn.backchannel = text, complete, backchannel
        return [*(self._words() if text else self._hear(CallerCue.NO_WORDS)), *self._decide()]

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
        self._answered_from = self._now
        return actions

    def expect(self, anybody: bool) -> None:
        """Whether somebody is expected to speak."""
        self._expected = anybody

    def interrupt(self) -> list[Action]:
        """The caller pressed a button to stop the persona."""
        return self._cue(FloorCue.BUTTON)

    def persona_starts(self) -> None:
        """The first sample of a reply leaves."""
        self._cue(FloorCue.STARTS)

    def persona_stops(self) -> None:
        """The last sample of a reply has left, or there was nothing to say."""
        self._cue(FloorCue.STOPS)
        self._quiet_since = self._now

    # -- what is counted --------------------------------------------------------------------

    def _asked(self, attempt: int) -> bool:
        """Whether this attempt is of the turn as it stands."""
        return self._caller is not CallerState.SILENT and self._turn.attempt == attempt

    def _voiced(self, end_ms: float, length_ms: float) -> list[Action]:
        pace = self.pace
        if self._caller is CallerState.SILENT:
            self._turn = _Turn(start=end_ms - length_ms)
        turn = self._turn
        actions = self._hear(CallerCue.VOICE_PAST_LIMIT if turn.overlong else CallerCue.VOICE)
        turn.last = end_ms
        turn.voiced += length_ms
        actions += self._cue(FloorCue.VOICE)
        if turn.voiced >= pace.min_voiced:
            actions += self._cue(FloorCue.CLEAR_VOICE)
        if turn.voiced >= pace.hold_after:
            actions += self._cue(FloorCue.LONG_VOICE)
        if turn.voiced >= pace.cancel_after:
            actions += self._cue(FloorCue.INSISTENCE)
        return actions

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
                turn.overlong = turn.overlong or self._now - turn.start >= pace.max_turn
                if self._caller is CallerState.PAUSED:
                    lost = silence >= pace.transcript_deadline
                    return actions + (self._hear(CallerCue.LOST) if lost else [])
                if turn.voiced < pace.min_voiced:
                    click = silence >= pace.min_silence
                    return actions + (self._hear(CallerCue.CLICK) if click else [])
                pause = silence >= pace.speculate or turn.overlong
                return actions + (self._hear(CallerCue.PAUSE) if pause else [])
            case CallerState.WORDLESS:
                end = silence >= pace.min_silence
                return self._cue(FloorCue.LET_BE) + (self._hear(CallerCue.END) if end else [])
            case CallerState.UNDERSTOOD:
                actions += self._words()
                end = silence >= pace.patience(turn.complete, turn.finished) or turn.overlong
                return actions + (self._hear(CallerCue.END) if end else [])

    def _words(self) -> list[Action]:
        """There are words, and perhaps the persona's are going on."""
        if self._turn.backchannel and self._persona in SPEAKING:
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
        if step is None:
            return []
        self._persona = step.to
        return [action for do in step.do for action in self._do(do, step.cause)]

    def _do(self, what: Do, cause: str) -> list[Action]:
        turn = self._turn
        match what:
            case Do.TRANSCRIBE:
                self._attempts += 1
                turn.attempt = self._attempts
                begin = max(0.0, turn.start - self.pace.preroll)
                return [Transcribe(turn.attempt, begin, turn.last)]
            case Do.PREPARE:
                return [Prepare(turn.attempt, turn.text)]
            case Do.ABANDON:
                void = Abandon(turn.attempt)
                turn.unasked()
                return [void]
            case Do.END_TURN:
                self._cue(FloorCue.TURN)
                self._answered_from = turn.start
                return [EndTurn(turn.attempt, turn.text, turn.last)]
            case Do.DISCARD:
                return [*self._cue(FloorCue.LET_BE), Discard(cause, turn.voiced)]
            case Do.UNHEARD:
                return [Unheard()]
            case Do.DIP:
                return [Dip()]
            case Do.HOLD:
                return [Hold()]
            case Do.RESUME:
                return [Resume()]
            case Do.CANCEL:
                turn.voiced = 0.0
                return [Cancel(cause)]
            case Do.RETRACT:
                return [Cancel(cause)]
            case Do.REJOIN:
                turn.start = min(turn.start, self._answered_from)
        return []
