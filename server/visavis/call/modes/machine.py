"""Through the modes of a call: from what happens to which mode it is and what is said unasked.

A pure state machine, written as two tables of transitions; times are seconds of any one clock.
Somebody who calls has begun the conversation by that: the persona introduces itself and listens.
At a stand the connection is always open and people come and go: whoever is seen, or agrees to be,
is invited, whoever stays is introduced to the persona, and when nobody is there any more their
session is over. Where no camera may be looked at, speech and typed words do what being seen would.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from visavis.call.modes.modes import Mode, Modes

LineKind = Literal["attract", "invite", "introduction", "close"]


class Happening(StrEnum):
    """What leads from one mode to another."""

    CONNECTED = "connected"
    CALLED = "called"
    """The caller has said hello, or had the time to."""
    CAME = "came"
    """Somebody stands before the camera who wasn't there."""
    CONSENTED = "consented"
    ACTIVE = "active"
    """The caller speaks, types or signs."""
    ALONE = "alone"
    """Nobody has been there for a while."""
    STAYED = "stayed"
    """Whoever was invited is still there."""
    QUIET = "quiet"
    """A reply has ended or was cut."""
    TROUBLE = "trouble"
    """A part that the conversation needs has failed."""
    ANSWERING = "answering"
    """The persona is about to speak."""
    INTERRUPTED = "interrupted"
    """Nothing arrives from the caller."""
    BACK = "back"
    """Something arrives again."""
    CLOSE = "close"


@dataclass(frozen=True)
class Step:
    """A cell of the table: the next mode (None: the one before the interruption), why, where
    nobody says so, and what the persona says unasked."""

    to: Mode | None
    cause: str = ""
    line: LineKind | None = None


ModeTable = Mapping[tuple[Mode | None, Happening], Step]
"""What isn't in it changes nothing."""

WAITING = (Mode.IDLE, Mode.ATTRACT)
VISITED = (Mode.INVITE, Mode.INTRODUCTION, Mode.CHAT)
TALKING = (*WAITING, *VISITED)
OPEN = (None, *TALKING, Mode.PAUSE, Mode.RECOVER, Mode.FAULT)
"""All but those of the node and the page, and the end."""


def _row(happening: Happening, modes: tuple[Mode | None, ...], step: Step) -> ModeTable:
    return {(mode, happening): step for mode in modes}


_COMMON: ModeTable = {
    **_row(Happening.CONNECTED, (None,), Step(Mode.IDLE)),
    **_row(Happening.ACTIVE, (*TALKING, Mode.FAULT), Step(Mode.CHAT)),
    **_row(Happening.QUIET, (Mode.RECOVER,), Step(None, "recovered")),
    **_row(Happening.TROUBLE, (*TALKING, Mode.RECOVER), Step(Mode.FAULT)),
    **_row(Happening.ANSWERING, (Mode.FAULT,), Step(Mode.RECOVER, "an answer all the same")),
    **_row(Happening.INTERRUPTED, (*TALKING, Mode.RECOVER), Step(Mode.PAUSE, "nothing arrives")),
    **_row(Happening.BACK, (Mode.PAUSE,), Step(None, "the caller is back")),
    **_row(Happening.CLOSE, OPEN, Step(Mode.CLOSE)),
}
CALL: ModeTable = {
    **_COMMON,
    **_row(Happening.CALLED, (Mode.IDLE,), Step(Mode.INTRODUCTION, "called", "introduction")),
    **_row(Happening.QUIET, (Mode.INTRODUCTION,), Step(Mode.IDLE, "introduced")),
}
"""Who calls is there from the beginning to the end."""
STAND: ModeTable = {
    **_COMMON,
    **_row(Happening.CAME, WAITING, Step(Mode.INVITE, "presence", "invite")),
    **_row(Happening.CONSENTED, WAITING, Step(Mode.INVITE, "consent", "invite")),
    **_row(Happening.ALONE, WAITING, Step(Mode.ATTRACT, "nobody is there", "attract")),
    **_row(Happening.STAYED, (Mode.INVITE,), Step(Mode.INTRODUCTION, "stays", "introduction")),
}
"""People come and go before one open connection."""


@dataclass(frozen=True)
class Enter:
    """The mode has changed."""

    mode: Mode
    cause: str


