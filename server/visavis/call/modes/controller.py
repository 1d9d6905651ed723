"""The modes of one session in force: what `ModeMachine` decides is said, shown and kept."""

from collections.abc import Callable
from time import monotonic
from typing import Any
from uuid import UUID

from visavis.call.modes.machine import (
    VISITED,
    Action,
    Enter,
    Left,
    Line,
    ModeMachine,
    PresencePolicy,
    Say,
)
from visavis.call.modes.modes import RULES, Mode, NotAllowed
from visavis.engines.pose.features import Landmarks
from visavis.records.recorder import Recorder

SERIOUS = ("stt", "chat", "tts", "reply", "call")
"""What fails in these interrupts the conversation: the mode is `fault` until an answer begins."""


class ModeController:
    """Of one session."""

    def __init__(
        self,
        session: UUID,
        recorder: Recorder,
        visits: PresencePolicy,
        *,
        send: Callable[..., None],
        say: Callable[[Line], None],
        on_left: Callable[[bool], None],
        on_fault: Callable[[str, str], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`send(kind, **fields)` reaches the caller; `say(line)` lets the persona say a line of
        that kind; `on_left(talked)`: nobody is there any more; `clock()` in s."""
        self._session = session
        self._recorder = recorder
        self._visits = visits
        self._flow = ModeMachine(visits)
        self._send = send
        self._say = say
        self._on_left = on_left
        self._on_fault = on_fault
        self._clock = clock

    @property
    def mode(self) -> Mode | None:
        """The present one."""
        return self._flow.mode

    @property
    def expects(self) -> bool:
        """Whether somebody is there who may be asked to speak."""
        return not self._visits.presence or self.mode in VISITED

    def connected(self, cause: str) -> None:
        """Media flow, and nobody has done anything yet."""
        self._do(self._flow.connected, cause)

    def called(self, away_ms: float = 0.0) -> None:
        """The caller has said hello, or had the time to. `away_ms`: so long their page could not
        reach the server before."""
        if away_ms > 0:
            self._recorder.mode_state.page_was_away(self._session, away_ms)
        self._do(self._flow.called)

    def looked(self, landmarks: Landmarks) -> None:
        """The camera was looked at."""
        self._do(self._flow.seen, bool(landmarks.mask[:2].any()))  # a body or a face

    def consent(self, given: bool) -> None:
        """The camera may be looked at, or not any more."""
        if given:
            self._do(self._flow.consented)
        else:
            self._do(self._flow.seen, None)

    def noticed(self) -> None:
        """The caller does something, without taking part in the conversation."""
        self._flow.noticed(self._clock())

    def active(self, cause: str) -> None:
        """The caller speaks or types."""
        self._do(self._flow.active, cause)

    def tick(self) -> None:
        """Time passes."""
        self._do(self._flow.tick)

    def quiet(self) -> None:
        """A reply has ended or was cut."""
        self._do(self._flow.quiet)

    def answering(self) -> None:
        """The persona is about to speak."""
        self._do(self._flow.answering)

    def trouble(self, kind: str) -> None:
        """A fault of this kind."""
        if kind.split("_")[0] in SERIOUS:
            self._do(self._flow.trouble, kind)

    def heard(self, silent: bool) -> bool:
        """Whether nothing arrives from the caller; True when that has just changed."""
        before = self.mode
        if silent:
            self._do(self._flow.interrupted, "nothing arrives")
        else:
            self._do(self._flow.back, "the caller is back")
        return self.mode is not before

    def close(self, cause: str) -> None:
        """The call ends."""
        self._do(self._flow.close, cause)

    def _do(self, event: Callable[..., list[Action]], *about: Any) -> None:
        try:
            actions = event(*about, self._clock())
        except NotAllowed as error:
            self._on_fault("mode", str(error))
            return
        for action in actions:
            match action:
                case Enter(mode, cause):
                    self._recorder.mode_state.entered(self._session, mode, cause=cause)
                    self._send("mode", mode=mode, cause=cause, message=RULES[mode].page)
                case Say(line):
                    self._say(line)
                case Left(talked):
                    self._on_left(talked)
