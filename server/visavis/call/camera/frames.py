"""The caller's camera, looked at with their consent: latest picture wins, nothing is queued.

Every picture that arrives is taken from the track at once, so that nothing piles up in aiortc.
Only the latest is kept; at most `fps` times a second it is made small in a thread and given to
the watcher of poses. When that falls behind, pictures are skipped. Landmarks become stretches of
`holistic_landmarks_v1`, handed over every minute and at the end; pictures are never kept.
"""

import asyncio
from dataclasses import replace

import numpy as np
from aiortc import MediaStreamTrack, RTCRtpReceiver
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame
from numpy.typing import NDArray

from visavis.call.camera.pose_pool import Lease
from visavis.call.events import Bus, Looked, StretchSeen
from visavis.call.rtc.video_gate import MAX_PIXELS, VideoGate
from visavis.call.voice.clock import SessionClock
from visavis.engines.pose import checked as door
from visavis.engines.pose.features import Header, Landmarks, Stretch, stretch
from visavis.engines.pose.interpretation import interpretation

MAX_SIZE = (640, 480)
"""px; Holistic looks at 256x256 crops, more detail than this is lost on it."""
STRETCH_MS = 60_000.0
"""The longest stretch, 4 MB at 10 fps: packing it leaves the event loop free."""
STEADY_MS = 1_000.0
"""How long a shape of picture must have lasted before another one begins a new stretch."""
TOLD = {
    "seeing_failed": "I can't see you just now. We can go on talking.",
    "features_lost": "What I saw of you could not be kept. We can go on talking.",
}
"""What the caller is told of faults whose own description is not for them."""
_DETECT_S = 2.0
_REST_S = 1.0
"""s without looking after the watcher failed."""
_FAULT_S = 30.0
"""s between two faults of the same kind."""


