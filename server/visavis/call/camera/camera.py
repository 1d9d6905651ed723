"""The caller's camera in one call: who looks at it, and where what is seen goes."""

from collections.abc import Callable
from uuid import UUID

from visavis.call.camera.description import CallerDescription
from visavis.call.camera.frames import TOLD, FrameSampler, Look
from visavis.call.camera.pose_pool import Lease
from visavis.call.engines import Engines
from visavis.call.rtc.peer import Peer
from visavis.compute.asker import Asker
from visavis.engines.pose.features import Stretch
from visavis.records.recorder import Recorder


class Camera:
    """Of one call. Nothing is looked at before there is a camera and consent."""

    def __init__(
        self,
        session: UUID,
        recorder: Recorder,
        engines: Engines,
        now_ms: Callable[[], float],
        on_look: Callable[[Look], None],
        on_fault: Callable[[str, str, str], None],
    ) -> None:
        """`on_look` hears of each picture that was looked at, `on_fault(kind, description,
        message)` of what failed, with a sentence for the caller."""
        self.sight = CallerDescription(session, recorder, every_s=engines.sight_every_s)
        """What is seen of the caller, in words."""
        self._asker = Asker(session)
        self._engines = engines
        self._now_ms = now_ms
        self._on_look = on_look
        self._on_fault = on_fault
        self._lease: Lease | None = None
        self._seeing: FrameSampler | None = None
        self._consented = False

    def attach(self, peer: Peer) -> None:
        """Drain the peer's camera, if it has one."""
        if peer.camera is None:
            return
        watchers = self._engines.watchers
        self._lease = watchers.lease(self._asker) if watchers is not None else None
        self._seeing = FrameSampler(
            self._lease,
            self._seen,
            self._fault,
            clock=self._now_ms,
            fps=self._engines.watch_fps,
            on_look=self._looked,
        )
        self._seeing.attach(peer.camera, peer.camera_receiver)
        self._seeing.consent(self._consented)

    def consent(self, given: bool) -> None:
        """Look, or stop and forget what was seen."""
        self._consented = given
        if self._seeing is not None:
            self._seeing.consent(given)
            self.sight.forget()

    def stop(self) -> None:
        """Look at nothing any more."""
        if self._seeing is not None:
            self._seeing.stop()

    async def close(self) -> None:
        """Keep what was seen last, and let go of the worker."""
        if self._seeing is not None:
            await self._seeing.close()
        if self._lease is not None:
            await self._lease.release()

    def _looked(self, look: Look) -> None:
        self.sight.look(look.landmarks, look.size)
        self._on_look(look)

    async def _seen(self, stretch: Stretch) -> None:
        self.sight.keep(stretch)

    def _fault(self, kind: str, message: str) -> None:
        self._on_fault(kind, message, TOLD.get(kind, message))
