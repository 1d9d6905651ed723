"""The modes of a call, and which may follow which: a table, and the small machine that obeys it.

The whole workflow has more modes (attract, invite, introduction, recover, reset); they join the
table when something drives them. `warmup` belongs to the node: it ends before anyone can call.
"""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What the persona and the page are doing."""

    WARMUP = "warmup"
    IDLE = "idle"
    CHAT = "chat"
    PAUSE = "pause"
    CLOSE = "close"
    FAULT = "fault"


@dataclass(frozen=True)
class Rule:
    """What a mode means: what the page says in it, and where it may lead."""

    page: str
    follow: frozenset[Mode]


RULES: dict[Mode, Rule] = {
    Mode.WARMUP: Rule("Getting ready…", frozenset({Mode.IDLE, Mode.FAULT})),
    Mode.IDLE: Rule(
        "Connected.", frozenset({Mode.CHAT, Mode.PAUSE, Mode.CLOSE, Mode.FAULT})
    ),
    Mode.CHAT: Rule(
        "In conversation.", frozenset({Mode.IDLE, Mode.PAUSE, Mode.CLOSE, Mode.FAULT})
    ),
    Mode.PAUSE: Rule(
        "The connection is interrupted. Waiting for it to come back…",
        frozenset({Mode.IDLE, Mode.CHAT, Mode.CLOSE, Mode.FAULT}),
    ),
    Mode.FAULT: Rule(
        "Something went wrong. Trying to go on…",
        frozenset({Mode.IDLE, Mode.CHAT, Mode.PAUSE, Mode.CLOSE}),
    ),
    Mode.CLOSE: Rule("The call has ended.", frozenset({Mode.IDLE})),
}  # fmt: skip


class NotAllowed(Exception):
    """A mode that may not follow the present one."""


@dataclass(frozen=True)
class Transition:
    """One step, as a `mode_state` row tells it."""

    mode: Mode
    previous: Mode | None
    cause: str


class Modes:
    """The present mode of one call (or of the node)."""

    def __init__(self) -> None:
        self.mode: Mode | None = None
        self.before_pause: Mode = Mode.IDLE

    def enter(self, mode: Mode, cause: str) -> Transition | None:
        """Step to `mode`; None when it is the present one. Raises `NotAllowed`."""
        if mode is self.mode:
            return None
        if self.mode is not None and mode not in RULES[self.mode].follow:
            raise NotAllowed(f"{mode} may not follow {self.mode} (cause: {cause})")
        if mode in (Mode.PAUSE, Mode.FAULT) and self.mode in (Mode.IDLE, Mode.CHAT):
            self.before_pause = self.mode
        transition = Transition(mode, self.mode, cause)
        self.mode = mode
        return transition
