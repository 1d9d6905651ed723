"""Which addresses are offered."""

import asyncio
from collections.abc import Iterator

import aioice.ice
import pytest
from aiortc import RTCPeerConnection

from server.call import ice


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    hosts = aioice.ice.get_host_addresses
    gather = aioice.ice.Connection.get_component_candidates
    yield
    aioice.ice.get_host_addresses = hosts
    aioice.ice.Connection.get_component_candidates = gather


async def offered(servers: list[str] | None = None) -> list[str]:
    connection = RTCPeerConnection(ice.configuration(servers or []))
    connection.addTransceiver("audio")
    await connection.setLocalDescription()
    sdp = str(connection.localDescription.sdp)
    await connection.close()
    return [line for line in sdp.splitlines() if line.startswith("a=candidate")]


async def test_the_settings_hosts_are_offered_and_no_other() -> None:
    ice.offer_hosts(["127.0.0.1"])
    (candidate,) = await offered()
    assert " 127.0.0.1 " in candidate and candidate.endswith("typ host")


async def test_loopback_is_offered_only_where_wanted() -> None:
    assert "127.0.0.1" in ice.host_addresses(loopback=True)
    assert "127.0.0.1" not in ice.host_addresses()
    ice.offer_hosts(loopback=True)
    assert any(" 127.0.0.1 " in candidate for candidate in await offered())


async def test_a_stun_server_that_is_away_is_not_waited_for() -> None:
    ice.offer_hosts(["127.0.0.1"], gather_s=0.1)
    began = asyncio.get_running_loop().time()
    # Port 9 discards: nothing will answer.
    assert len(await offered(["stun:127.0.0.1:9"])) == 1
    assert asyncio.get_running_loop().time() - began < 2


def test_a_host_that_is_no_address_is_named() -> None:
    with pytest.raises(ValueError, match=r"ice\.hosts.*'localhost'"):
        ice.offer_hosts(["localhost"])


def test_no_servers_means_none() -> None:
    assert ice.configuration().iceServers == []


def test_the_caller_is_told_the_same_servers() -> None:
    links = ice.link_headers(["stun:s.example", "turn:t.example?transport=udp"], "me", "pw")
    assert links == [
        '<stun:s.example>; rel="ice-server"',
        '<turn:t.example?transport=udp>; rel="ice-server"; '
        'username="me"; credential="pw"; credential-type="password"',
    ]
