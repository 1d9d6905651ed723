"""The modes of one session in force: what `ModeMachine` decides is said, shown and kept."""

from time import monotonic

from visavis.call.events import (
    Bus,
    CallerActive,
    Connected,
    ConsentChanged,
    Faulted,
    Greeted,
    Interrupted,
    LessonChanged,
    LineDue,
    Looked,
    MessageCame,
    ModeEntered,
    ReplyBegins,
    ReplyEnded,
    VisitorLeft,
)
from visavis.call.modes.machine import (
    VISITED,
    Enter,
    Happening,
    Left,
    ModeAction,
    ModeMachine,
    PresencePolicy,
    Say,
)
from visavis.call.modes.modes import RULES, Mode
from visavis.call.turns.actions import Nudge

SERIOUS = ("stt", "chat", "tts", "reply", "call")
"""What fails in these interrupts the conversation: the mode is `fault` until an answer begins."""
UNNOTICED = ("hello", "stats")
"""Messages that a page sends by itself."""


class ModeController:
    """Of one session. It hears of everything, and publishes modes and lines."""

    def __init__(self, bus: Bus, visits: PresencePolicy) -> None:
        self._bus = bus
        self._visits = visits
        self._flow = ModeMachine(visits)
        self._lesson = False
        happens = self._happens
        bus.subscribe(Greeted, lambda _: happens(Happening.CALLED))
        bus.subscribe(Connected, lambda it: happens(Happening.CONNECTED, it.cause))
        bus.subscribe(CallerActive, lambda it: happens(Happening.ACTIVE, it.cause))
        bus.subscribe(ReplyBegins, lambda _: happens(Happening.ANSWERING))
        bus.subscribe(ReplyEnded, lambda _: happens(Happening.QUIET))
        bus.subscribe(Looked, self._looked)
        bus.subscribe(ConsentChanged, self._consent)
        bus.subscribe(MessageCame, self._message)
        bus.subscribe(Faulted, self._trouble)
        bus.subscribe(LessonChanged, self._lesson_changed)
        bus.subscribe(Nudge, self._nudge)

    @property
    def mode(self) -> Mode | None:
        """The present one."""
        return self._flow.mode

    def tick(self) -> None:
        """Time passes."""
        if self._lesson:  # who is being taught neither speaks nor types
            self._flow.noticed(monotonic())
        self._do(self._flow.tick(monotonic()))

    def heard(self, silent: bool) -> None:
        """Whether nothing arrives from the caller. `Interrupted` tells when that changes."""
        before = self.mode
        self._happens(Happening.INTERRUPTED if silent else Happening.BACK)
        if self.mode is not before:
            self._bus.publish(Interrupted(silent))

    def close(self, cause: str) -> None:
        """The call ends."""
        self._happens(Happening.CLOSE, cause)

    def _looked(self, look: Looked) -> None:
        somebody = bool(look.landmarks.mask[:2].any())  # a body or a face
        self._do(self._flow.seen(somebody, monotonic()))

    def _consent(self, consent: ConsentChanged) -> None:
        if consent.given:
            self._happens(Happening.CONSENTED)
        else:
            self._do(self._flow.seen(None, monotonic()))

    def _message(self, message: MessageCame) -> None:
        if message.kind not in UNNOTICED:
            self._flow.noticed(monotonic())

    def _trouble(self, fault: Faulted) -> None:
        if fault.kind.split("_")[0] in SERIOUS:
            self._happens(Happening.TROUBLE, fault.kind)

    def _lesson_changed(self, lesson: LessonChanged) -> None:
        self._lesson = lesson.on

    def _nudge(self, _: Nudge) -> None:
        """Nobody speaks; is somebody there who may be asked to?"""
        if not self._visits.presence or self.mode in VISITED:
            self._bus.publish(LineDue("silence"))

    def _happens(self, what: Happening, cause: str = "") -> None:
        self._do(self._flow.happens(what, monotonic(), cause))

    def _do(self, actions: list[ModeAction]) -> None:
        for action in actions:
            match action:
                case Enter(mode, cause):
                    self._bus.publish(ModeEntered(mode, cause, RULES[mode].page))
                case Say(line):
                    self._bus.publish(LineDue(line))
                case Left(talked):
                    self._bus.publish(VisitorLeft(talked))
