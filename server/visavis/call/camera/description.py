"""What is seen of the caller, in words: for a prompt's hole, and now and then as a row."""

from collections.abc import Callable
from time import monotonic
from uuid import UUID

from visavis.engines.pose.features import FORMAT, Landmarks, Stretch
from visavis.engines.vision import landmarks
from visavis.engines.vision.sighted import Sighted
from visavis.records.recorder import Recorder

FRESH_S = 5.0
"""What was seen longer ago isn't what is seen."""


class CallerDescription:
    """Of one call. `look` is called with consent only; `every_s` is between two rows, 0: none."""

    def __init__(
        self,
        session: UUID,
        recorder: Recorder,
        *,
        every_s: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._session = session
        self._recorder = recorder
        self._every_s = every_s
        self._clock = clock
        self._latest: tuple[Landmarks, tuple[int, int], float] | None = None
        self._told = -every_s
        self._loose: list[UUID] = []
        """Rows whose stretch of landmarks isn't kept yet."""
        self._sequence: UUID | None = None
        self._index = 0

    def look(self, seen: Landmarks, size: tuple[int, int]) -> None:
        """The landmarks of the caller's latest picture, of (width, height) in px."""
        now = self._clock()
        self._latest = seen, size, now
        if not self._every_s or now - self._told < self._every_s:
            return
        self._told = now
        sighted = self._now()
        row = self._recorder.vision.add(
            self._session,
            system=landmarks.SYSTEM,
            parameters={},
            description=sighted.description,
            details=sighted.details,
        )
        if row is not None:
            self._loose.append(row)

    def text(self) -> str:
        """What is seen now, in a sentence; "" when nobody has looked for some seconds."""
        if self._latest is None or self._clock() - self._latest[2] > FRESH_S:
            return ""
        return self._now().description

    def forget(self) -> None:
        """Consent was withdrawn or given anew: what was seen is gone, a new watching begins."""
        self._latest = self._sequence = None
        self._loose = []
        self._index = 0

    def keep(self, stretch: Stretch) -> None:
        """A finished stretch of landmarks becomes a row, the next of its sequence."""
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

    def _now(self) -> Sighted:
        assert self._latest is not None  # whoever asks has looked
        seen, size, _ = self._latest
        return landmarks.caller(seen, size)
