"""What is open between a worker and its process, in virtual time."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from virtual_time import run

from visavis.compute.asker import NOBODY, Asker
from visavis.compute.errors import WorkerError
from visavis.compute.requests import BACKLOG, CALL_BACKLOG, STUCK_AFTER, Requests
from visavis.compute.wire import FrameKind

CALL = UUID(int=1)
MILL, WEIR = Asker(CALL), Asker(UUID(int=2))


def stuck() -> None:
    raise AssertionError("nothing is stuck here")


def test_one_call_may_not_fill_it_and_all_together_may() -> None:
    requests = Requests("stt", stuck)
    for _ in range(CALL_BACKLOG):
        requests.open(MILL)
    with pytest.raises(WorkerError, match="16 requests of this call already wait for stt"):
        requests.open(MILL)
    requests.open(WEIR)
    for _ in range(BACKLOG - CALL_BACKLOG - 1):
        requests.open(NOBODY)
    with pytest.raises(WorkerError, match="64 requests already wait for stt"):
        requests.open(WEIR)
    requests.deal(FrameKind.RESULT, 1, b"")
    requests.open(MILL)


def test_a_calls_own_of_all_or_of_older_generations() -> None:
    requests = Requests("chat", stuck)
    old, new = (requests.open(replace(MILL, generation=number)) for number in (1, 2))
    words = requests.open(MILL)
    requests.open(replace(WEIR, generation=1))
    assert requests.of(CALL) == [old, new, words]
    assert requests.of(CALL, before=2) == [old]
    assert requests.of(CALL, before=3) == [old, new]


def test_cancelled_twice_it_is_told_once() -> None:
    requests = Requests("chat", stuck)
    request = requests.open(MILL)
    requests.cancel(request)
    requests.cancel(request)
    assert request.cancelled and request.inbox.qsize() == 1


def test_an_answer_that_nobody_asked_for_ends_the_connection() -> None:
    requests = Requests("stt", stuck)
    requests.open(MILL)
    with pytest.raises(ConnectionError, match="an answer to no request of stt"):
        requests.deal(FrameKind.RESULT, 7, b"")


def test_who_ignores_that_nobody_waits_is_stuck() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        told: list[float] = []
        requests = Requests("stt", lambda: told.append(loop.time()))
        ended, ignored, answered = (requests.open(MILL) for _ in range(3))
        requests.deal(FrameKind.RESULT, answered.number, b"")
        assert not requests.abandon(answered)
        assert requests.abandon(ended) and requests.abandon(ignored)
        assert not requests.abandon(ignored)  # known already
        await asyncio.sleep(STUCK_AFTER / 2)
        requests.deal(FrameKind.END, ended.number, b"")
        await asyncio.sleep(STUCK_AFTER)
        assert told == [STUCK_AFTER]

    run(main())


def test_when_the_process_dies_all_are_freed_and_none_is_stuck() -> None:
    async def main() -> None:
        requests = Requests("stt", stuck)
        one, other = requests.open(MILL), requests.open(WEIR)
        requests.abandon(one)
        requests.die()
        assert [request.inbox.get_nowait()[0] for request in (one, other)] == [FrameKind.DIED] * 2
        assert one not in requests
        await asyncio.sleep(2 * STUCK_AFTER)

    run(main())
