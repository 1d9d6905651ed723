"""What goes round in circles is given back, what is frozen is left alone."""

import asyncio
import gc
import weakref

import pytest

from visavis.compute import memory


class Circle:
    def __init__(self) -> None:
        self.self = self


async def test_circles_go_soon_after_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "AFTER_S", 0.0)
    gc.disable()
    try:
        before = gc.get_freeze_count()
        memory.freeze()
        assert gc.get_freeze_count() > before
        gone = weakref.ref(Circle())
        memory.tidy_soon()
        assert gone() is not None
        await asyncio.sleep(0.01)
        assert gone() is None
    finally:
        gc.unfreeze()
        gc.enable()
