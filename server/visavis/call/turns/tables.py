"""Turn-taking as two tables: what the caller does, and what that does to the persona's voice.

What isn't in a table changes nothing.

The persona, spoken over, first dips (cheap, at the first voiced frame), then holds (silent, but
the place is kept), and only when words have been understood is the reply cancelled; when the
caller simply goes on, the words are asked for before there is a pause. So a cough or an "uh-huh"
costs a dip, and whatever ends a reply is a turn.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum


class CallerState(Enum):
    """What the caller is doing."""

    SILENT = "silent"
    SPEAKING = "speaking"
    PAUSED = "paused"
    """Has stopped; the words are being found."""
    UNDERSTOOD = "understood"
    """The words are known; the silence may still be a pause."""
    WORDLESS = "wordless"
    """There were no words in it; one may still follow."""


class CallerCue(Enum):
    """What is heard of the caller."""

    VOICE = "voice"
    """A voiced frame."""
    VOICE_PAST_LIMIT = "voice past limit"
    """One after `Pace.max_turn` and a pause: that turn is answered as far as it has come."""
    PAUSE = "pause"
    """Silence after enough voice, long enough to ask for the words."""
    CLICK = "click"
    """Silence after too little voice."""
    WORDS = "words"
    NO_WORDS = "no words"
    LOST = "lost"
    """The words will not come, or haven't in time."""
    END = "end"
    """Silence that ends the turn; without words: that lets it be."""
    BACKCHANNEL = "backchannel"
    """The words only say "I am listening", and the persona is speaking."""
    TAUGHT_SOUND = "taught sound"
    """What sounded like speech stands for a sign."""
    OTHERS = "others"
    """It is somebody else's voice: a television's, one in the next room, the persona's own."""


class PersonaState(Enum):
    """What the persona is doing."""

    SILENT = "silent"
    THINKING = "thinking"
    """A turn is being answered, and nothing of the answer has been heard."""
    SPEAKING = "speaking"
    DIPPED = "dipped"
    """Speaking with a lowered voice."""
    HELD = "held"
    """Would be speaking."""


class FloorCue(Enum):
    """What takes the floor from the persona or gives it back."""

    VOICE = "voice"
    """The caller's voiced frame."""
    CLEAR_VOICE = "clear voice"
    """More of it than a click has."""
    LONG_VOICE = "long voice"
    """More than an "uh-huh" has."""
    INSISTENCE = "insistence"
    """So much that a pause needn't be waited for to ask for the words."""
    WORDS = "words"
    """The caller has said something to answer."""
    SETTLED = "settled"
    """The caller has been silent for a little."""
    LET_BE = "let be"
    """What the caller did was no turn."""
    TURN = "turn"
    """The caller's turn is over."""
    TYPED = "typed"
    SIGN = "sign"
    BUTTON = "button"
    STARTS = "starts"
    """The first sample of a reply leaves."""
    STOPS = "stops"
    """The last one has left, or there was nothing to say."""


class Do(Enum):
    """What is to be done; `turns` makes the action of it."""

    TRANSCRIBE = "transcribe"
    SETTLE = "settle"
    """If the turn is long, its words up to the pause are for good."""
    PREPARE = "prepare"
    ABANDON = "abandon"
    END_TURN = "end turn"
    DISCARD = "discard"
    UNHEARD = "unheard"
    DIP = "dip"
    HOLD = "hold"
    RESUME = "resume"
    CANCEL = "cancel"
    """The reply ends."""
    RETRACT = "retract"
    """The reply ends unheard."""
    REJOIN = "rejoin"
    """What was answered and what is said now are one turn."""


@dataclass(frozen=True)
class CallerStep:
    """A cell: what the caller is doing now, what is to be done, and for a `Do.DISCARD` why."""

    to: CallerState
    do: tuple[Do, ...] = ()
    cause: str = ""


@dataclass(frozen=True)
class PersonaStep:
    """A cell: what the persona is doing now, what is to be done, and for the end of a reply why."""

    to: PersonaState
    do: tuple[Do, ...] = ()
    cause: str = ""


def _caller(
    what: CallerCue, states: Iterable[CallerState], to: CallerState, *do: Do, cause: str = ""
) -> Mapping[tuple[CallerState, CallerCue], CallerStep]:
    return {(state, what): CallerStep(to, do, cause) for state in states}


def _persona(
    what: FloorCue, states: Iterable[PersonaState], to: PersonaState, *do: Do, cause: str = ""
) -> Mapping[tuple[PersonaState, FloorCue], PersonaStep]:
    return {(state, what): PersonaStep(to, do, cause) for state in states}


