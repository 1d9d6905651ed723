"""What was seen of a caller: stretches of landmarks, and the words that were found for them."""

from uuid import UUID

from visavis.call.events import Bus, ConsentChanged, Described, StretchSeen
from visavis.engines.pose.features import FORMAT
from visavis.records.recorder import Recorder


class PoseRecorder:
    """Of one session: rows in `pose`, `pose_sequence` and `vision`."""

    def __init__(self, session: UUID, recorder: Recorder, bus: Bus) -> None:
        self._session = session
        self._recorder = recorder
        self._loose: list[UUID] = []
        """Rows of `vision` whose stretch of landmarks isn't kept yet."""
        self._sequence: UUID | None = None
        self._index = 0
        bus.subscribe(Described, self._described)
        bus.subscribe(StretchSeen, self._stretch)
        bus.subscribe(ConsentChanged, lambda _: self._begin())

    def _begin(self) -> None:
        """Consent was withdrawn or given anew: a new watching begins."""
        self._loose = []
        self._sequence = None
        self._index = 0

    def _described(self, seen: Described) -> None:
        row = self._recorder.vision.add(
            self._session,
            system=seen.system,
            parameters={},
            description=seen.description,
            details=dict(seen.details),
        )
        if row is not None:
            self._loose.append(row)

    def _stretch(self, seen: StretchSeen) -> None:
        """The next of its sequence."""
        stretch = seen.stretch
        pose = self._recorder.pose.add(
            self._session,
            stretch.npz,
            encoding=FORMAT,
            frames=stretch.frames,
            system=f"{stretch.header.encoder} {stretch.header.version}",
            parameters=dict(stretch.header.parameters),
            at_ms=stretch.at_ms,
            length_ms=stretch.length_ms,
            provenance="the caller's camera",
            interpretation=stretch.interpretation,
        )
        loose, self._loose = self._loose, []
        if pose is None:
            return
        self._sequence = self._sequence or pose
        self._recorder.pose.in_sequence(self._sequence, self._index, pose)
        self._index += 1
        for row in loose:
            self._recorder.vision.in_pose(row, pose)
