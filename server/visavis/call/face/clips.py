"""The clips of a call's replies, kept: a film, and the row of every clause that it shows."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from visavis.call.engines import Stage
from visavis.call.face.recording import MISMATCH_MS, Clip
from visavis.records.recorder import Recorder


class Clips:
    """Of one session. Clips are made into files in a thread; `kept` waits for the last."""

    def __init__(
        self, session: UUID, recorder: Recorder, stage: Stage, on_fault: Callable[[str, str], None]
    ) -> None:
        self._session = session
        self._recorder = recorder
        self._stage = stage
        self._on_fault = on_fault
        self._keeping: set[asyncio.Task[None]] = set()

    def keep(self, clip: Clip, turn: UUID, spoken: list[UUID], films: list[str]) -> None:
        """Keep the clip of a turn's reply; `spoken` are its `tts` rows, `films` the names of the
        films made ahead that are seen in it."""
        # Not one of the call's tasks: the last reply is kept even if it ended the call.
        keeping = asyncio.create_task(self._keep(clip, turn, spoken, films))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)

    async def kept(self) -> None:
        """Return when every clip is in the recorder's hands."""
        await asyncio.gather(*self._keeping, return_exceptions=True)

    async def _keep(self, clip: Clip, turn: UUID, spoken: list[UUID], films: list[str]) -> None:
        try:
            film = await asyncio.to_thread(clip.webm)
        except Exception as error:
            self._on_fault("video", f"{type(error).__name__}: {error}")
            return
        if abs(clip.mismatch_ms) > MISMATCH_MS:
            apart = f"picture and sound end {clip.mismatch_ms:.0f} ms apart"
            self._on_fault("video_length", apart)
        video = self._recorder.video(
            self._session,
            film,
            kind="output",
            mime_type="video/webm",
            length_ms=clip.length_ms,
            turn=turn,
            provenance="as it left, from the first keyframe",
            post_processing="sent Opus and VP8 packets muxed as WebM, nothing encoded again",
        )
        parameters = self._stage.parameters | ({"films": films} if films else {})
        for tts in spoken:
            self._recorder.lipsync(
                self._session,
                tts=tts,
                system=self._stage.system,
                parameters=parameters,
                portrait=self._stage.portrait,
                video=video,
                turn=turn,
            )
