"""The persona's picture in one session: drawn for who looks, filmed for the records."""

import asyncio
from statistics import median

from visavis.call.events import Bus, ClauseSpoken, Filmed, Measured, ReplyBegins, ReplyEnded
from visavis.call.face.face_track import FaceTrack
from visavis.call.face.recording import MISMATCH_MS, Recording, ReplyClip
from visavis.call.face.stage import Stage


class FaceOutput:
    """What a session does with the face that its call sends: costs told, films made, in time."""

    def __init__(self, bus: Bus, stage: Stage, face: FaceTrack, recording: Recording) -> None:
        self._bus = bus
        self._stage = stage
        self._face = face
        self._recording = recording
        self._spoken = False
        """A clause of the present reply has had a voice."""
        self._filming: set[asyncio.Task[None]] = set()
        bus.subscribe(ReplyBegins, self._begin)
        bus.subscribe(ClauseSpoken, self._clause)
        bus.subscribe(ReplyEnded, self._ended)

    async def filmed(self) -> None:
        """Return when every film has been published."""
        await asyncio.gather(*self._filming, return_exceptions=True)

    def _begin(self, _: ReplyBegins) -> None:
        self._face.prepare()
        self._face.request_keyframe()
        self._recording.begin()

    def _clause(self, _: ClauseSpoken) -> None:
        self._spoken = True

    def _ended(self, ended: ReplyEnded) -> None:
        self._tell_costs(ended)
        films = list(self._face.filmed)
        self._face.filmed.clear()
        clip, spoken = self._recording.take(), self._spoken
        self._spoken = False
        if clip is not None and spoken:
            # Not one of the call's tasks: the last reply is kept even if it ended the call.
            filming = asyncio.create_task(self._film(clip, ended, films))
            self._filming.add(filming)
            filming.add_done_callback(self._filming.discard)

    async def _film(self, clip: ReplyClip, ended: ReplyEnded, films: list[str]) -> None:
        """Clips are made into files in a thread."""
        try:
            film = await asyncio.to_thread(clip.webm)
        except Exception as error:
            self._bus.fault("video", f"{type(error).__name__}: {error}")
            return
        if abs(clip.mismatch_ms) > MISMATCH_MS:
            apart = f"picture and sound end {clip.mismatch_ms:.0f} ms apart"
            self._bus.fault("video_length", apart)
        self._bus.publish(Filmed(ended.turn, ended.generation, film, clip.length_ms, films))

    def _tell_costs(self, ended: ReplyEnded) -> None:
        costs = [round(ms, 2) for ms in self._face.costs_ms]
        self._face.costs_ms.clear()
        if costs:
            facts = {"frames": len(costs), "worst_ms": max(costs)}
            each = {"each_ms": costs} if self._stage.each_frame else {}
            self._bus.publish(
                Measured(
                    "lipsync.reply",
                    median(costs),
                    turn=ended.turn,
                    system=self._stage.system,
                    parameters=facts | each,
                )
            )
