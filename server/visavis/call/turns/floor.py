"""`Turns` on the bus: whoever tells of something, what the floor decides is published."""

from collections.abc import Sequence

from visavis.call.events import Bus
from visavis.call.turns.actions import Action
from visavis.call.turns.context import SpokenContext
from visavis.call.turns.pace import Pace
from visavis.call.turns.turns import Turns


class Floor:
    """Events of the caller's and the persona's go in; the actions of `turns` come out on the bus,
    each by itself, in order."""

    def __init__(self, bus: Bus, pace: Pace, names: Sequence[str] = ()) -> None:
        """`names`: of the place, which callers may say."""
        self._bus = bus
        self._context = SpokenContext(names)
        self._turns = Turns(pace)

    @property
    def context(self) -> str:
        """What is being spoken about, for who has to understand the caller."""
        return self._context.text

    def answers(self, clause: str, *, begins: bool) -> None:
        """As `SpokenContext.answers`."""
        self._context.answers(clause, begins=begins)

    @property
    def hearing(self) -> bool:
        """The caller is speaking, or has just stopped and may go on."""
        return self._turns.hearing

    @property
    def answering(self) -> bool:
        """A turn of the caller's is answered, and nothing of the answer has been heard."""
        return self._turns.answering

    def expect(self, anybody: bool) -> None:
        """Whether somebody is expected to speak; if not, silence is not counted."""
        self._turns.expect(anybody)

    def voicing(self, end_ms: float, speech: float) -> None:
        """As `Turns.voicing`."""
        self._publish(self._turns.voicing(end_ms, speech))

    def others(self) -> None:
        """As `Turns.others`."""
        self._publish(self._turns.others())

    def tick(self, now_ms: float) -> None:
        """As `Turns.tick`."""
        self._publish(self._turns.tick(now_ms))

    def transcript(self, attempt: int, text: str, *, complete: bool) -> None:
        """As `Turns.transcript`."""
        self._publish(self._turns.transcript(attempt, text, complete=complete))

    def lost(self, attempt: int) -> None:
        """As `Turns.lost`."""
        self._publish(self._turns.lost(attempt))

    def finished(self, attempt: int, probability: float) -> None:
        """As `Turns.finished`."""
        self._publish(self._turns.finished(attempt, probability))

    def typed(self) -> None:
        """As `Turns.typed`."""
        self._publish(self._turns.typed())

    def signed(self, *, instead: bool) -> None:
        """As `Turns.signed`."""
        self._publish(self._turns.signed(instead=instead))

    def interrupt(self) -> None:
        """As `Turns.interrupt`."""
        self._publish(self._turns.interrupt())

    def persona_starts(self, *, interruptible: bool = True) -> None:
        """As `Turns.persona_starts`."""
        self._turns.persona_starts(interruptible=interruptible)

    def persona_says(self, clause: str, ms: float) -> None:
        """As `Turns.persona_says`."""
        self._turns.persona_says(clause, ms)

    def persona_stops(self) -> None:
        """As `Turns.persona_stops`."""
        self._turns.persona_stops()

    def _publish(self, actions: list[Action]) -> None:
        for action in actions:
            self._bus.publish(action)