@dataclass(frozen=True)
class Say:
    """The persona says a line of this kind."""

    line: LineKind


@dataclass(frozen=True)
class Left:
    """Nobody is there any more: this session is over, and the next words are somebody else's."""

    talked: bool
    """Whether there was a conversation, to be said goodbye to."""


ModeAction = Enter | Say | Left


@dataclass(frozen=True)
class PresencePolicy:
    """How a place receives people; times in s."""

    presence: bool = False
    """People come and go before one open connection."""
    attract_after: float = 30.0
    attract_every: float = 60.0
    stay: float = 3.0
    """Who was invited and is still there after so long is introduced to the persona."""
    gone: float = 10.0
    """Nobody seen and nothing said for so long: whoever was there has left."""


class ModeMachine:
    """Of one session. Its tables lead nowhere that `modes.RULES` forbid."""

    def __init__(self, visits: PresencePolicy = PresencePolicy()) -> None:
        self._visits = visits
        self._table = STAND if visits.presence else CALL
        self._modes = Modes()
        self._present: bool | None = None
        """None: no camera is looked at."""
        self._since = 0.0
        """When the mode last changed, or the line of `attract` was last said."""
        self._noticed = 0.0
        """When somebody was last seen or heard."""
        self._somebody = False
        """Whether anybody was, in this session."""
        self._met = False
        """The persona has introduced itself to whoever is there."""
        self._over = False

    @property
    def mode(self) -> Mode | None:
        """The present one; None before media flows."""
        return self._modes.mode

    def happens(self, what: Happening, now: float, cause: str = "") -> list[ModeAction]:
        """What is to be done about it, by the table; `cause`: why, for what has many."""
        match what:
            case Happening.CONSENTED | Happening.ACTIVE:
                self.noticed(now)
            case Happening.CONNECTED | Happening.ANSWERING:
                self._noticed = now
            case Happening.CALLED if self._met:
                return []
            case Happening.QUIET if self._visits.presence and self.mode is not Mode.RECOVER:
                self._noticed = now  # nobody is expected to speak while the persona does
        if what is Happening.ACTIVE:
            self._met = True
        actions = self._step(what, now, cause)
        if what is Happening.CLOSE:
            self._over = True
        return actions

    def seen(self, present: bool | None, now: float) -> list[ModeAction]:
        """Whether anybody stands before the camera; None when it is not looked at any more."""
        came = bool(present) and not self._present
        self._present = present
        if present:
            self.noticed(now)
        return self._step(Happening.CAME, now) if came else []

    def noticed(self, now: float) -> None:
        """Somebody is there."""
        self._noticed = now
        self._somebody = True

    def tick(self, now: float) -> list[ModeAction]:
        """Time passes; call it a few times a second."""
        visits, lasted = self._visits, now - self._since
        if not visits.presence or self._over:
            return []
        # Whoever is seen is noticed with each look; a camera that is off sees nobody leave.
        if self._somebody and now - self._noticed >= visits.gone:
            return self._left(now)
        match self.mode:
            case Mode.IDLE if lasted >= visits.attract_after and not self._present:
                return self._step(Happening.ALONE, now)
            case Mode.ATTRACT if lasted >= visits.attract_every:
                return self._step(Happening.ALONE, now)
            case Mode.INVITE if self._present and lasted >= visits.stay:
                return self._step(Happening.STAYED, now)
        return []

    def _left(self, now: float) -> list[ModeAction]:
        hitch = self.mode in (Mode.PAUSE, Mode.FAULT, Mode.RECOVER)
        talked = (self._modes.interrupted if hitch else self.mode) is Mode.CHAT
        return [*self.happens(Happening.CLOSE, now, "nobody is there"), Left(talked)]

    def _step(self, what: Happening, now: float, cause: str = "") -> list[ModeAction]:
        step = self._table.get((self.mode, what))
        if step is None or self._over:
            return []
        actions: list[ModeAction] = []
        mode = self._modes.interrupted if step.to is None else step.to
        if self._modes.enter(mode, cause or step.cause):
            actions.append(Enter(mode, cause or step.cause))
        if step.line is not None:
            actions.append(Say(step.line))
        if actions:
            self._since = now
        if step.to is Mode.INTRODUCTION:
            self._met = True
        return actions
