"""Which turn a fault is of."""

from typing import Any
from uuid import UUID

import numpy as np
from uuid_utils.compat import uuid7

from visavis.call.events import Bus, ReplyChosen, ReplyEnded, ReplySounds, Understood
from visavis.call.keeping.faults import FaultRecorder
from visavis.call.turns.actions import Discard
from visavis.call.turns.segment import Segment


class Recorder:
    """Stands where the recorder does, and its part `faults`."""

    def __init__(self) -> None:
        self.turns: list[UUID | None] = []
        self.faults = self

    def tell(self, kind: str, description: str, *, session: UUID, turn: UUID | None) -> None:
        self.turns.append(turn)


def told(*events: object) -> UUID | None:
    """The turn of a fault after these."""
    bus, recorder = Bus(), Recorder()
    books: Any = recorder
    FaultRecorder(uuid7(), books, bus)
    for event in events:
        bus.publish(event)
    bus.fault("stt", "broken")
    return recorder.turns[-1]


def ended(turn: UUID, *, cut: bool) -> ReplyEnded:
    return ReplyEnded(turn, 1, "Yes.", "", 0, cut, None)


def test_a_fault_is_of_the_turn_that_is_spoken_or_answered_and_of_none_afterwards() -> None:
    turn, other = uuid7(), uuid7()
    understood = Understood(turn, Segment(1, np.zeros(1, np.int16), 0.0, 1.0, 0.0))
    chosen, answers = ReplyChosen(turn, 1, "Hi", "rules", {}, None), ReplySounds(turn, 1, 3.0)
    assert told() is None
    assert told(understood) == turn
    assert told(understood, Discard("noise")) is None
    assert told(understood, chosen) == told(understood, chosen, answers) == turn
    assert told(understood, chosen, answers, ended(turn, cut=False)) is None
    # Of a reply that never sounded, too; but who only paused goes on with their turn.
    assert told(understood, chosen, ended(turn, cut=False)) is None
    assert told(understood, chosen, ended(turn, cut=True)) == turn
    assert told(understood, ReplyChosen(other, 1, "", "rules", {}, None)) == other
