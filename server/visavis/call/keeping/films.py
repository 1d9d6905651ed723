"""The films of a call's replies, and a row for every clause that one shows."""

from uuid import UUID

from visavis.call.events import Bus, Filmed
from visavis.call.face.stage import Stage
from visavis.call.keeping.turn_recorder import TurnRecorder
from visavis.records.recorder import Recorder


class FilmRecorder:
    """Of one session: rows in `video` and `lipsync`."""

    def __init__(
        self, session: UUID, recorder: Recorder, rows: TurnRecorder, stage: Stage, bus: Bus
    ) -> None:
        self._session = session
        self._recorder = recorder
        self._rows = rows
        self._stage = stage
        bus.subscribe(Filmed, self._filmed)

    def _filmed(self, film: Filmed) -> None:
        video = self._recorder.video.add(
            self._session,
            film.webm,
            kind="output",
            mime_type="video/webm",
            length_ms=film.length_ms,
            turn=film.turn,
            provenance="as it left, from the first keyframe",
            post_processing="sent Opus and VP8 packets muxed as WebM, nothing encoded again",
        )
        parameters = dict(self._stage.parameters)
        if film.films:
            parameters["films"] = list(film.films)
        for tts in self._rows.spoken(film.generation):
            self._recorder.lipsync.add(
                self._session,
                tts=tts,
                system=self._stage.system,
                parameters=parameters,
                portrait=self._stage.portrait,
                video=video,
                turn=film.turn,
            )
