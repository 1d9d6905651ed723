"""The caller's camera in one call: who looks at it, and for how long."""

from dataclasses import dataclass

from visavis.call.camera.description import CallerDescription
from visavis.call.camera.frames import FrameSampler
from visavis.call.camera.pose_pool import Lease, PosePool
from visavis.call.events import Bus, ConsentChanged
from visavis.call.rtc.peer import Peer
from visavis.call.voice.clock import SessionClock
from visavis.compute.asker import NOBODY, Asker


@dataclass(frozen=True)
class CameraOptions:
    """How the callers of a node are looked at."""

    poses: PosePool | None = None
    """None: nobody is."""
    fps: float = 10.0
    described_every_s: float = 0.0
    """Between two rows of what is seen of a caller; 0: none."""


class Camera:
    """The caller's, in one session. Nothing is looked at before there is a camera and consent."""

    def __init__(
        self, bus: Bus, options: CameraOptions, clock: SessionClock, asker: Asker = NOBODY
    ) -> None:
        """`asker`: for whom pictures are looked at."""
        self._bus = bus
        self._options = options
        self._clock = clock
        self._asker = asker
        self._lease: Lease | None = None
        self._sampler: FrameSampler | None = None
        self._consented = False
        CallerDescription(bus, every_s=options.described_every_s)
        bus.subscribe(ConsentChanged, self._consent)

    def attach(self, peer: Peer) -> None:
        """Drain the peer's camera, if it has one."""
        if peer.camera is None:
            return
        poses = self._options.poses
        self._lease = poses.lease(self._asker) if poses is not None else None
        self._sampler = FrameSampler(
            self._lease, self._bus, clock=self._clock, fps=self._options.fps
        )
        self._sampler.attach(peer.camera, peer.camera_receiver)
        self._sampler.consent(self._consented)

    def stop(self) -> None:
        """Look at nothing any more."""
        if self._sampler is not None:
            self._sampler.stop()

    async def close(self) -> None:
        """Tell what was seen last, and let go of the worker."""
        if self._sampler is not None:
            await self._sampler.close()
        if self._lease is not None:
            await self._lease.release()

    def _consent(self, consent: ConsentChanged) -> None:
        """Look, or stop."""
        self._consented = consent.given
        if self._sampler is not None:
            self._sampler.consent(consent.given)
