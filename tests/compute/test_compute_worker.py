"""A worker and its process: real processes throughout."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from visavis.compute import worker as worker_module
from visavis.compute.worker import Worker, WorkerDied, WorkerError

ENGINES = str(Path(__file__).parent)


@pytest.fixture(autouse=True)
def engines_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ENGINES)


class Faults(list[tuple[str, str]]):
    """What on_fault was told; `wait` returns at the next."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    def __call__(self, kind: str, message: str) -> None:
        self.append((kind, message))
        self.told.set()


async def started(**kwargs: Any) -> Worker:
    worker = Worker("engines_for_tests:Abacus", name="abacus", **kwargs)
    await worker.start(30)
    return worker


@pytest.fixture
async def faults() -> Faults:
    return Faults()


@pytest.fixture
async def abacus(faults: Faults) -> AsyncIterator[Worker]:
    worker = await started(on_fault=faults, start=5, slots=2)
    yield worker
    await worker.stop()


async def until_alive(worker: Worker) -> None:
    async with asyncio.timeout(20):
        while not worker.alive:  # noqa: ASYNC110 - there is no event for it outside
            await asyncio.sleep(0.02)


async def test_a_call_answers(abacus: Worker) -> None:
    assert await abacus.call("add", 2, timeout=5) == 7
    array = np.arange(100_000, dtype=np.float32)
    assert np.array_equal(await abacus.call("double", array, timeout=5), array * 2)
    assert abacus.alive
    assert abacus.rss() > 1_000_000


async def test_what_the_engine_raises_comes_back_by_name(abacus: Worker) -> None:
    with pytest.raises(WorkerError, match="KeyError: 'no such bead'") as caught:
        await abacus.call("fail", timeout=5)
    assert caught.value.kind == "KeyError"
    assert "engines_for_tests.py" in caught.value.trace
    with pytest.raises(WorkerError, match="AttributeError"):
        await abacus.call("divide", timeout=5)
    with pytest.raises(WorkerError):
        await abacus.call("unpicklable", timeout=5)
    assert await abacus.call("add", 1, timeout=5) == 6


async def test_arguments_that_cannot_be_pickled_harm_nobody(abacus: Worker) -> None:
    with pytest.raises((AttributeError, TypeError)):
        await abacus.call("add", lambda: None, timeout=5)
    assert await abacus.call("add", 1, timeout=5) == 6


async def test_a_constructor_that_raises_fails_the_start() -> None:
    worker = Worker("engines_for_tests:Abacus", name="abacus", start=-1)
    with pytest.raises(WorkerError, match="ValueError: start must not be negative"):
        await worker.start(30)
    assert not worker.alive
    assert worker.pid is None
    missing = Worker("engines_for_tests:Nothing", name="nothing")
    with pytest.raises(WorkerError, match="AttributeError"):
        await missing.start(30)


async def test_a_start_that_takes_too_long_leaves_no_process() -> None:
    worker = Worker("engines_for_tests:Abacus", name="abacus")
    with pytest.raises(TimeoutError, match=r"abacus was not built within 0\.001 s"):
        await worker.start(0.001)
    assert worker.pid is None


async def test_a_deadline_frees_the_caller_and_slots_serve_others(abacus: Worker) -> None:
    with pytest.raises(TimeoutError, match=r"abacus\.sleep did not answer within 0.05 s"):
        await abacus.call("sleep", 0.6, timeout=0.05)
    assert await abacus.call("add", 1, timeout=0.4) == 6  # the second slot
    assert await abacus.call("sleep", 0.0, timeout=5) == 0.0


async def test_an_abandoned_request_in_the_queue_is_never_run(tmp_path: Path) -> None:
    worker = await started(log=str(tmp_path / "log"))
    try:
        busy = asyncio.create_task(worker.call("sleep", 0.3, timeout=5))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await anext(worker.stream("count", 3, timeout=0.05))
        await busy
        assert await worker.call("add", 1, timeout=5) == 1
        assert not (tmp_path / "log").exists()
    finally:
        await worker.stop()


async def test_more_than_the_backlog_is_refused(abacus: Worker) -> None:
    calls = [
        asyncio.create_task(abacus.call("sleep", 0.01, timeout=10))
        for _ in range(worker_module.BACKLOG)
    ]
    await asyncio.sleep(0)
    with pytest.raises(WorkerError, match="Busy"):
        await abacus.call("add", 1, timeout=5)
    await asyncio.gather(*calls)
    assert await abacus.call("add", 1, timeout=5) == 6


async def test_killed_it_tells_and_starts_again(abacus: Worker, faults: Faults) -> None:
    before = abacus.pid
    waiting = asyncio.create_task(abacus.call("sleep", 30.0, timeout=60))
    await asyncio.sleep(0)
    with pytest.raises(WorkerDied):
        await abacus.call("die", timeout=5)
    with pytest.raises(WorkerDied):
        await waiting
    with pytest.raises(WorkerDied, match="not running"):
        await abacus.call("add", 1, timeout=5)
    await until_alive(abacus)
    assert await abacus.call("add", 1, timeout=5) == 6
    assert abacus.pid != before
    assert [kind for kind, _ in faults] == ["worker_died"]
    assert "SIGKILL" in faults[0][1]


