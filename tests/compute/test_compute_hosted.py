"""Engines that are hosted tell their worker who asks; others are used as they are."""

from collections.abc import AsyncGenerator
from typing import Any, cast
from uuid import UUID

import numpy as np
import pytest

from visavis.call.camera.pose_pool import PosePool
from visavis.compute.asker import NOBODY, Asker, Priority
from visavis.compute.worker import Worker, WorkerError
from visavis.engines.base import asked_by
from visavis.engines.chat.base import CANCELLED, EngineError
from visavis.engines.chat.hosted import LocalEngine
from visavis.engines.chat.messages import Message
from visavis.engines.pose.hosted import HostedHolistic
from visavis.engines.stt.hosted import HostedWhisper

MILL = Asker(UUID(int=1), 7)
PCM = np.zeros(320, np.int16)


class Told:
    """A worker that notes what it is asked, and by whom."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Asker]] = []

    async def start(self) -> None:
        """Nothing to start."""

    async def call(self, method: str, *args: Any, timeout: float, asker: Asker = NOBODY) -> Any:
        self.asked.append((method, asker))

    async def stream(
        self, method: str, *args: Any, timeout: float, asker: Asker = NOBODY
    ) -> AsyncGenerator[str, None]:
        self.asked.append((method, asker))
        yield "yes"


async def test_hearing_says_who_asks() -> None:
    told = Told()
    engine = HostedWhisper(cast(Worker, told))
    ours = asked_by(engine, MILL)
    await ours.transcribe(PCM, timeout=1.0)
    await ours.finished(PCM, timeout=1.0)
    await engine.finished(PCM, timeout=1.0)
    assert told.asked == [("transcribe", MILL), ("finished", MILL), ("finished", NOBODY)]


async def test_thinking_says_who_asks_and_reads_ahead_less_urgently() -> None:
    told = Told()
    engine = LocalEngine(cast(Worker, told), "qwen.gguf", 3.0)
    ours = asked_by(engine, MILL)
    assert (ours.system, ours.parameters) == (engine.system, engine.parameters)
    await ours.prime([Message("user", "hello")])
    reply = ours.reply([Message("user", "hello")], max_tokens=1, temperature=0.0)
    assert [piece async for piece in reply] == ["yes"]
    ahead = Asker(MILL.call, MILL.generation, Priority.AHEAD)
    assert told.asked == [("prime", ahead), ("reply", MILL)]


async def test_what_is_cancelled_is_no_failure_of_the_model() -> None:
    class Cancelled(Told):
        async def stream(self, *args: Any, **options: Any) -> AsyncGenerator[str, None]:
            yield "yes"
            raise WorkerError("Cancelled", "nobody waits")

    engine = LocalEngine(cast(Worker, Cancelled()))
    with pytest.raises(EngineError) as told:
        async for _ in engine.reply([Message("user", "hello")], max_tokens=1, temperature=0.0):
            pass
    assert told.value.kind == CANCELLED


async def test_looking_says_who_asks() -> None:
    told = Told()

    class Host:
        def worker(self, factory: str, **more: Any) -> Told:
            return told

    pool = PosePool(HostedHolistic(cast(Any, Host()), 1), 1)
    lease = pool.lease(MILL)
    await lease.detect(np.zeros((4, 4, 3), np.uint8), 0.0, timeout=1.0)
    await lease.release()
    assert told.asked == [("detect", MILL), ("reset", NOBODY)]


def test_an_engine_that_is_not_hosted_is_used_as_it_is() -> None:
    engine = object()
    assert asked_by(engine, MILL) is engine
    assert asked_by(None, MILL) is None
