"""What the caller of one session has measured: the times, each as a row."""

from uuid import UUID

from visavis.call.events import Bus, MessageCame
from visavis.records.recorder import Recorder

MOST = 2_000
"""Rows of one session; the page of an hour's call makes about as many."""


class CallerMeasures:
    """Of one session: messages `stats`."""

    def __init__(self, session: UUID, recorder: Recorder, bus: Bus) -> None:
        self._session = session
        self._recorder = recorder
        self._bus = bus
        self._kept = 0
        bus.subscribe(MessageCame, self._take)

    def _take(self, message: MessageCame) -> None:
        """What comes after the first `MOST` times is dropped."""
        if message.kind != "stats":
            return
        for name, value in message.said["values"].items():
            if not name.endswith("_ms") or isinstance(value, bool | str) or value is None:
                continue
            if value < 0 or self._kept > MOST:
                continue
            self._kept += 1
            if self._kept > MOST:
                enough = f"{MOST:,} measures of this caller's are kept; no more are."
                self._bus.fault("enough_measures", enough)
                return
            measure = f"caller.{name.removesuffix('_ms')[:60]}"
            self._recorder.performance_log.add(
                measure, float(value), session=self._session, system="caller"
            )
