"""The persona's picture in one session: drawn for who looks, filmed for the records."""

from collections.abc import Callable
from statistics import median
from uuid import UUID

from visavis.call.engines import Stage
from visavis.call.face.clips import Clips
from visavis.call.face.face_track import FaceTrack
from visavis.call.face.recording import Recording
from visavis.records.recorder import Recorder


class FaceOutput:
    """Of one session, in a call that sends video."""

    def __init__(
        self,
        session: UUID,
        recorder: Recorder,
        stage: Stage,
        face: FaceTrack,
        recording: Recording,
        on_fault: Callable[[str, str], None],
    ) -> None:
        self._clips = Clips(session, recorder, stage, on_fault)
        self._session, self._recorder, self._stage = session, recorder, stage
        self._face = face
        self._recording = recording

    def reply_begins(self) -> None:
        """The persona is about to speak."""
        self._face.prepare()
        self._face.request_keyframe()
        self._recording.begin()

    def spoken(self, turn: UUID, spoken: list[UUID]) -> None:
        """It has spoken, or was cut off: the film belongs to these `tts` rows."""
        self._keep_costs(turn)
        films = list(self._face.filmed)
        self._face.filmed.clear()
        clip = self._recording.take()
        if clip is not None and spoken:
            self._clips.keep(clip, turn, spoken, films)

    def _keep_costs(self, turn: UUID) -> None:
        costs = [round(ms, 2) for ms in self._face.costs_ms]
        self._face.costs_ms.clear()
        if costs:
            self._recorder.performance(
                "lipsync.reply",
                median(costs),
                session=self._session,
                turn=turn,
                system=self._stage.system,
                parameters={"frames": len(costs), "worst_ms": max(costs)}
                | ({"each_ms": costs} if self._stage.each_frame else {}),
            )

    async def kept(self) -> None:
        """Wait until all films are."""
        await self._clips.kept()
