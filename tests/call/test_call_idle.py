"""One encode for all who wait, and nobody's slowness is another's."""

import asyncio
from typing import Any

import numpy as np
import pytest
from aiortc.codecs.vpx import Vp8Decoder
from aiortc.jitterbuffer import JitterFrame
from call.loopback import FlatFace, drawn, idle_hub, until
from numpy.typing import NDArray

from visavis.call.events import Bus, Faulted
from visavis.call.face.idle import QUEUE, IdleHub, Subscription
from visavis.engines.lipsync.base import Tick
from visavis.engines.lipsync.view import Encoded


def brightness(pictures: list[Encoded]) -> list[int]:
    """Decoded by a peer's decoder, from the first picture on."""
    decoder = Vp8Decoder()
    frames: list[Any] = []
    for n, picture in enumerate(pictures):
        frames += decoder.decode(JitterFrame(picture.data, n * 3600))
    return [int(frame.to_ndarray()[32, 32]) for frame in frames]


async def test_many_see_one_encode_each_from_a_keyframe() -> None:
    async with idle_hub() as hub:
        first = hub.subscribe()
        seen = [await first.next() for _ in range(8)]
        others = [hub.subscribe() for _ in range(30)]
        for other in others:
            got = [await other.next() for _ in range(2)]
            assert got[0].keyframe and not got[1].keyframe
        assert len(brightness(seen)) == 8
        assert hub.frames < 30
        for subscription in (first, *others):
            hub.unsubscribe(subscription)
        await until(lambda: not hub.running)
        frames = hub.frames
        again = hub.subscribe()
        assert (await again.next()).keyframe
        assert hub.frames <= frames + 2


async def test_keyframes_are_shared_and_rationed() -> None:
    async with idle_hub() as hub:
        one = hub.subscribe()
        await one.next()
        keyframes = []
        for _ in range(12):
            hub.request_keyframe()
            keyframes.append((await one.next()).keyframe)
        assert 1 <= sum(keyframes) <= 3


async def test_a_subscriber_that_lags_goes_on_from_a_keyframe() -> None:
    lagging = Subscription()
    assert not lagging.put(Encoded(b"before its keyframe", keyframe=False))
    assert not lagging.ready
    assert lagging.put(Encoded(b"k", keyframe=True))
    taken = [lagging.put(Encoded(b"d", keyframe=False)) for _ in range(QUEUE)]
    assert taken == [True] * (QUEUE - 1) + [False]
    assert (lagging.dropped, lagging.ready) == (QUEUE, False)
    assert not lagging.put(Encoded(b"d", keyframe=False))
    assert lagging.put(Encoded(b"k2", keyframe=True))
    assert (await lagging.next()).data == b"k2"


async def test_it_keeps_25_frames_a_second() -> None:
    async with idle_hub() as hub:
        one = hub.subscribe()
        await one.next()
        began = asyncio.get_running_loop().time()
        for _ in range(25):
            await one.next()
        assert asyncio.get_running_loop().time() - began == pytest.approx(1, abs=0.25)


async def test_a_face_that_cannot_be_drawn_is_told_once_and_stays() -> None:
    class Broken(FlatFace):
        def draw(self, tick: Tick) -> NDArray[np.uint8]:
            raise ValueError("no eyes")

    faults: list[tuple[str, str]] = []
    bus = Bus()
    bus.subscribe(Faulted, lambda it: faults.append((it.kind, it.description)))
    hub = IdleHub(drawn(Broken()), bus=bus)
    one = hub.subscribe()
    seen = [await one.next() for _ in range(4)]
    await hub.close()
    assert brightness(seen) == pytest.approx([128] * 4, abs=2)
    assert faults == [("idle_face", "ValueError: no eyes")]
