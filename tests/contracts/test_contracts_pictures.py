"""What draws, sees, describes and embeds keeps what its interface promises."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from contracts.registered import FAIL, loaded, named
from numpy.typing import NDArray

import visavis.personas
from visavis.compute.worker import Worker, WorkerError
from visavis.engines import registry
from visavis.engines.embeddings.base import Embedder
from visavis.engines.lipsync.base import Face, Tick
from visavis.engines.lipsync.visemes import VISEMES
from visavis.engines.pose.features import PARTS, SHAPES, Landmarks
from visavis.engines.vision.base import Vision
from visavis.engines.vision.openai import VisionError

PICTURE = Path(visavis.personas.__path__[0]) / "iris" / "portrait" / "neutral.webp"


@pytest.mark.parametrize("name", registry.names("lipsync"))
async def test_a_face(name: str) -> None:
    async with loaded("lipsync", name) as made:
        face: Face = made
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


@pytest.mark.parametrize("name", registry.names("pose"))
async def test_a_pose(name: str) -> None:
    async with loaded("pose", name) as made:
        another: Callable[[], Worker] = made
        worker = another()
        await worker.start()
        try:
            await _poses(worker)
        finally:
            await worker.stop()


async def _poses(worker: Worker) -> None:
    picture = np.full((480, 640, 3), 128, np.uint8)
    picture[60:420, 20:380] = cv2.resize(cv2.imread(str(PICTURE)), (360, 360))[:, :, ::-1]
    seen: Landmarks = await worker.call("detect", picture, 40.0, timeout=30)
    await worker.call("reset", timeout=30)
    nobody: Landmarks = await worker.call("detect", np.zeros_like(picture), 80.0, timeout=30)
    assert (seen.t_ms, nobody.t_ms) == (40.0, 80.0)
    for found in seen, nobody:
        for part, shape in SHAPES.items():
            points: NDArray[np.float32] = getattr(found, part)
            assert points.dtype == np.float32 and points.shape == shape
            assert np.isfinite(points).all() or np.isnan(points).all(), "seen, or NaN throughout"
    assert seen.mask.any() and not nobody.mask.any() and len(PARTS) == len(seen.mask)
    encoder, version, parameters = await worker.call("describe", timeout=30)
    assert encoder and version
    json.dumps(parameters, allow_nan=False)
    with pytest.raises(WorkerError, match="ValueError"):
        await worker.call("detect", np.zeros((4, 4), np.float32), 0.0, timeout=30)


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
        assert isinstance(embedder.system, str) and embedder.system
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
