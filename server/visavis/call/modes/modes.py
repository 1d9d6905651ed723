"""The modes of a call: a table of what each means and which may follow which.

`warmup` belongs to the node: it ends before anyone can call. `reset` belongs to the page: it could
not reach the server, shows the persona asleep, and tells how long that was once it is back.
"""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What the persona and the page are doing."""

    WARMUP = "warmup"
    IDLE = "idle"
    ATTRACT = "attract"
    INVITE = "invite"
    INTRODUCTION = "introduction"
    CHAT = "chat"
    CLOSE = "close"
    PAUSE = "pause"
    RECOVER = "recover"
    FAULT = "fault"
    RESET = "reset"


@dataclass(frozen=True)
class ModeRule:
    """What a mode means: when it is entered, what the persona does, what the page says in it, and
    where it may lead. `visavis.call.modes.machine` does what the first two say."""

    entered: str
    persona: str
    page: str
    follow: frozenset[Mode]


def _rule(entered: str, persona: str, page: str, follow: str) -> ModeRule:
    return ModeRule(entered, persona, page, frozenset(map(Mode, follow.split())))


RULES: dict[Mode, ModeRule] = {
    Mode.WARMUP: _rule(
        "the server starts", "not there yet", "Getting ready…", "idle fault"
    ),
    Mode.IDLE: _rule(
        "media flows, or a conversation is over", "looks around", "Connected.",
        "attract invite introduction chat pause close fault",
    ),
    Mode.ATTRACT: _rule(
        "nobody has been seen for a while", "says a line to whoever passes by",
        "Come closer and say hello.", "idle invite introduction chat pause close fault",
    ),
    Mode.INVITE: _rule(
        "somebody is seen", "asks them to talk", "Say hello, or type.",
        "idle introduction chat pause close fault",
    ),
    Mode.INTRODUCTION: _rule(
        "somebody has called, or stays", "says who it is", "Nice to meet you.",
        "idle chat pause close fault",
    ),
    Mode.CHAT: _rule(
        "the caller speaks or types", "converses", "In conversation.",
        "idle pause close fault",
    ),
    Mode.CLOSE: _rule(
        "a hang-up, a goodbye, long silence, or nobody is there any more", "says goodbye",
        "The call has ended.", "idle",
    ),
    Mode.PAUSE: _rule(
        "nothing at all arrives from the caller", "waits, silent",
        "The connection is interrupted. Waiting for it to come back…",
        "idle attract invite introduction chat close fault",
    ),
    Mode.RECOVER: _rule(
        "an answer begins after a fault", "answers as well as it can",
        "Going on after a hitch.", "idle attract invite introduction chat pause close fault",
    ),
    Mode.FAULT: _rule(
        "a part that the conversation needs has failed", "tells what is wrong",
        "Something went wrong. Trying to go on…", "recover chat pause close",
    ),
    Mode.RESET: _rule(
        "the page can't reach the server", "sleeps",
        "The server can't be reached.", "idle",
    ),
}  # fmt: skip


class NotAllowed(Exception):
    """A mode that may not follow the present one."""


class Modes:
    """The present mode of one call, and the one to go back to after an interruption."""

    def __init__(self) -> None:
        self.mode: Mode | None = None
        self.interrupted: Mode = Mode.IDLE

    def enter(self, mode: Mode, cause: str) -> bool:
        """Step to `mode`; False when it is the present one. Raises `NotAllowed`."""
        if mode is self.mode:
            return False
        if self.mode is not None and mode not in RULES[self.mode].follow:
            raise NotAllowed(f"{mode} may not follow {self.mode} (cause: {cause})")
        interruptions = (Mode.PAUSE, Mode.FAULT, Mode.RECOVER)
        if mode in interruptions and self.mode is not None and self.mode not in interruptions:
            self.interrupted = self.mode
        self.mode = mode
        return True
