"""When frames leave, and what they show."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from call.loopback import FlatFace, drawn, utterance
from numpy.typing import NDArray
from overhear import faults

from visavis.call.events import Bus
from visavis.call.face import face_track
from visavis.call.face.face_track import FaceTrack
from visavis.call.face.idle import IdleHub, Subscription
from visavis.call.voice.clock import MediaClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.voice_track import VoiceTrack
from visavis.engines.lipsync.base import Tick
from visavis.engines.lipsync.view import Encoded
from visavis.engines.lipsync.visemes import VISEMES


class Ramp:
    """A mouth that opens through the first second: what a frame shows tells its ms."""

    def at(self, ms: float) -> NDArray[np.float32]:
        weights = np.zeros(len(VISEMES), np.float32)
        weights[VISEMES.index("aa")] = np.clip(ms / 1000, 0, 1)
        weights[VISEMES.index("sil")] = 1 - weights[VISEMES.index("aa")]
        return weights


class Witness(FlatFace):
    """Remembers what it was asked to draw."""

    def __init__(self) -> None:
        self.opened: list[float] = []

    def draw(self, tick: Tick) -> NDArray[np.uint8]:
        self.opened.append(float(tick.mouth[VISEMES.index("aa")]))
        return super().draw(tick)


class Slow(FlatFace):
    """Takes 150 ms every fifth time."""

    drawn = 0

    def draw(self, tick: Tick) -> NDArray[np.uint8]:
        self.drawn += 1
        if self.drawn % 5 == 0:
            time.sleep(0.15)
        return super().draw(tick)


class Show:
    def __init__(self, face: FlatFace, hub: IdleHub) -> None:
        self.playout, self.clock = Playout(), MediaClock()
        self.voice = VoiceTrack(self.playout, self.clock)
        bus = Bus()
        self.faults = faults(bus)
        self.track = FaceTrack(
            self.playout,
            self.clock,
            hub,
            drawn(face),
            bus=bus,
        )


@asynccontextmanager
async def show(face: FlatFace) -> AsyncIterator[Show]:
    hub = IdleHub(drawn(FlatFace()), fps=25)
    it = Show(face, hub)

    async def speak() -> None:
        while True:
            await it.voice.recv()

    speaking = asyncio.create_task(speak())
    yield it
    speaking.cancel()
    it.track.stop()
    await hub.close()


async def test_a_frame_shows_the_sample_that_leaves_with_it() -> None:
    face = Witness()
    async with show(face) as it:
        it.playout.say(utterance(1.0, mouth=Ramp()))
        packets, left = [], []
        for _ in range(20):
            packets.append(await it.track.recv())
            left.append(it.clock.now_ms())
        pts_ms = np.array([packet.pts for packet in packets]) / 90
        assert (pts_ms % 40 == 0).all()
        # Drawn for exactly the moment that the timestamp names, and sent at that moment.
        assert np.array(face.opened) * 1000 == pytest.approx(pts_ms, abs=1)
        assert np.median(np.abs(np.array(left) - pts_ms)) < 15
        assert packets[0].is_keyframe and not any(p.is_keyframe for p in packets[1:])


async def test_late_frames_are_skipped_and_never_queued() -> None:
    async with show(Slow()) as it:
        it.playout.say(utterance(3.0, mouth=Ramp()))
        pts = []
        while it.playout.position < 2 * 48_000:
            pts.append((await it.track.recv()).pts)
            assert it.clock.now_ms() - pts[-1] / 90 < 90
        assert it.track.skipped >= 3
        assert pts == sorted(set(pts))


async def test_an_interrupted_mouth_closes_within_a_few_frames() -> None:
    face = Witness()
    async with show(face) as it:
        it.playout.say(utterance(3.0, mouth=Ramp()))
        while it.playout.position < 48_000:
            await it.track.recv()
        it.playout.fence(1)
        count = len(face.opened)
        while len(face.opened) < count + 6:
            await it.track.recv()
        after = face.opened[count:]
        assert all(later <= earlier for earlier, later in pairwise(after))
        assert after[-1] < 0.06


async def test_speech_that_is_coming_is_prepared_for() -> None:
    face = Witness()
    async with show(face) as it:
        await it.track.recv()
        assert face.opened == []
        it.track.prepare()
        await it.track.recv()
        await it.track.recv()
        assert face.opened


async def test_the_own_picture_goes_on_until_the_shared_one_has_its_keyframe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(face_track, "LINGER_S", 0.05)
    async with show(Witness()) as it:
        it.playout.say(utterance(0.2, mouth=Ramp()))
        await it.track.recv()
        shared = Subscription()
        monkeypatch.setattr(IdleHub, "subscribe", lambda self: shared)
        for _ in range(15):
            await asyncio.wait_for(it.track.recv(), 1)
        drawn = it.track.drawn
        assert drawn >= 15
        shared.put(Encoded(b"shared", keyframe=True))
        while bytes(await asyncio.wait_for(it.track.recv(), 1)) != b"shared":
            pass
        assert it.track.drawn <= drawn + 1


async def test_a_face_that_breaks_leaves_the_shared_one() -> None:
    class Broken(FlatFace):
        def draw(self, tick: Tick) -> NDArray[np.uint8]:
            raise ValueError("no mouth")

    async with show(Broken()) as it:
        it.playout.say(utterance(1.0, mouth=Ramp()))
        for _ in range(5):
            await it.track.recv()
        assert it.faults == [("face", "ValueError: no mouth")]


async def test_a_stopped_track_ends() -> None:
    async with show(FlatFace()) as it:
        await it.track.recv()
        it.track.stop()
        with pytest.raises(MediaStreamError):
            await it.track.recv()
