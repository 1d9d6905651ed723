"""Whose turn it is at a worker, and until when: real processes throughout."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from compute.workers import Faults, started

from visavis.compute import requests, wire
from visavis.compute.asker import Asker, Priority
from visavis.compute.host import Host
from visavis.compute.wire import FrameKind
from visavis.compute.worker import Worker, WorkerError


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
        build = [sys.path, "engines_for_tests:Abacus", {"log": log}, 0, 1, 0]
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
