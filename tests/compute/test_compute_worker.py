"""A worker and its process: real processes throughout."""

import asyncio
import os
import signal
import struct
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil
import pytest
from compute.workers import ENGINES, Faults, started, until_ready

from visavis.compute import requests
from visavis.compute.asker import Asker
from visavis.compute.codec import CodecError
from visavis.compute.worker import Worker, WorkerDied, WorkerError


async def test_a_call_answers(abacus: Worker) -> None:
    assert await abacus.call("add", 2, timeout=5) == 7
    array = np.arange(100_000, dtype=np.float32)
    assert np.array_equal(await abacus.call("double", array, timeout=5), array * 2)


async def test_what_the_engine_raises_comes_back_by_name(abacus: Worker) -> None:
    with pytest.raises(WorkerError, match="KeyError: 'no such bead'") as caught:
        await abacus.call("fail", timeout=5)
    assert caught.value.kind == "KeyError"
    assert "engines_for_tests.py" in caught.value.trace
    with pytest.raises(WorkerError, match="AttributeError"):
        await abacus.call("divide", timeout=5)
    with pytest.raises(WorkerError, match=r"CodecError: .*builtins\.function"):
        await abacus.call("strange", timeout=5)
    with pytest.raises(WorkerError, match=r"CodecError: .*engines_for_tests:Bead.* isn't carried"):
        await abacus.call("bead", timeout=5)
    assert await abacus.call("add", 1, timeout=5) == 6


async def test_arguments_that_cannot_cross_harm_nobody(abacus: Worker) -> None:
    for _ in range(2 * requests.BACKLOG):  # and hold no place in the queue
        with pytest.raises(CodecError, match=r"add's request\.args\[0\] can't cross"):
            await abacus.call("add", lambda: None, timeout=5)
        with pytest.raises(struct.error):
            await abacus.call("add", 1, timeout=5, asker=Asker(generation=1 << 40))
    assert await abacus.call("add", 1, timeout=5) == 6


async def test_a_constructor_that_raises_fails_the_start() -> None:
    worker = Worker("engines_for_tests:Abacus", name="abacus", start=-1)
    with pytest.raises(WorkerError, match="ValueError: start must not be negative"):
        await worker.start(30)
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
    await until_ready(abacus)
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
    await until_ready(worker)
    await worker.stop()
    assert told == ["abacus begins", "abacus ends"] * 2


async def test_stuck_it_is_killed_and_started_again(
    abacus: Worker, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "STUCK_AFTER", 0.1)
    with pytest.raises(TimeoutError):
        await abacus.call("sleep", 60.0, timeout=0.01)
    async with asyncio.timeout(10):
        await faults.told.wait()
    assert faults[0][0] == "worker_stuck"
    faults.told.clear()
    async with asyncio.timeout(10):
        await faults.told.wait()
    await until_ready(abacus)
    assert await abacus.call("add", 1, timeout=5) == 6


async def test_a_terminals_ctrl_c_never_reaches_it(abacus: Worker) -> None:
    assert abacus.pid is not None
    assert os.getpgid(abacus.pid) != os.getpgid(0)


async def test_threads_and_niceness_are_set(faults: Faults) -> None:
    worker = await started(threads=1, nice=3)
    try:
        assert await worker.call("environment", "OMP_NUM_THREADS", timeout=5) == "1"
        assert await worker.call("environment", "OPENBLAS_NUM_THREADS", timeout=5) == "1"
        assert await worker.call("cv2_threads", timeout=20) == 1
        assert await worker.call("niceness", timeout=5) == min(19, os.nice(0) + 3)
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


async def test_arrays_that_cross_belong_to_who_gets_them(abacus: Worker) -> None:
    array = np.arange(3, dtype=np.int16)
    found = await abacus.call("bump", array, timeout=5)
    found += 1
    assert [*array] == [0, 1, 2] and [*found] == [2, 3, 4]
