"""The call before all calls."""

import asyncio
from collections.abc import Iterator

import aioice.ice
import pytest

from visavis.call.rtc import ice
from visavis.node import rehearsal
from visavis.node.rehearsal import rehearse


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    hosts = aioice.ice.get_host_addresses
    gather = aioice.ice.Connection.get_component_candidates
    yield
    aioice.ice.get_host_addresses = hosts
    aioice.ice.Connection.get_component_candidates = gather


async def test_it_connects_and_leaves_nothing() -> None:
    ice.offer_hosts(["127.0.0.1"])
    assert 0 < await rehearse(ice.configuration()) < 5_000
    assert len(asyncio.all_tasks()) == 1


async def test_without_a_way_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "PATIENCE_S", 0.3)
    # TEST-NET-1 (RFC 5737): no interface has it, so there is nothing to offer.
    ice.offer_hosts(["192.0.2.1"])
    with pytest.raises(TimeoutError):
        await rehearse(ice.configuration())
