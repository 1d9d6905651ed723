"""A worker and its process: real processes throughout."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import psutil
import pytest

from visavis.compute import requests, wire
from visavis.compute.asker import Asker, Priority
from visavis.compute.codec import CodecError
from visavis.compute.host import Host
from visavis.compute.wire import FrameKind
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


async def until_ready(worker: Worker) -> None:
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(WorkerDied):
                await worker.call("rest", timeout=20)
                return
            await asyncio.sleep(0.02)  # there is no event for it outside


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
        asyncio.create_task(abacus.call("sleep", 0.01, timeout=10)) for _ in range(requests.BACKLOG)
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


# -- whose turn it is, and until when ------------------------------------------------------

CALL = UUID(int=1)
MILL, WEIR = Asker(CALL), Asker(UUID(int=2))


async def noted(worker: Worker, *names: str, asker: Asker) -> None:
    await asyncio.gather(*(worker.call("note", name, timeout=20, asker=asker) for name in names))


@pytest.fixture
async def scribe(tmp_path: Path) -> AsyncIterator[Worker]:
    """One slot, so that requests wait; ``log`` holds the order in which they were done."""
    worker = await started(log=str(tmp_path / "log"))
    yield worker
    await worker.stop()


@pytest.fixture
async def busy(scribe: Worker) -> AsyncIterator[None]:
    """The only slot is taken for 0.3 s."""
    taken = asyncio.create_task(scribe.call("sleep", 0.3, timeout=20))
    await asyncio.sleep(0)
    yield
    await taken


async def test_a_call_that_floods_makes_another_wait_for_one(
    scribe: Worker, busy: None, tmp_path: Path
) -> None:
    await asyncio.gather(
        noted(scribe, "a1", "a2", "a3", "a4", asker=MILL),
        noted(scribe, "b1", "b2", asker=WEIR),
        noted(scribe, "b0", asker=replace(WEIR, priority=Priority.BACKGROUND)),
    )
    assert (tmp_path / "log").read_text().split() == ["a1", "b1", "a2", "b2", "a3", "a4", "b0"]


async def test_a_call_may_not_fill_the_queue(scribe: Worker, busy: None) -> None:
    flood = [
        asyncio.create_task(scribe.call("rest", timeout=20, asker=MILL))
        for _ in range(requests.CALL_BACKLOG)
    ]
    await asyncio.sleep(0)
    with pytest.raises(WorkerError, match="Busy: 16 requests of this call already wait"):
        await scribe.call("rest", timeout=20, asker=MILL)
    await scribe.call("rest", timeout=20, asker=WEIR)
    await asyncio.gather(*flood)
    await scribe.call("rest", timeout=20, asker=MILL)


async def test_a_calls_requests_are_cancelled_at_once(
    scribe: Worker, busy: None, tmp_path: Path
) -> None:
    ours = [
        asyncio.create_task(scribe.call("note", f"a{number}", timeout=20, asker=MILL))
        for number in range(3)
    ]
    theirs = asyncio.create_task(noted(scribe, "b", asker=WEIR))
    await asyncio.sleep(0)
    scribe.cancel(CALL)
    for cancelled in ours:
        with pytest.raises(WorkerError, match=r"Cancelled: nobody waits for abacus\.note any"):
            await cancelled
    await theirs
    await noted(scribe, "a", asker=MILL)
    assert (tmp_path / "log").read_text().split() == ["b", "a"]


async def test_those_of_older_generations_alone(scribe: Worker, busy: None, tmp_path: Path) -> None:
    replies = [
        asyncio.create_task(scribe.call("note", str(number), timeout=20, asker=asker))
        for number in range(1, 5)
        for asker in [replace(MILL, generation=number)]
    ]
    transcript = asyncio.create_task(noted(scribe, "words", asker=MILL))
    await asyncio.sleep(0)
    scribe.cancel(CALL, before=3)
    outcomes = await asyncio.gather(*replies, return_exceptions=True)
    assert [isinstance(outcome, WorkerError) for outcome in outcomes] == [True, True, False, False]
    await transcript
    assert (tmp_path / "log").read_text().split() == ["3", "4", "words"]


async def test_a_cancelled_stream_ends_in_the_middle(tmp_path: Path) -> None:
    log = tmp_path / "log"
    worker = await started(log=str(log))
    try:
        stream = worker.stream("count", 10_000, 0.005, timeout=5, asker=MILL)
        assert await anext(stream) == 0
        worker.cancel(CALL)
        with pytest.raises(WorkerError, match="Cancelled"):
            await anext(stream)
        await worker.call("rest", timeout=5)  # the only slot is free again
        assert int(log.read_text()) < 20
    finally:
        await worker.stop()


async def test_what_is_late_in_the_queue_is_never_computed(tmp_path: Path) -> None:
    """Asked of the process itself, so that no parent cancels it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "visavis.compute.child",
            str(theirs.fileno()),
            str(os.getpid()),
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        log = str(tmp_path / "log")
        build = [sys.path, "engines_for_tests:Abacus", {"log": log}, 0, 1]
        writer.write(wire.answer(FrameKind.BUILD, 0, build))
        assert (await wire.read(reader))[0] == FrameKind.RESULT
        writer.write(wire.request(FrameKind.CALL, 1, MILL, 20.0, "note", ("in time", 0.3)))
        writer.write(wire.request(FrameKind.CALL, 2, MILL, 0.1, "note", ("late",)))
        writer.write(wire.request(FrameKind.STREAM, 3, WEIR, 0.1, "count", (3,)))
        writer.write(wire.request(FrameKind.CALL, 4, WEIR, 20.0, "note", ("in time",)))
        answers = [(await wire.read(reader))[:2] for _ in range(4)]
        assert sorted(answers) == [
            (FrameKind.RESULT, 1),
            (FrameKind.RESULT, 4),
            (FrameKind.LATE, 2),
            (FrameKind.LATE, 3),
        ]
        assert (tmp_path / "log").read_text().split() == ["in", "time", "in", "time"]
        writer.close()
        assert await process.wait() == 0


async def test_arrays_that_cross_belong_to_who_gets_them(abacus: Worker) -> None:
    array = np.arange(3, dtype=np.int16)
    found = await abacus.call("bump", array, timeout=5)
    found += 1
    assert [*array] == [0, 1, 2] and [*found] == [2, 3, 4]


async def test_a_host_cancels_for_all_its_workers(faults: Faults) -> None:
    host = Host(faults)
    factory = "engines_for_tests:Abacus"
    first = await host.start(factory, name="first")
    second = host.worker(factory, name="second")
    await second.start(30)
    try:
        asking = [
            asyncio.create_task(worker.call("sleep", 0.2, timeout=20, asker=MILL))
            for worker in (first, second)
        ]
        await asyncio.sleep(0)
        host.cancel(CALL)
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert [getattr(outcome, "kind", None) for outcome in outcomes] == ["Cancelled"] * 2
    finally:
        await second.stop()
        await host.stop()


async def test_what_is_cancelled_in_the_queue_is_gone_and_never_stuck(
    scribe: Worker, busy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "STUCK_AFTER", 0.15)  # the slot is taken for longer
    waiting = asyncio.create_task(scribe.call("rest", timeout=20, asker=MILL))
    await asyncio.sleep(0)
    scribe.cancel(CALL)
    with pytest.raises(WorkerError, match="Cancelled"):
        await waiting
    await scribe.call("rest", timeout=20, asker=WEIR)
