"""A face that draws nonsense, breaks or is stuck freezes nobody's picture."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from overhear import faults

from visavis.call.events import Bus
from visavis.call.face import idle
from visavis.call.face.idle import IdleHub
from visavis.call.face.view import DrawnView
from visavis.engines.lipsync import view as showing
from visavis.engines.lipsync.base import Frame, Tick
from visavis.engines.lipsync.checked import WrongPicture, size_of
from visavis.engines.lipsync.view import shown
from visavis.engines.lipsync.visemes import AT_REST

SIZE = 64
GOOD = np.full((SIZE * 3 // 2, SIZE), 128, np.uint8)
TICK = Tick(AT_REST, 0.0)


class Face:
    size = SIZE

    def __init__(self, *draws: Any) -> None:
        self.draws = list(draws)
        self.go_on = threading.Event()

    def draw(self, tick: Tick) -> Any:
        drawn = self.draws.pop(0) if self.draws else GOOD
        if isinstance(drawn, str):  # "stuck"
            self.go_on.wait(30)
            return GOOD
        if isinstance(drawn, Exception):
            raise drawn
        return drawn

    def rest(self) -> Frame:
        return GOOD

    def asleep(self) -> Frame:
        return GOOD


def view(face: Face) -> DrawnView:
    return DrawnView(face, ThreadPoolExecutor(2), fps=25, bitrate=800_000)


@pytest.mark.parametrize(
    "drawn", [None, GOOD[:10], GOOD.astype(np.float32), np.zeros((SIZE, SIZE, 3), np.uint8)]
)
async def test_a_picture_of_the_wrong_kind_is_refused_and_not_shown_again(drawn: Any) -> None:
    own = view(Face(drawn))
    with pytest.raises(WrongPicture, match=r"^Face drew"):
        await own.show(TICK)
    assert (await own.again(keyframe=True)).keyframe
    assert await own.show(TICK) is not None


async def test_what_can_not_leave_a_thread_is_an_error_all_the_same() -> None:
    async with asyncio.timeout(10):
        with pytest.raises(RuntimeError, match="Face raised StopIteration"):
            await view(Face(StopIteration())).show(TICK)


@pytest.mark.parametrize("size", [0, 333, "512", 8192, None])
def test_a_size_that_no_picture_has_is_refused(size: Any) -> None:
    face: Any = Face()
    face.size = size
    with pytest.raises(WrongPicture, match="multiple of 16"):
        size_of(face)


async def test_a_picture_that_is_stuck_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "SHOW_S", 0.05)
    face = Face("stuck")
    with pytest.raises(TimeoutError, match="no picture came"):
        await shown(view(face), TICK)
    face.go_on.set()


@pytest.mark.parametrize("drawn", ["stuck", GOOD[:10]])
async def test_the_hub_goes_on_with_a_still_picture(
    drawn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "SHOW_S", 0.2)
    monkeypatch.setattr(idle, "REST_S", 0.1)
    face, bus = Face(drawn), Bus()
    heard = faults(bus)
    hub = IdleHub(view(face), bus=bus)
    subscription = hub.subscribe()
    async with asyncio.timeout(20):
        pictures = [await subscription.next() for _ in range(8)]
    assert pictures[0].keyframe and hub.running
    assert [kind for kind, _ in heard] == ["idle_face"]
    face.go_on.set()
    await hub.close()


async def test_a_hub_that_has_nothing_to_show_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    face, bus = Face(GOOD[:10]), Bus()
    monkeypatch.setattr(face, "asleep", lambda: None)
    heard = faults(bus)
    hub = IdleHub(view(face), bus=bus)
    subscription = hub.subscribe()
    async with asyncio.timeout(20):
        assert (await subscription.next()).keyframe
    assert [kind for kind, _ in heard] == ["idle_face"]
    await hub.close()
