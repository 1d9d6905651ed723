"""Watching a caller: the latest picture wins, consent rules, and nothing piles up."""

import asyncio
import threading
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from aiortc import VideoStreamTrack
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from call.loopback import connected, idle_hub, until
from numpy.typing import NDArray
from overhear import faults, overhear

import visavis.personas
from visavis.call.camera import frames as room
from visavis.call.camera.frames import FrameSampler, shrink
from visavis.call.events import Bus, Faulted, StretchSeen
from visavis.call.voice.clock import SessionClock
from visavis.compute.worker import Worker, WorkerError
from visavis.engines.pose.features import SHAPES, Header, Landmarks, Stretch, load
from visavis.engines.pose.hosted import HostedWatcher

IRIS = Path(visavis.personas.__file__).parent / "iris" / "portrait" / "neutral.webp"


class Camera(MediaStreamTrack):  # type: ignore[misc]
    """Gives the frames that a test puts in."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.frames: asyncio.Queue[av.VideoFrame | None] = asyncio.Queue()

    async def recv(self) -> av.VideoFrame:
        frame = await self.frames.get()
        if frame is None:
            raise MediaStreamError
        return frame


class Eye:
    """Stands where Holistic's process stands; sees a pose whose values are the picture's mean."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []
        self.times: list[float] = []
        self.free = asyncio.Event()
        self.free.set()
        self.error: Exception | None = None

    def looked_at(self, count: int) -> bool:
        return len(self.times) >= count

    async def describe(self, *, timeout: float) -> tuple[str, str, dict[str, Any]]:
        return "eye", "1", {}

    async def detect(self, rgb: NDArray[np.uint8], t_ms: float, *, timeout: float) -> Landmarks:
        self.sizes.append((rgb.shape[1], rgb.shape[0]))
        self.times.append(t_ms)
        await self.free.wait()
        if self.error:
            raise self.error
        arrays = {part: np.full(shape, np.nan, np.float32) for part, shape in SHAPES.items()}
        arrays["pose"] = np.full(SHAPES["pose"], rgb.mean(), np.float32)
        return Landmarks(**arrays, t_ms=t_ms)


class Scene:
    """A caller being watched, with a clock that a test sets."""

    def __init__(self, eye: Any = None, fps: float = 1000.0) -> None:
        self.eye = eye or Eye()
        self.camera = Camera()
        self.now = 0.0
        bus = Bus()
        self.stretches: list[Stretch] = []
        bus.subscribe(StretchSeen, lambda seen: self.stretches.append(seen.stretch))
        self.faults = faults(bus)
        clock: Any = self
        watching: Any = self.eye
        self.seeing = FrameSampler(watching, bus, clock=clock, fps=fps)
        self.seeing.attach(self.camera)

    def now_ms(self) -> float:
        """As of a clock."""
        return self.now

    async def show(self, t_ms: float, width: int = 64, height: int = 48, grey: int = 0) -> None:
        """One picture, looked at."""
        before = self.seeing.looked
        self.send(t_ms, width, height, grey)
        await until(lambda: self.seeing.looked > before)

    def send(self, t_ms: float, width: int = 64, height: int = 48, grey: int = 0) -> None:
        self.now = t_ms
        self.camera.frames.put_nowait(picture(width, height, grey))


def picture(width: int, height: int, grey: int = 0) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((height, width, 3), grey, np.uint8), format="rgb24")


async def taken(scene: Scene, count: int) -> None:
    await until(lambda: scene.seeing.received == count)


async def test_what_is_seen_with_consent_becomes_a_stretch() -> None:
    scene = Scene()
    scene.seeing.consent(True)
    for t_ms in 40.0, 140.0, 240.0:
        await scene.show(t_ms, grey=round(t_ms / 10))
    await scene.seeing.close()
    (stretch,) = scene.stretches
    features = load(stretch.npz)
    assert features.t_ms.tolist() == [40.0, 140.0, 240.0]
    assert features.pose[:, 0, 0] == pytest.approx([4, 14, 24], abs=1)
    assert features.mask.tolist() == [[True, False, False, False]] * 3
    assert stretch.header.size == (64, 48)
    assert (stretch.at_ms, stretch.length_ms, stretch.frames) == (40.0, 200.0, 3)


async def test_without_consent_every_picture_is_taken_and_none_looked_at() -> None:
    scene = Scene()
    for n in range(50):
        scene.send(n)
    await taken(scene, 50)
    assert scene.camera.frames.empty()
    await scene.seeing.close()
    assert scene.eye.times == []
    assert scene.stretches == []


