"""What failed in a call, as `faults` rows that name the turn it failed in."""

from uuid import UUID

from visavis.call.events import (
    Bus,
    Faulted,
    ReplyChosen,
    ReplyEnded,
    ReplySounds,
    SignMade,
    Understood,
)
from visavis.call.turns.actions import Discard
from visavis.records.recorder import Recorder


class FaultRecorder:
    """Makes a row of each fault of a session, of the turn that it concerns where there is one."""

    def __init__(self, session: UUID, recorder: Recorder, bus: Bus) -> None:
        self._session = session
        self._recorder = recorder
        self._turn: UUID | None = None
        """The caller's, from its first words until its answer is heard, or over."""
        self._reply: UUID | None = None
        """The turn of the reply that is spoken or about to be."""
        bus.subscribe(Faulted, self._fault)
        bus.subscribe(Understood, lambda it: self._caller(it.turn))
        bus.subscribe(SignMade, lambda it: self._caller(it.turn or self._turn))
        bus.subscribe(Discard, lambda _: self._caller(None))
        bus.subscribe(ReplySounds, lambda _: self._caller(None))
        bus.subscribe(ReplyChosen, lambda it: self._answer(it.turn))
        bus.subscribe(ReplyEnded, self._ended)

    def _fault(self, fault: Faulted) -> None:
        turn = self._reply or self._turn
        self._recorder.faults.tell(fault.kind, fault.description, session=self._session, turn=turn)

    def _ended(self, ended: ReplyEnded) -> None:
        self._reply = None
        if not ended.cut:
            self._turn = None

    def _caller(self, turn: UUID | None) -> None:
        self._turn = turn

    def _answer(self, turn: UUID | None) -> None:
        self._reply = turn