_STOPPED = (CallerState.PAUSED, CallerState.UNDERSTOOD, CallerState.WORDLESS)
_ANY = (CallerState.SPEAKING, *_STOPPED)

CALLER: Mapping[tuple[CallerState, CallerCue], CallerStep] = {
    **_caller(CallerCue.VOICE, (CallerState.SILENT,), CallerState.SPEAKING),
    **_caller(CallerCue.VOICE, _STOPPED, CallerState.SPEAKING, Do.SETTLE, Do.ABANDON),
    **_caller(CallerCue.PAUSE, (CallerState.SPEAKING,), CallerState.PAUSED, Do.TRANSCRIBE),
    **_caller(
        CallerCue.CLICK, (CallerState.SPEAKING,), CallerState.SILENT, Do.DISCARD, cause="noise"
    ),
    **_caller(CallerCue.WORDS, (CallerState.PAUSED,), CallerState.UNDERSTOOD, Do.PREPARE),
    **_caller(CallerCue.NO_WORDS, (CallerState.PAUSED,), CallerState.WORDLESS),
    **_caller(
        CallerCue.LOST, _STOPPED, CallerState.SILENT, Do.DISCARD, Do.UNHEARD, cause="no transcript"
    ),
    **_caller(CallerCue.END, (CallerState.UNDERSTOOD,), CallerState.SILENT, Do.END_TURN),
    **_caller(
        CallerCue.END, (CallerState.WORDLESS,), CallerState.SILENT, Do.DISCARD, cause="no words"
    ),
    **_caller(
        CallerCue.BACKCHANNEL,
        (CallerState.PAUSED, CallerState.UNDERSTOOD),
        CallerState.SILENT,
        Do.DISCARD,
        cause="backchannel",
    ),
    **_caller(CallerCue.OTHERS, _ANY, CallerState.SILENT, Do.DISCARD, cause="not_for_me"),
    **_caller(CallerCue.TAUGHT_SOUND, _ANY, CallerState.SILENT, Do.DISCARD, cause="a taught sound"),
}
"""Where each thing heard leads."""

_LOWERED = (PersonaState.DIPPED, PersonaState.HELD)
_SPEAKING = (PersonaState.SPEAKING, *_LOWERED)
_BUSY = (PersonaState.THINKING, *_SPEAKING)

PERSONA: Mapping[tuple[PersonaState, FloorCue], PersonaStep] = {
    **_persona(FloorCue.VOICE, (PersonaState.SPEAKING,), PersonaState.DIPPED, Do.DIP),
    **_persona(
        FloorCue.CLEAR_VOICE,
        (PersonaState.THINKING,),
        PersonaState.SILENT,
        Do.REJOIN,
        Do.RETRACT,
        cause="went on",
    ),
    **_persona(FloorCue.LONG_VOICE, (PersonaState.DIPPED,), PersonaState.HELD, Do.HOLD),
    **_persona(FloorCue.INSISTENCE, (PersonaState.SPEAKING,), PersonaState.SPEAKING, Do.TRANSCRIBE),
    **_persona(FloorCue.INSISTENCE, (PersonaState.DIPPED,), PersonaState.DIPPED, Do.TRANSCRIBE),
    **_persona(FloorCue.INSISTENCE, (PersonaState.HELD,), PersonaState.HELD, Do.TRANSCRIBE),
    **_persona(FloorCue.WORDS, _SPEAKING, PersonaState.SILENT, Do.CANCEL, cause="spoken over"),
    **_persona(FloorCue.SETTLED, (PersonaState.DIPPED,), PersonaState.SPEAKING, Do.RESUME),
    **_persona(FloorCue.LET_BE, _LOWERED, PersonaState.SPEAKING, Do.RESUME),
    **_persona(FloorCue.TURN, (PersonaState.SILENT, PersonaState.THINKING), PersonaState.THINKING),
    **_persona(FloorCue.TYPED, _BUSY, PersonaState.SILENT, Do.CANCEL, cause="text"),
    **_persona(FloorCue.SIGN, (PersonaState.SILENT,), PersonaState.THINKING),
    **_persona(
        FloorCue.SIGN, (PersonaState.THINKING,), PersonaState.THINKING, Do.RETRACT, cause="went on"
    ),
    **_persona(FloorCue.SIGN, _SPEAKING, PersonaState.THINKING, Do.CANCEL, cause="sign"),
    **_persona(FloorCue.BUTTON, _BUSY, PersonaState.SILENT, Do.CANCEL, cause="button"),
    **_persona(
        FloorCue.STARTS, (PersonaState.SILENT, PersonaState.THINKING), PersonaState.SPEAKING
    ),
    **_persona(FloorCue.STOPS, _BUSY, PersonaState.SILENT),
}
"""Who has the floor after it."""
