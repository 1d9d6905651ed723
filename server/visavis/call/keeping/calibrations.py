"""What a call's guided checks found, and what an earlier call of the same client did."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from visavis.call.events import Bus, Calibrated, Calibration, ClientKnown, ConsentChanged, Recalled
from visavis.call.keeping.event_log import EventLog
from visavis.compute.tasks import Tasks
from visavis.records.postgres.connection import AWAY
from visavis.records.recorder import Recorder
from visavis.records.writing import calibration_settings as calibrations


class CalibrationRecorder:
    """Of one session: rows in `calibration_settings`."""

    def __init__(
        self, session: UUID, recorder: Recorder, event_log: EventLog, bus: Bus, tasks: Tasks
    ) -> None:
        self._session = session
        self._recorder = recorder
        self._event_log = event_log
        self._bus = bus
        self._tasks = tasks
        self._client: ClientKnown | None = None
        self._agreed = False
        bus.subscribe(ClientKnown, self._known)
        bus.subscribe(Calibrated, self._calibrated)
        bus.subscribe(ConsentChanged, self._consent)

    def _known(self, client: ClientKnown) -> None:
        self._client = client
        self._tasks.start(self._recall(client.facts))

    async def _recall(self, facts: Mapping[str, Any]) -> None:
        try:
            found = await self._recorder.calibration_settings.latest(dict(facts))
        except AWAY as error:
            self._bus.fault("calibration", f"the last one can't be read: {error}")
            return
        if found is not None:
            self._bus.publish(Recalled(Calibration(**asdict(found))))

    def _calibrated(self, calibrated: Calibrated) -> None:
        found, cause = calibrated.calibration, calibrated.cause
        if cause == "remembered":
            self._event_log.note("calibration", cause=cause, gain_db=found.gain_db)
            return
        client = self._client
        row = self._recorder.calibration_settings.add(
            self._session,
            calibrations.StoredCalibration(**asdict(found)),
            cause=cause,
            client_system=None if client is None else client.row,
            facts={} if client is None else dict(client.facts),
            details=dict(calibrated.details),
        )
        self._event_log.note("calibration", cause=cause, gain_db=found.gain_db, row=str(row))

    def _consent(self, consent: ConsentChanged) -> None:
        """Taken back, what the camera has told goes."""
        withdrawn, self._agreed = self._agreed and not consent.given, consent.given
        if withdrawn:
            facts = {} if self._client is None else dict(self._client.facts)
            self._recorder.calibration_settings.unframed(facts)
