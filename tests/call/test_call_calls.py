"""Who gets a line: calls that haven't connected hold few, and not for long."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import virtual_time
from call.fake_calls import FakeCall, of, opened

from visavis.call.calls import Busy, Calls, Unconnected, Waking
from visavis.call.commands.commands import EndCall

Making = Callable[[], Calls]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Making:
    return lambda: opened(monkeypatch)[0]


async def refused(calls: Calls, address: str) -> float:
    with pytest.raises((Busy, Unconnected)) as told:
        await calls.open("v", of(address))
    error: Any = told.value
    return float(error.retry_s)


def test_an_address_has_two_calls_that_have_not_connected(calls: Making) -> None:
    async def main() -> None:
        it = calls()
        found = await asyncio.gather(
            *(it.open("v", of("a")) for _ in range(3)), return_exceptions=True
        )
        assert [type(one) for one in found] == [tuple, tuple, Unconnected]
        assert len(FakeCall.made) == 2, "a refused call is none"
        FakeCall.made[0].connected = True
        await it.open("v", of("a"))
        assert await refused(it, "a") == 5

    virtual_time.run(main())


def test_who_calls_while_the_node_wakes_up_is_told_so(calls: Making) -> None:
    async def main() -> None:
        it = calls()
        it.engines = None
        assert it.full() is None, "it is not full"
        with pytest.raises(Waking, match="waking up"):
            await it.open("v", of("a"))

    virtual_time.run(main())


def test_without_an_address_nobody_counts(calls: Making) -> None:
    async def main() -> None:
        it = calls()
        for _ in range(3):
            await it.open("v", of(""))
        assert len(it) == 3

    virtual_time.run(main())


def test_a_hung_up_call_holds_nothing(calls: Making) -> None:
    async def main() -> None:
        it = calls()
        for _ in range(5):
            call, _ = await it.open("v", of("a"))
            await it.do(EndCall(call=UUID(call)))
        assert len(it) == 0 and {one.ended for one in FakeCall.made} == {"hung up"}

    virtual_time.run(main())


def test_where_all_lines_are_taken_the_oldest_that_never_connected_gives_way(
    calls: Making,
) -> None:
    async def main() -> None:
        it = calls()
        for address in ("a", "a", "b"):
            await it.open("v", of(address))
        waits = await refused(it, "c")
        assert 2 < waits < 3 and it.full() is not None
        await asyncio.sleep(waits + 0.01)
        assert it.full() is None
        await it.open("v", of("c"))
        assert len(it) == 3
        await asyncio.sleep(1)
        assert [one.ended for one in FakeCall.made] == ["gave way", "", "", ""]

    virtual_time.run(main())


def test_nobody_pushes_others_out_by_calling_twice(calls: Making) -> None:
    async def main() -> None:
        it = calls()
        for address in ("late", "a", "b"):
            await it.open("v", of(address))
        await asyncio.sleep(4)
        for _ in range(3):
            await it.open("v", of("a"))
        await asyncio.sleep(1)
        assert [one.ended for one in FakeCall.made][:3] == ["", "gave way", ""]
        assert len(it) == 3

    virtual_time.run(main())


def test_calls_that_have_connected_stay(calls: Making) -> None:
    async def main() -> None:
        it = calls()
        for address in ("a", "b", "c"):
            await it.open("v", of(address))
        for one in FakeCall.made:
            one.connected = True
        await asyncio.sleep(100)
        assert it.full() == 10 and await refused(it, "d") == 10
        assert {one.ended for one in FakeCall.made} == {""}

    virtual_time.run(main())
