"""Turn-taking as two tables: what the caller does, and what that does to the persona's voice.

What isn't in a table changes nothing.

The persona, spoken over, first dips (cheap, at the first voiced frame), then holds (silent, but
the place is kept), and only when words have been understood, or the caller simply goes on, is the
reply cancelled. So a cough or an "uh-huh" costs a dip, and a real interruption is obeyed at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum


class Caller(Enum):
    """What the caller is doing."""

    SILENT = "silent"
    SPEAKING = "speaking"
    PAUSED = "paused"
    """Has stopped; the words are being found."""
    UNDERSTOOD = "understood"
    """The words are known; the silence may still be a pause."""
    WORDLESS = "wordless"
    """There were no words in it; one may still follow."""


class Heard(Enum):
    """What is heard of the caller."""

    VOICE = "voice"
    """A voiced frame."""
    VOICE_PAST_LIMIT = "voice past limit"
    """One after `Pace.max_turn`: that turn is answered as far as it has come."""
    PAUSE = "pause"
    """Silence after enough voice, long enough to ask for the words; or the turn is too long."""
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


class Persona(Enum):
    """What the persona is doing."""

    SILENT = "silent"
    THINKING = "thinking"
    """A turn is being answered, and nothing of the answer has been heard."""
    SPEAKING = "speaking"
    DIPPED = "dipped"
    """Speaking with a lowered voice."""
    HELD = "held"
    """Would be speaking."""


class Cue(Enum):
    """What takes the floor from the persona or gives it back."""

    VOICE = "voice"
    """The caller's voiced frame."""
    CLEAR_VOICE = "clear voice"
    """More of it than a click has."""
    LONG_VOICE = "long voice"
    """More than an "uh-huh" has."""
    INSISTENCE = "insistence"
    """So much that the words needn't be waited for."""
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
    PREPARE = "prepare"
    ABANDON = "abandon"
    END_TURN = "end turn"
    DISCARD = "discard"
    UNHEARD = "unheard"
    DIP = "dip"
    HOLD = "hold"
    RESUME = "resume"
    CANCEL = "cancel"
    """The reply ends, and voice counts against the next one from nothing."""
    RETRACT = "retract"
    """The reply ends unheard."""
    REJOIN = "rejoin"
    """What was answered and what is said now are one turn."""


@dataclass(frozen=True)
class CallerStep:
    """A cell: what the caller is doing now, what is to be done, and for a `Do.DISCARD` why."""

    to: Caller
    do: tuple[Do, ...] = ()
    cause: str = ""


@dataclass(frozen=True)
class PersonaStep:
    """A cell: what the persona is doing now, what is to be done, and for the end of a reply why."""

    to: Persona
    do: tuple[Do, ...] = ()
    cause: str = ""


def _caller(
    what: Heard, states: Iterable[Caller], to: Caller, *do: Do, cause: str = ""
) -> Mapping[tuple[Caller, Heard], CallerStep]:
    return {(state, what): CallerStep(to, do, cause) for state in states}


def _persona(
    what: Cue, states: Iterable[Persona], to: Persona, *do: Do, cause: str = ""
) -> Mapping[tuple[Persona, Cue], PersonaStep]:
    return {(state, what): PersonaStep(to, do, cause) for state in states}


_STOPPED = (Caller.PAUSED, Caller.UNDERSTOOD, Caller.WORDLESS)
_ANY = (Caller.SPEAKING, *_STOPPED)

CALLER: Mapping[tuple[Caller, Heard], CallerStep] = {
    **_caller(Heard.VOICE, (Caller.SILENT,), Caller.SPEAKING),
    **_caller(Heard.VOICE, _STOPPED, Caller.SPEAKING, Do.ABANDON),
    **_caller(Heard.PAUSE, (Caller.SPEAKING,), Caller.PAUSED, Do.TRANSCRIBE),
    **_caller(Heard.CLICK, (Caller.SPEAKING,), Caller.SILENT, Do.DISCARD, cause="noise"),
    **_caller(Heard.WORDS, (Caller.PAUSED,), Caller.UNDERSTOOD, Do.PREPARE),
    **_caller(Heard.NO_WORDS, (Caller.PAUSED,), Caller.WORDLESS),
    **_caller(
        Heard.LOST, _STOPPED, Caller.SILENT, Do.DISCARD, Do.UNHEARD, cause="no transcript"
    ),
    **_caller(Heard.END, (Caller.UNDERSTOOD,), Caller.SILENT, Do.END_TURN),
    **_caller(Heard.END, (Caller.WORDLESS,), Caller.SILENT, Do.DISCARD, cause="no words"),
    **_caller(
        Heard.BACKCHANNEL, (Caller.PAUSED, Caller.UNDERSTOOD), Caller.SILENT, Do.DISCARD,
        cause="backchannel",
    ),
    **_caller(Heard.TAUGHT_SOUND, _ANY, Caller.SILENT, Do.DISCARD, cause="a taught sound"),
}  # fmt: skip
"""Where each thing heard leads."""

_LOWERED = (Persona.DIPPED, Persona.HELD)
_SPEAKING = (Persona.SPEAKING, *_LOWERED)
_BUSY = (Persona.THINKING, *_SPEAKING)

PERSONA: Mapping[tuple[Persona, Cue], PersonaStep] = {
    **_persona(Cue.VOICE, (Persona.SPEAKING,), Persona.DIPPED, Do.DIP),
    **_persona(
        Cue.CLEAR_VOICE, (Persona.THINKING,), Persona.SILENT, Do.REJOIN, Do.RETRACT,
        cause="went on",
    ),
    **_persona(Cue.LONG_VOICE, (Persona.DIPPED,), Persona.HELD, Do.HOLD),
    **_persona(Cue.INSISTENCE, _SPEAKING, Persona.SILENT, Do.CANCEL, cause="spoken over"),
    **_persona(Cue.WORDS, _SPEAKING, Persona.SILENT, Do.CANCEL, cause="spoken over"),
    **_persona(Cue.SETTLED, (Persona.DIPPED,), Persona.SPEAKING, Do.RESUME),
    **_persona(Cue.LET_BE, _LOWERED, Persona.SPEAKING, Do.RESUME),
    **_persona(Cue.TURN, (Persona.SILENT, Persona.THINKING), Persona.THINKING),
    **_persona(Cue.TYPED, _BUSY, Persona.SILENT, Do.CANCEL, cause="text"),
    **_persona(Cue.SIGN, (Persona.SILENT,), Persona.THINKING),
    **_persona(Cue.SIGN, (Persona.THINKING,), Persona.THINKING, Do.RETRACT, cause="went on"),
    **_persona(Cue.SIGN, _SPEAKING, Persona.THINKING, Do.CANCEL, cause="sign"),
    **_persona(Cue.BUTTON, _BUSY, Persona.SILENT, Do.CANCEL, cause="button"),
    **_persona(Cue.STARTS, (Persona.SILENT, Persona.THINKING), Persona.SPEAKING),
    **_persona(Cue.STOPS, _BUSY, Persona.SILENT),
}  # fmt: skip
"""Who has the floor after it."""
