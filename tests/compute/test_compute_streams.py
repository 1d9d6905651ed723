"""Streams of a worker's process: in order, bounded, closed with their reader."""

from contextlib import aclosing
from pathlib import Path

import pytest
from compute.workers import started

from visavis.compute.worker import Worker, WorkerError


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
