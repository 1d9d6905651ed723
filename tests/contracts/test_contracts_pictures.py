"""What draws, sees, describes and embeds keeps what its interface promises."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import cv2
import numpy as np
import pytest
from contracts.registered import FAIL, loaded, named
from numpy.typing import NDArray

import visavis.personas
from visavis.call.face.idle import IdleHub
from visavis.call.face.stage import Stage
from visavis.call.face.view import view_of
from visavis.call.face.vp8 import Vp8Encoder
from visavis.engines import registry
from visavis.engines.embeddings.base import Embedder
from visavis.engines.lipsync.base import Face, Frame, Tick
from visavis.engines.lipsync.film import Shot
from visavis.engines.lipsync.view import Encoded, View
from visavis.engines.lipsync.visemes import AT_REST, VISEMES
from visavis.engines.pose.base import Poses, PoseWatcher
from visavis.engines.pose.features import PARTS, SHAPES
from visavis.engines.vision.base import Vision
from visavis.engines.vision.openai import VisionError

PICTURE = Path(visavis.personas.__path__[0]) / "iris" / "portrait" / "neutral.webp"


@pytest.mark.parametrize("name", registry.names("lipsync"))
async def test_a_face(name: str) -> None:
    async with loaded("lipsync", name) as made:
        face: Face = made
        named(face)
        shape = (face.size * 3 // 2, face.size)
        shut, wide = np.zeros(len(VISEMES), np.float32), np.zeros(len(VISEMES), np.float32)
        shut[0] = wide[-5] = 1
        ticks = [Tick(shut, 1.0), Tick(wide, 1.0, energy=0.8, keyframe=True), Tick(shut, 1.0)]
        drawn = [await asyncio.to_thread(face.draw, tick) for tick in ticks]
        for frame in (*drawn, face.rest(), face.asleep()):
            assert frame.dtype == np.uint8 and frame.shape == shape
        assert np.array_equal(drawn[0], drawn[2]), "no state between frames"
        assert not np.array_equal(drawn[0], drawn[1]), "the mouth opens"
        assert shut.sum() == wide.sum() == 1, "what it is given stays as it is"
        both = await asyncio.gather(*(asyncio.to_thread(face.draw, tick) for tick in ticks[:2]))
        assert all(np.array_equal(*pair) for pair in zip(both, drawn, strict=False)), "two threads"
        await _shown(face)


async def _shown(face: Face) -> None:
    """As a call shows it."""
    with ThreadPoolExecutor(1) as pool:
        views = [view_of(face, pool, fps=25, bitrate=500_000) for _ in range(2)]
        wide = np.roll(AT_REST, 10)
        for view in views:
            first = await view.show(Tick(AT_REST, 1.0, keyframe=True))
            late = await view.show(Tick(AT_REST, 1.04, until_s=0.0))
            second = await view.show(Tick(wide, 1.08, energy=0.8))
            assert first is not None and late is None and second is not None
            assert first.keyframe and not second.keyframe
            decoder = av.CodecContext.create("vp8", "r")
            for sent in first, second, await view.again(keyframe=True):
                (frame,) = decoder.decode(av.Packet(sent.data))
                assert (frame.width, frame.height) == (face.size, face.size)
        unseen = view_of(face, pool, fps=25, bitrate=500_000)
        assert (await unseen.again(keyframe=True)).keyframe


class Packets:
    """A face that no pixel is drawn of on this side."""

    system, size = "packets", 128

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}

    def view(self, fps: int, bitrate: int) -> View:
        return Greys(self.size, fps, bitrate)

    def draw(self, tick: Tick) -> Frame:
        raise AssertionError("nobody draws it here")

    def rest(self) -> Frame:
        return np.full((self.size * 3 // 2, self.size), 128, np.uint8)

    def asleep(self) -> Frame:
        return self.rest()


class Greys:
    """A view of its own: the wider the mouth, the lighter."""

    def __init__(self, size: int, fps: int, bitrate: int) -> None:
        self._encoder = Vp8Encoder(size, size, fps, bitrate)
        self._picture = np.full((size * 3 // 2, size), 128, np.uint8)

    async def show(self, tick: Tick, shot: Shot | None = None) -> Encoded | None:
        if tick.until_s < time.monotonic():
            return None
        self._picture[:] = 128 + round(100 * (1 - float(tick.mouth[0])))
        return await self.again(keyframe=tick.keyframe)

    async def again(self, *, keyframe: bool) -> Encoded:
        packet = self._encoder.encode(self._picture, keyframe=keyframe)
        return Encoded(bytes(packet), bool(packet.is_keyframe))


async def test_a_face_that_gives_packets_is_shown_by_itself() -> None:
    face = Packets()
    named(face)
    await _shown(face)
    with ThreadPoolExecutor(1) as pool:
        hub = IdleHub(view_of(face, pool, fps=25, bitrate=500_000), fps=25)
        stage = Stage(face, pool, 500_000, hub, uuid4(), face.system, face.parameters)
        assert isinstance(stage.view(), Greys)
        picture = await hub.subscribe().next()
        assert picture.keyframe
        await hub.close()


@pytest.mark.parametrize("name", registry.names("pose"))
async def test_a_pose(name: str) -> None:
    async with loaded("pose", name) as made:
        poses: Poses = made
        watcher = await poses.watch()
        try:
            await _watched(watcher)
        finally:
            await watcher.close()


async def _watched(watcher: PoseWatcher) -> None:
    picture = np.full((480, 640, 3), 128, np.uint8)
    picture[60:420, 20:380] = cv2.resize(cv2.imread(str(PICTURE)), (360, 360))[:, :, ::-1]
    seen = await watcher.detect(picture, 40.0, timeout=30)
    await watcher.reset(timeout=30)
    nobody = await watcher.detect(np.zeros_like(picture), 80.0, timeout=30)
    assert (seen.t_ms, nobody.t_ms) == (40.0, 80.0)
    for found in seen, nobody:
        for part, shape in SHAPES.items():
            points: NDArray[np.float32] = getattr(found, part)
            assert points.dtype == np.float32 and points.shape == shape
            assert np.isfinite(points).all() or np.isnan(points).all(), "seen, or NaN throughout"
    assert seen.mask.any() and not nobody.mask.any() and len(PARTS) == len(seen.mask)
    encoder, version, parameters = await watcher.describe(timeout=30)
    assert encoder and version
    json.dumps(parameters, allow_nan=False)
    wrong: Any = np.zeros((4, 4), np.float32)
    with pytest.raises(Exception, match="picture"):
        await watcher.detect(wrong, 0.0, timeout=30)


@pytest.mark.parametrize("name", registry.names("vision"))
async def test_an_eye(name: str) -> None:
    async with loaded("vision", name) as made:
        if made is None:
            return  # the eye that needs no engine: landmarks are looked at in any case
        eye: Vision = made
        named(eye)
        seen = await eye.describe(PICTURE.read_bytes(), "image/webp")
        assert 0 < len(seen.description) <= 2_000
        json.dumps(seen.details, allow_nan=False)
        with pytest.raises(VisionError):
            await eye.describe(FAIL.encode(), "image/webp")


@pytest.mark.parametrize("name", registry.names("embeddings"))
async def test_an_embedder(name: str) -> None:
    async with loaded("embeddings", name) as made:
        embedder: Embedder = made
        named(embedder)
        texts = [
            "When does the shop open?",
            "Opening hours of the shop",
            "Frogs are green",
            "é" * 5000,
        ]
        vectors = await asyncio.gather(*(asyncio.to_thread(embedder.embed, text) for text in texts))
        for vector in vectors:
            assert vector.dtype == np.float32 and vector.shape == (384,)
            assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)
        assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
        assert np.array_equal(embedder.embed(texts[0]), vectors[0])
