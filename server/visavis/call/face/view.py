"""The face as one viewer sees it, drawn and encoded in threads of this process."""

import asyncio
import threading
import time
from concurrent.futures import Executor

import cv2

from visavis.call.face.vp8 import Vp8Encoder
from visavis.engines.calling import called
from visavis.engines.lipsync import checked as door
from visavis.engines.lipsync.base import Face, Frame, Tick
from visavis.engines.lipsync.film import Projector, Shot
from visavis.engines.lipsync.view import Encoded


class DrawnView:
    """A `lipsync.view.View`. ``pool``'s threads draw for all viewers of a node."""

    def __init__(self, face: Face, pool: Executor, *, fps: int, bitrate: int) -> None:
        """``bitrate`` in bits a second."""
        self._face = face
        self._pool = pool
        self._fps, self._bitrate = fps, bitrate
        self._encoder: Vp8Encoder | None = None
        self._projector: Projector | None = None
        self._picture: Frame | None = None
        """The last one that could be shown."""
        self._encoding = threading.Lock()
        """A drawing that nobody waited for may end beside another."""

    async def show(self, tick: Tick, shot: Shot | None = None) -> Encoded | None:
        """See `lipsync.view.View.show`."""
        loop = asyncio.get_running_loop()
        who = door.named(self._face)
        return await loop.run_in_executor(self._pool, called, who, self._show, tick, shot)

    async def again(self, *, keyframe: bool) -> Encoded:
        """See `lipsync.view.View.again`. Not in the pool, all of whose threads may be stuck."""
        return await asyncio.to_thread(called, door.named(self._face), self._again, keyframe)

    def _show(self, tick: Tick, shot: Shot | None) -> Encoded | None:
        """The encoder has not seen a late frame, so the next one decodes all the same."""
        picture = self._covered(tick, shot)
        late = time.monotonic() > tick.until_s
        encoded = None if late else self._encoded(picture, tick.keyframe)
        self._picture = picture
        return encoded

    def _covered(self, tick: Tick, shot: Shot | None) -> Frame:
        """The drawn face with the film over it."""
        if shot is None:
            self._stop_film()
            return self._drawn(tick)
        filmed = self._filmed(shot)
        if shot.share >= 1.0:
            return filmed
        drawn = self._drawn(tick)
        mixed: Frame = cv2.addWeighted(drawn, 1 - shot.share, filmed, shot.share, 0)
        return mixed

    def _drawn(self, tick: Tick) -> Frame:
        return door.checked(self._face.draw(tick), self._face)

    def _filmed(self, shot: Shot) -> Frame:
        on = self._projector
        if on is None or on.film is not shot.film or shot.ms < on.ms:
            self._stop_film()
            on = self._projector = Projector(shot.film, self._face.size)
        return on.at(shot.ms)

    def _stop_film(self) -> None:
        if self._projector is not None:
            self._projector.close()
            self._projector = None

    def _again(self, keyframe: bool) -> Encoded:
        if self._picture is None:
            self._picture = door.checked(self._face.asleep(), self._face)
        return self._encoded(self._picture, keyframe)

    def _encoded(self, picture: Frame, keyframe: bool) -> Encoded:
        with self._encoding:
            if self._encoder is None:
                size = self._face.size
                self._encoder = Vp8Encoder(size, size, self._fps, self._bitrate)
            packet = self._encoder.encode(picture, keyframe=keyframe)
        return Encoded(bytes(packet), bool(packet.is_keyframe))