async def test_withdrawing_forgets_what_is_held_and_what_is_being_looked_at() -> None:
    scene = Scene()
    scene.seeing.consent(True)
    await scene.show(0.0)
    scene.eye.free.clear()
    scene.send(100.0)
    await until(lambda: len(scene.eye.times) == 2)
    scene.seeing.consent(False)
    scene.seeing.consent(True)
    scene.eye.free.set()
    await scene.show(200.0)
    await scene.seeing.close()
    (stretch,) = scene.stretches
    assert load(stretch.npz).t_ms.tolist() == [200.0]


async def test_a_slow_worker_gets_the_latest_picture_only() -> None:
    scene = Scene()
    scene.seeing.consent(True)
    scene.eye.free.clear()
    scene.send(0.0)
    await until(lambda: scene.eye.times == [0.0])
    for n in range(1, 101):
        scene.send(float(n))
        await taken(scene, n + 1)
    scene.eye.free.set()
    await until(lambda: scene.seeing.looked == 2)
    await scene.seeing.close()
    assert scene.eye.times == [0.0, 100.0]


async def test_no_more_than_fps_pictures_a_second_are_looked_at() -> None:
    scene = Scene(fps=20.0)
    scene.seeing.consent(True)
    loop = asyncio.get_running_loop()
    began = loop.time()
    sent = 0
    while loop.time() - began < 0.5:
        scene.send(float(sent))
        sent += 1
        await taken(scene, sent)
        await asyncio.sleep(0.001)
    await scene.seeing.close()
    assert 2 <= len(scene.eye.times) <= 12


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((7680, 4320), (640, 360)),
        ((1080, 1920), (270, 480)),
        ((320, 240), (320, 240)),
        ((4000, 2), (640, 2)),
    ],
)
def test_pictures_are_made_small_enough_and_keep_their_shape(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    rgb = shrink(picture(*size, grey=99))
    assert rgb.shape == (expected[1], expected[0], 3)
    assert rgb.dtype == np.uint8
    assert abs(int(rgb.mean()) - 99) <= 2


async def test_another_resolution_goes_on_and_another_shape_begins_a_new_stretch() -> None:
    scene = Scene()
    scene.seeing.consent(True)
    await scene.show(0.0, 64, 48)
    await scene.show(1000.0, 32, 24)
    scene.send(1000.0 + room.STEADY_MS / 2, 64, 48)
    await until(lambda: len(scene.eye.times) == 3)
    await scene.show(2000.0, 48, 64)
    await scene.show(2100.0, 64, 48)
    await scene.seeing.close()
    assert [s.header.size for s in scene.stretches] == [(64, 48), (48, 64)]
    assert load(scene.stretches[0].npz).t_ms.tolist() == [0.0, 1000.0, 1500.0]
    assert load(scene.stretches[1].npz).t_ms.tolist() == [2000.0], "it changed back too soon"


async def test_a_long_call_is_handed_over_in_stretches() -> None:
    scene = Scene()
    scene.seeing.consent(True)
    for t_ms in 0.0, room.STRETCH_MS - 1, room.STRETCH_MS, room.STRETCH_MS + 1:
        await scene.show(t_ms)
    assert [s.frames for s in scene.stretches] == [2]
    await scene.seeing.close()
    assert [s.frames for s in scene.stretches] == [2, 2]


async def test_a_failing_worker_is_told_once_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "_REST_S", 0.0)
    scene = Scene()
    scene.seeing.consent(True)
    scene.eye.error = WorkerError("RuntimeError", "graph broke")
    for count in range(1, 4):
        scene.send(float(count))
        await until(partial(scene.eye.looked_at, count))
    scene.eye.error = None
    await scene.show(10.0)
    await scene.seeing.close()
    assert [kind for kind, _ in scene.faults] == ["seeing_failed"]
    assert [s.frames for s in scene.stretches] == [1]


async def test_features_that_cannot_be_kept_are_a_fault_and_seeing_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()

    def full(*_: object) -> Stretch:
        raise MemoryError("no room")

    monkeypatch.setattr(room, "_packed", full)
    scene.seeing.consent(True)
    await scene.show(0.0)
    await scene.show(room.STRETCH_MS)
    await scene.show(room.STRETCH_MS + 100)
    await scene.seeing.close()
    assert [kind for kind, _ in scene.faults] == ["features_lost"]


