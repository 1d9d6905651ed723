"""What the floor decides: each an order to whoever carries it out, on the call's bus.

Orders are imperatives (`Transcribe`, `EndTurn`); the news of their being carried out is in the
past (`events.Transcribed`, `events.TurnEnded`). Times are ms of the caller's audio.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dip:
    """Lower the persona's voice."""


@dataclass(frozen=True)
class Hold:
    """Silence the persona's voice and keep its place."""


@dataclass(frozen=True)
class Resume:
    """Bring the persona's voice back, from the place where it was held."""


@dataclass(frozen=True)
class Cancel:
    """Raise the generation: the reply that is spoken or prepared is over."""

    cause: str


@dataclass(frozen=True)
class Transcribe:
    """Turn this stretch of the caller's audio into text and ask whether it sounds finished."""

    attempt: int
    begin_ms: float
    last_voiced_ms: float


@dataclass(frozen=True)
class Settle:
    """Turn this piece of a long turn into text for good; what is transcribed of the turn later
    begins with it."""

    begin_ms: float
    end_ms: float


@dataclass(frozen=True)
class Acknowledge:
    """The caller has told much: let them hear that they are listened to, and take no floor."""


@dataclass(frozen=True)
class Prepare:
    """The words are known, the turn is not over yet: think, but don't speak."""

    attempt: int
    text: str
    overlong: bool = False
    """The caller has spoken for as long as they may: the answer cuts in on them."""


@dataclass(frozen=True)
class Abandon:
    """The caller goes on: what was transcribed or prepared for this attempt is void."""

    attempt: int


@dataclass(frozen=True)
class EndTurn:
    """The caller has finished: answer."""

    attempt: int
    text: str
    last_voiced_ms: float


@dataclass(frozen=True)
class Discard:
    """It was no turn: a cough, a click, a backchannel, or sound that held no words."""

    cause: str
    voiced_ms: float = 0.0


@dataclass(frozen=True)
class Echo:
    """The persona's own words came back from the caller's loudspeaker."""


@dataclass(frozen=True)
class Unheard:
    """Loud speech whose transcript never came: a fault, said to the caller."""


@dataclass(frozen=True)
class Nudge:
    """Nobody speaks: say the n-th gentle line."""

    n: int


@dataclass(frozen=True)
class GiveUp:
    """Nobody has spoken for very long: end the call."""


Action = (
    Dip | Hold | Resume | Cancel | Transcribe | Settle | Acknowledge | Prepare | Abandon | EndTurn
    | Discard | Echo | Unheard | Nudge | GiveUp
)  # fmt: skip
