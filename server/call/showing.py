"""The persona's picture in one call: drawn for who looks, filmed for the records."""

from collections.abc import Callable
from uuid import UUID

from server.call.clips import Clips
from server.call.clock import MediaClock
from server.call.engines import Stage
from server.call.face_track import FaceTrack
from server.call.playout import Playout
from server.call.recording import Recording
from server.records.recorder import Recorder


class Showing:
    """Of one call that sends video, on a stage that is there."""

    def __init__(
        self,
        session: UUID,
        recorder: Recorder,
        stage: Stage,
        playout: Playout,
        clock: MediaClock,
        on_fault: Callable[[str, str], None],
    ) -> None:
        self._clips = Clips(session, recorder, stage, on_fault)
        self._recording = Recording(stage.face.size, stage.hub.fps)
        self.voice = self._recording.voice
        """Hears what is said, for the film."""
        self.face = FaceTrack(
            playout,
            clock,
            stage.hub,
            stage.face,
            stage.motion,
            on_fault=on_fault,
            tap=self._recording.face,
        )

    def reply_begins(self) -> None:
        """The persona is about to speak."""
        self.face.prepare()
        self.face.request_keyframe()
        self._recording.begin()

    def spoken(self, turn: UUID, spoken: list[UUID]) -> None:
        """It has spoken, or was cut off: the film belongs to these `tts` rows."""
        clip = self._recording.take()
        if clip is not None and spoken:
            self._clips.keep(clip, turn, spoken)

    async def kept(self) -> None:
        """Wait until all films are."""
        await self._clips.kept()
