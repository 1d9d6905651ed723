"""Through the modes of a call: from what happens to which mode it is and what is said unasked.

A pure state machine; times are seconds of any one clock. Somebody who calls has begun the
conversation by that: the persona introduces itself and listens. At a stand the connection is
always open and people come and go: whoever is seen, or agrees to be, is invited, whoever stays is
introduced to the persona, and when nobody is there any more their session is over. Where no camera
may be looked at, speech and typed words do what being seen would.
"""

from dataclasses import dataclass
from typing import Literal

from visavis.call.modes.modes import Mode, Modes

Line = Literal["attract", "invite", "introduction", "close"]


@dataclass(frozen=True)
class Enter:
    """The mode has changed."""

    mode: Mode
    cause: str


@dataclass(frozen=True)
class Say:
    """The persona says a line of this kind."""

    line: Line


@dataclass(frozen=True)
class Left:
    """Nobody is there any more: this session is over, and the next words are somebody else's."""

    talked: bool
    """Whether there was a conversation, to be said goodbye to."""


Action = Enter | Say | Left


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


WAITING = (Mode.IDLE, Mode.ATTRACT)
VISITED = (Mode.INVITE, Mode.INTRODUCTION, Mode.CHAT)
TALKING = (*WAITING, *VISITED)


class ModeMachine:
    """Of one session. Raises `modes.NotAllowed` for what the table of modes forbids."""

    def __init__(self, visits: PresencePolicy = PresencePolicy()) -> None:
        self._visits = visits
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

    def connected(self, cause: str, now: float) -> list[Action]:
        """Media flow, and nobody has done anything yet."""
        self._noticed = now
        return self._enter(Mode.IDLE, cause, now)

    def called(self, now: float) -> list[Action]:
        """The caller has said hello, or had the time to."""
        if self._met or self._visits.presence or self.mode is not Mode.IDLE:
            return []
        return self._introduce("called", now)

    def seen(self, present: bool | None, now: float) -> list[Action]:
        """Whether anybody stands before the camera; None when it is not looked at any more."""
        came = bool(present) and not self._present
        self._present = present
        if present:
            self.noticed(now)
        if came and self._visits.presence and self.mode in WAITING:
            return [*self._enter(Mode.INVITE, "presence", now), Say("invite")]
        return []

    def consented(self, now: float) -> list[Action]:
        """Somebody agrees to be looked at and recorded, so somebody is there."""
        self.noticed(now)
        if self._visits.presence and self.mode in WAITING:
            return [*self._enter(Mode.INVITE, "consent", now), Say("invite")]
        return []

    def noticed(self, now: float) -> None:
        """Somebody is there."""
        self._noticed = now
        self._somebody = True

    def active(self, cause: str, now: float) -> list[Action]:
        """The caller speaks or types."""
        self.noticed(now)
        self._met = True
        if self.mode not in (*TALKING, Mode.FAULT):
            return []
        return self._enter(Mode.CHAT, cause, now)

    def tick(self, now: float) -> list[Action]:
        """Time passes; call it a few times a second."""
        visits, lasted = self._visits, now - self._since
        if not visits.presence or self._over:
            return []
        # Whoever is seen is noticed with each look; a camera that is off sees nobody leave.
        if self._somebody and now - self._noticed >= visits.gone:
            return self._left(now)
        match self.mode:
            case Mode.IDLE if lasted >= visits.attract_after and not self._present:
                return [*self._enter(Mode.ATTRACT, "nobody is there", now), Say("attract")]
            case Mode.ATTRACT if lasted >= visits.attract_every:
                self._since = now
                return [Say("attract")]
            case Mode.INVITE if self._present and lasted >= visits.stay:
                return self._introduce("stays", now)
        return []

    def quiet(self, now: float) -> list[Action]:
        """A reply has ended or was cut."""
        if self.mode is Mode.RECOVER:
            return self._enter(self._modes.interrupted, "recovered", now)
        if self.mode is Mode.INTRODUCTION and not self._visits.presence:
            return self._enter(Mode.IDLE, "introduced", now)
        if self._visits.presence:
            self._noticed = now  # nobody is expected to speak while the persona does
        return []

    def trouble(self, cause: str, now: float) -> list[Action]:
        """A part that the conversation needs has failed."""
        if self.mode in (*TALKING, Mode.RECOVER):
            return self._enter(Mode.FAULT, cause, now)
        return []

    def answering(self, now: float) -> list[Action]:
        """The persona is about to speak."""
        self._noticed = now
        if self.mode is Mode.FAULT:
            return self._enter(Mode.RECOVER, "an answer all the same", now)
        return []

    def interrupted(self, cause: str, now: float) -> list[Action]:
        """Nothing arrives from the caller."""
        if self.mode in (*TALKING, Mode.RECOVER):
            return self._enter(Mode.PAUSE, cause, now)
        return []

    def back(self, cause: str, now: float) -> list[Action]:
        """Something arrives again."""
        if self.mode is Mode.PAUSE:
            return self._enter(self._modes.interrupted, cause, now)
        return []

    def close(self, cause: str, now: float) -> list[Action]:
        """The call ends. Nothing changes the mode afterwards."""
        if self._over:
            return []
        entered = self._enter(Mode.CLOSE, cause, now)
        self._over = True
        return entered

    def _introduce(self, cause: str, now: float) -> list[Action]:
        self._met = True
        return [*self._enter(Mode.INTRODUCTION, cause, now), Say("introduction")]

    def _left(self, now: float) -> list[Action]:
        hitch = self.mode in (Mode.PAUSE, Mode.FAULT, Mode.RECOVER)
        talked = (self._modes.interrupted if hitch else self.mode) is Mode.CHAT
        return [*self.close("nobody is there", now), Left(talked)]

    def _enter(self, mode: Mode, cause: str, now: float) -> list[Action]:
        if self._over or not self._modes.enter(mode, cause):
            return []
        self._since = now
        return [Enter(mode, cause)]