async def test_each_process_is_a_life_that_begins_and_ends(faults: Faults) -> None:
    told: list[str] = []

    def begin(name: str) -> Callable[[], None]:
        told.append(f"{name} begins")
        return lambda: told.append(f"{name} ends")

    worker = await started(on_fault=faults, on_life=begin, start=5)
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await asyncio.wait_for(faults.told.wait(), 20)
    await until_alive(worker)
    await worker.stop()
    assert told == ["abacus begins", "abacus ends"] * 2


async def test_stuck_it_is_killed_and_started_again(
    abacus: Worker, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "STUCK_AFTER", 0.1)
    with pytest.raises(TimeoutError):
        await abacus.call("sleep", 60.0, timeout=0.01)
    async with asyncio.timeout(10):
        await faults.told.wait()
    assert faults[0][0] == "worker_stuck"
    faults.told.clear()
    async with asyncio.timeout(10):
        await faults.told.wait()
    await until_alive(abacus)
    assert await abacus.call("add", 1, timeout=5) == 6


async def test_a_stream_gives_every_item_in_order(abacus: Worker) -> None:
    stream = abacus.stream("count", 500, timeout=5)  # more than may be sent ahead
    assert [item async for item in stream] == list(range(500))


async def test_a_stream_that_raises_gives_what_came_before(abacus: Worker) -> None:
    items = []
    with pytest.raises(WorkerError, match="broke after one"):
        async for item in abacus.stream("count_and_fail", timeout=5):
            items.append(item)
    assert items == [1]


async def test_closing_a_stream_closes_the_generator(tmp_path: Path) -> None:
    log = tmp_path / "log"
    worker = await started(log=str(log))
    try:
        async with aclosing(worker.stream("count", 10_000, 0.005, timeout=5)) as stream:
            async for item in stream:
                if item == 3:
                    break
        assert await worker.call("add", 1, timeout=5) == 1  # the only slot is free again
        assert int(log.read_text()) < 20
    finally:
        await worker.stop()


async def test_a_reader_that_stops_taking_holds_the_generator_back(tmp_path: Path) -> None:
    log = tmp_path / "log"
    worker = await started(log=str(log), slots=2)
    try:
        async with aclosing(worker.stream("count", 10_000, timeout=5)) as stream:
            await anext(stream)
            await worker.call("sleep", 0.1, timeout=5)
        await worker.call("sleep", 0.05, timeout=5)
        assert int(log.read_text()) <= 70
    finally:
        await worker.stop()


async def test_a_terminals_ctrl_c_never_reaches_it(abacus: Worker) -> None:
    assert abacus.pid is not None
    assert os.getpgid(abacus.pid) != os.getpgid(0)


async def test_threads_and_niceness_are_set(faults: Faults) -> None:
    worker = await started(threads=1, nice=3)
    try:
        assert await worker.call("environment", "OMP_NUM_THREADS", timeout=5) == "1"
        assert await worker.call("environment", "OPENBLAS_NUM_THREADS", timeout=5) == "1"
        assert await worker.call("cv2_threads", timeout=20) == 1
        assert await worker.call("niceness", timeout=5) == os.nice(0) + 3
    finally:
        await worker.stop()


async def test_ctrl_c_is_the_parents_to_answer(abacus: Worker) -> None:
    assert abacus.pid is not None
    os.kill(abacus.pid, signal.SIGINT)
    assert await abacus.call("add", 1, timeout=5) == 6


@pytest.mark.parametrize("busy", [("sleep", 30.0), ("hog",)])
async def test_stop_ends_a_busy_process_within_two_seconds(
    faults: Faults, busy: tuple[Any, ...]
) -> None:
    worker = await started(on_fault=faults)
    process = psutil.Process(worker.pid)
    waiting = asyncio.create_task(worker.call(*busy, timeout=60))
    await asyncio.sleep(0)
    async with asyncio.timeout(2):
        await worker.stop()
    assert not process.is_running()
    with pytest.raises(WorkerDied):
        await waiting
    assert not faults
    assert worker.rss() == 0
    await worker.stop()  # twice does no harm


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_it_dies_with_its_parent() -> None:
    script = textwrap.dedent(
        f"""
        import asyncio, sys
        sys.path.insert(0, {ENGINES!r})
        from visavis.compute.worker import Worker

        async def main():
            worker = Worker("engines_for_tests:Abacus", name="abacus")
            await worker.start(30)
            print(worker.pid, flush=True)
            await worker.call("hog", timeout=60)

        asyncio.run(main())
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(2)