async def test_closing_waits_for_a_hand_over_that_has_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()
    go, packed = threading.Event(), room._packed

    def slow(header: Header, frames: list[Landmarks]) -> Stretch:
        go.wait(10)
        return packed(header, frames)

    monkeypatch.setattr(room, "_packed", slow)
    scene.seeing.consent(True)
    await scene.show(0.0)
    scene.send(room.STRETCH_MS)
    await until(lambda: scene.seeing._giving is not None)
    closing = asyncio.create_task(scene.seeing.close())
    await asyncio.sleep(0)
    go.set()
    await closing
    assert [s.frames for s in scene.stretches] == [1]


async def test_a_track_that_ends_leaves_what_was_seen() -> None:
    scene = Scene()
    scene.seeing.consent(True)
    await scene.show(0.0)
    scene.camera.frames.put_nowait(None)
    await asyncio.sleep(0)
    await scene.seeing.close()
    assert [s.frames for s in scene.stretches] == [1]


class Portrait(VideoStreamTrack):  # type: ignore[misc]
    """A camera before which Iris's portrait stands."""

    def __init__(self) -> None:
        super().__init__()
        image = cv2.resize(cv2.imread(str(IRIS)), (480, 480))[:, :, ::-1]
        self.frame = av.VideoFrame.from_ndarray(
            np.pad(image, ((0, 0), (80, 80), (0, 0))), format="rgb24"
        )

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        self.frame.pts, self.frame.time_base = pts, time_base
        return self.frame


async def test_over_a_real_connection_with_the_real_holistic() -> None:
    """Nothing is decoded before consent; then her face is found; then decoding stops again."""
    worker = Worker("visavis.engines.pose.holistic:Holistic", name="pose", nice=10)
    await worker.start()
    bus = Bus()
    bus.subscribe(Faulted, lambda fault: pytest.fail(fault.description))
    scene = overhear(bus, StretchSeen)
    try:
        async with idle_hub() as hub, connected(hub, video="sendrecv") as (call, caller):
            for sender in caller.connection.getSenders():
                if sender.track is not None and sender.track.kind == "video":
                    sender.replaceTrack(Portrait())
            eye: Any = HostedWatcher(worker)
            seeing = FrameSampler(eye, bus, clock=SessionClock(call.clock), fps=10)
            seeing.attach(call.peer.camera, call.peer.camera_receiver)
            await asyncio.sleep(0.5)
            assert seeing.received == 0
            seeing.consent(True)
            await until(lambda: seeing.looked >= 8, 20)
            await seeing.close()
            received = seeing.received
            await asyncio.sleep(0.3)
            (seen,) = scene
            stretch = seen.stretch
            # At a stand the next visitor is looked at from the same track, once they agree.
            another = FrameSampler(eye, bus, clock=SessionClock(call.clock), fps=10)
            another.attach(call.peer.camera, call.peer.camera_receiver)
            await asyncio.sleep(0.5)
            assert another.received <= 2 and not another.looked  # what had been decoded before
            another.consent(True)
            await until(lambda: another.looked >= 2, 20)
            await another.close()
        assert len(scene) == 2 and seeing.received == received
        features = load(stretch.npz)
        assert features.mask[:, :2].mean() > 0.8
        assert stretch.header.encoder == "mediapipe-holistic"
        assert 50 <= np.median(np.diff(features.t_ms)) <= 400
    finally:
        await worker.stop()


class Nonsense(Eye):
    """Describes itself as nothing at first, then sees nothing, then a person."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = ["describe", "detect"]

    async def describe(self, *, timeout: float) -> Any:
        return await super().describe(timeout=timeout) if self._sees("describe") else None

    async def detect(self, rgb: NDArray[np.uint8], t_ms: float, *, timeout: float) -> Any:
        return await super().detect(rgb, t_ms, timeout=timeout) if self._sees("detect") else None

    def _sees(self, method: str) -> bool:
        if method not in self.nothing:
            return True
        self.nothing.remove(method)
        return False


async def test_nonsense_is_a_fault_and_watching_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_REST_S", 0.01)
    monkeypatch.setattr(room, "_FAULT_S", 0.0)
    scene = Scene(Nonsense())
    scene.seeing.consent(True)
    for n in range(200):
        scene.send(n * 20.0)
        await asyncio.sleep(0.02)
        if scene.seeing.looked:
            break
    assert scene.seeing.looked
    assert [kind for kind, _ in scene.faults] == ["seeing_failed"] * 2
    assert "describe themselves wrongly" in scene.faults[0][1]
    assert "eye saw NoneType" in scene.faults[1][1]
    await scene.seeing.close()
