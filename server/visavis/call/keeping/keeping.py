"""What is kept of the calls of a node: whatever they publish, as rows and files.

The only room of a call that knows the records. It hears of everything first, so that a row is
there before what follows from it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from visavis.call.events import Bus, ClientKnown, ConsentChanged, Faulted, Greeted, ModeEntered
from visavis.call.face.stage import Stage
from visavis.call.keeping.calibrations import CalibrationRecorder
from visavis.call.keeping.event_log import EventLog
from visavis.call.keeping.faults import FaultRecorder
from visavis.call.keeping.films import FilmRecorder
from visavis.call.keeping.judging import Judging
from visavis.call.keeping.measures import CallerMeasures
from visavis.call.keeping.poses import PoseRecorder
from visavis.call.keeping.turn_recorder import TurnRecorder
from visavis.call.rtc.caller import Calling
from visavis.call.voice.clock import SessionClock
from visavis.compute.tasks import Tasks
from visavis.records.recorder import Recorder


class Keeping:
    """Begins the record of each session of this node."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def user(self, name: str) -> str:
        """The id of whoever calls under this name."""
        return self._recorder.users.add(name)

    def keep_faults(self, bus: Bus) -> None:
        """What fails at this node beside any session, and is published on `bus`, is kept."""
        tell = self._recorder.faults.tell
        bus.subscribe(Faulted, lambda fault: tell(fault.kind, fault.description))

    def session(
        self, calling: Calling, bus: Bus, clock: SessionClock, stage: Stage | None
    ) -> "SessionKeeping":
        """A session of this caller's begins; what is published on `bus` is kept from now on."""
        user = calling.caller.user_id
        session = self._recorder.session.started(user=user, initiator=calling.initiator)
        return SessionKeeping(session, user, self._recorder, bus, clock, stage)


class SessionKeeping:
    """Keeps what is published on a session's bus: each recorder makes rows of its own news."""

    def __init__(
        self,
        session: UUID,
        user: str,
        recorder: Recorder,
        bus: Bus,
        clock: SessionClock,
        stage: Stage | None,
    ) -> None:
        self.session = session
        self._recorder = recorder
        self._tasks = Tasks(bus.fault, "call")
        FaultRecorder(session, recorder, bus)
        rows = TurnRecorder(session, recorder, bus)
        self._event_log = EventLog(session, recorder, rows, bus, clock)
        Judging(recorder, user, rows, bus)
        CallerMeasures(session, recorder, bus)
        CalibrationRecorder(session, recorder, self._event_log, bus, self._tasks)
        PoseRecorder(session, recorder, bus)
        if stage is not None:
            FilmRecorder(session, recorder, rows, stage, bus)
        bus.subscribe(ClientKnown, self._client_known)
        bus.subscribe(ConsentChanged, self._consent)
        bus.subscribe(ModeEntered, self._mode)
        bus.subscribe(Greeted, self._greeted)

    def client(self, facts: Mapping[str, Any]) -> UUID:
        """The row of what the caller's browser or telephone has told of itself."""
        return self._recorder.session.client_system(dict(facts))

    async def finish(self, reason: str) -> None:
        """The session is over, and all of it has been published."""
        await self._tasks.cancel()
        self._event_log.note("hang_up", cause=reason)
        self._recorder.session.finished(self.session, ending=reason)

    def _client_known(self, client: ClientKnown) -> None:
        self._recorder.session.facts(
            self.session, timezone=client.timezone, client_system=client.row
        )

    def _consent(self, consent: ConsentChanged) -> None:
        self._tasks.start(self._recorder.consent(self.session, consent.given))

    def _mode(self, entered: ModeEntered) -> None:
        self._recorder.mode_state.entered(self.session, entered.mode, cause=entered.cause)

    def _greeted(self, greeted: Greeted) -> None:
        if greeted.away_ms > 0:
            self._recorder.mode_state.page_was_away(self.session, greeted.away_ms)