class FrameSampler:
    """Watches one caller.

    `watcher` is this caller's own (None: the camera is never looked at). It publishes each picture
    that was looked at with consent (`Looked`), each finished stretch (`StretchSeen`), and faults
    (kinds: camera_too_large, seeing_failed, features_lost), each kind once in 30 s.
    """

    def __init__(self, watcher: Lease | None, bus: Bus, *, clock: SessionClock, fps: float) -> None:
        self._watcher = watcher
        self._bus = bus
        self._clock = clock
        self._fps = fps
        self._consent: object | None = None
        """A new object for each time it is given: what was begun under another is dropped."""
        self._gate: VideoGate | None = None
        self._latest: tuple[VideoFrame, float] | None = None
        self._fresh = asyncio.Event()
        self._header: Header | None = None
        self._frames: list[Landmarks] = []
        self._giving: asyncio.Task[None] | None = None
        self._told: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.received = 0
        """Pictures that came out of the decoder."""
        self.looked = 0
        """Pictures in which landmarks were looked for."""

    def attach(self, track: MediaStreamTrack, receiver: RTCRtpReceiver | None = None) -> None:
        """Begin to drain a track; with its receiver, undecoded while nobody may look."""
        if receiver is not None:
            self._gate = VideoGate(receiver, self._too_large)
        self._tasks += [
            asyncio.create_task(self._drain(track), name="camera-drain"),
            asyncio.create_task(self._watch(), name="camera-watch"),
        ]
        self._apply()

    def consent(self, given: bool) -> None:
        """Begin to look, or stop and forget what hasn't been handed over yet."""
        if given == (self._consent is not None):
            return
        self._consent = object() if given else None
        self._latest = None
        self._frames = []
        self._apply()

    def stop(self) -> None:
        """Look at nothing any more; somebody else may attach to the track."""
        for task in self._tasks:
            task.cancel()
        if self._gate is not None:
            self._gate.open(False)

    async def close(self) -> None:
        """Stop, and hand over the last stretch."""
        self.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._giving is not None:
            await self._giving
        await self._hand_over()
        self.consent(False)

    def _apply(self) -> None:
        if self._gate is not None:
            self._gate.open(self._watcher is not None and self._consent is not None)

    async def _drain(self, track: MediaStreamTrack) -> None:
        """Take every picture as it comes, until the track ends."""
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self.received += 1
            if self._consent is None or not isinstance(frame, VideoFrame):
                continue
            if self._gate is not None and frame.width * frame.height > MAX_PIXELS:
                self._gate.refuse(frame.width, frame.height)
            self._latest = frame, self._clock.now_ms()
            self._fresh.set()

    async def _watch(self) -> None:
        """Look at the latest picture, at most `fps` times a second."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await self._fresh.wait()
            await asyncio.sleep(due - loop.time())
            self._fresh.clear()
            due = max(due + 1 / self._fps, loop.time())
            latest, self._latest = self._latest, None
            if latest is None or self._watcher is None:
                continue
            try:
                await self._look(self._watcher, *latest)
            except Exception as error:  # the watcher may be anybody's
                self._fault("seeing_failed", f"I can't see you just now ({error}).")
                due = loop.time() + _REST_S

    async def _look(self, watcher: Lease, frame: VideoFrame, t_ms: float) -> None:
        consent = self._consent
        rgb, light = await asyncio.to_thread(_small_and_light, frame)
        if self._header is None:
            encoder, version, parameters = door.described(await watcher.describe(timeout=_DETECT_S))
            self._header = Header(encoder, version, self._fps, size_of(rgb), parameters)
        seen = await watcher.detect(rgb, t_ms, timeout=_DETECT_S)
        landmarks = door.landmarks(seen, self._header.encoder)
        if consent is None or self._consent is not consent:
            return
        self.looked += 1
        self._bus.publish(Looked(landmarks, replace(self._header, size=size_of(rgb)), light))
        if self._frames:
            lasted = t_ms - self._frames[0].t_ms
            if not same_shape(self._header.size, size_of(rgb)):
                if lasted < STEADY_MS:
                    return
                await self._hand_over()
            elif lasted >= STRETCH_MS:
                await self._hand_over()
        if not self._frames:
            self._header = replace(self._header, size=size_of(rgb))
        self._frames.append(landmarks)

    async def _hand_over(self) -> None:
        """Give the frames held on; once begun, `close` waits for its end."""
        frames, self._frames = self._frames, []
        if frames and self._header is not None:
            self._giving = asyncio.create_task(self._give(self._header, frames))
            await asyncio.shield(self._giving)

    async def _give(self, header: Header, frames: list[Landmarks]) -> None:
        """Pack the frames and hand them over; what fails loses them, and is told."""
        try:
            packed = await asyncio.to_thread(_packed, header, frames)
        except Exception as error:
            self._fault("features_lost", f"What was seen could not be kept ({error}).")
        else:
            self._bus.publish(StretchSeen(packed))

    def _too_large(self, width: int, height: int) -> None:
        self._fault(
            "camera_too_large",
            f"Your camera sends pictures of {width}×{height}, too large for me to look at. "
            "Please choose a smaller size, 640×480 is best.",
        )

    def _fault(self, kind: str, message: str) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._told.get(kind, -_FAULT_S) >= _FAULT_S:
            self._told[kind] = now
            self._bus.fault(kind, message, TOLD.get(kind, message))


def shrink(frame: VideoFrame) -> NDArray[np.uint8]:
    """A picture as uint8 (H, W, 3) RGB within MAX_SIZE, its aspect ratio kept. Runs in a thread."""
    scale = min(1.0, MAX_SIZE[0] / frame.width, MAX_SIZE[1] / frame.height)
    width, height = (max(2, round(side * scale)) for side in (frame.width, frame.height))
    small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
    rgb: NDArray[np.uint8] = small.to_ndarray()
    return rgb


def _small_and_light(frame: VideoFrame) -> tuple[NDArray[np.uint8], float]:
    """The picture made small, and its mean brightness, 0..1."""
    rgb = shrink(frame)
    return rgb, float(rgb[::4, ::4].mean()) / 255


def _packed(header: Header, frames: list[Landmarks]) -> Stretch:
    """The frames as a file, and what is made of them. Runs in a thread."""
    return replace(stretch(header, frames), interpretation=interpretation(frames))


def size_of(rgb: NDArray[np.uint8]) -> tuple[int, int]:
    """(width, height) in px."""
    return rgb.shape[1], rgb.shape[0]


def same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two sizes have the same aspect ratio, within 2 %."""
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) < 0.02
