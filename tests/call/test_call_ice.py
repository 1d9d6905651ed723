"""Which addresses are offered."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aioice.ice
import pytest
from aioice import Candidate, stun
from aioice.ice import CandidatePair
from aiortc import RTCPeerConnection
from known import known

from visavis.call.rtc import aiortc_internals, ice
from visavis.libraries import UnknownVersion


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    hosts = aioice.ice.get_host_addresses
    gather = aioice.ice.Connection.get_component_candidates
    validate = aioice.ice.validate_remote_candidate
    yield
    aioice.ice.validate_remote_candidate = validate
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


# -- what an offer can make this server send --------------------------------------------------


class Socket:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, tuple[str, int]]] = []

    def sendto(self, data: bytes, addr: tuple[str, int]) -> None:
        self.sent.append((len(data), addr))

    def bytes_to(self, host: str) -> int:
        return sum(size for size, addr in self.sent if addr[0] == host)


def agent(offer_bytes: int | None = 1_000) -> tuple[ice.BoundedConnection, Any]:
    """An agent with one socket, which knows its peer's password."""
    connection = ice.BoundedConnection(ice_controlling=False)
    connection.remote_username, connection.remote_password = "them", "p" * 22
    connection._early_checks_done = True
    if offer_bytes is not None:
        connection.allowance = ice.Allowance(offer_bytes)
    protocol = ice.BoundedStunProtocol(connection)
    protocol.transport = Socket()
    protocol.local_candidate = Candidate("1", 1, "udp", 1, "192.0.2.1", 4_000, "host")
    connection._protocols.append(protocol)
    return connection, protocol


def remote(host: str, port: int, kind: str = "host") -> Candidate:
    return Candidate(str(port), 1, "udp", port, host, port, kind)


def knock(connection: ice.BoundedConnection, protocol: Any, host: str, times: int = 100) -> None:
    """Checks, to a port each."""
    for port in range(9_000, 9_000 + times):
        pair = CandidatePair(protocol, remote(host, port))
        request = connection.build_request(pair, nominate=False)
        request.add_message_integrity(b"p" * 22)
        protocol.send_stun(request, (host, port))


def check(connection: ice.BoundedConnection, **more: object) -> stun.Message:
    """One of the caller's, right in every way."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{connection.local_username}:them"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 1
    message.attributes.update(more)
    message.add_message_integrity(connection.local_password.encode())
    return message


async def test_nobody_is_sent_more_than_three_times_what_was_signalled() -> None:
    connection, protocol = agent(1_000)
    knock(connection, protocol, "198.51.100.7")
    knock(connection, protocol, "198.51.100.8")
    socket = protocol.transport
    assert 2_800 < socket.bytes_to("198.51.100.7") <= 3_000
    assert socket.bytes_to("198.51.100.7") + socket.bytes_to("198.51.100.8") <= 3_000
    known(connection.allowance).signalled(500)
    knock(connection, protocol, "198.51.100.8")
    assert 4_300 < sum(size for size, _ in socket.sent) <= 4_500


async def test_a_right_check_frees_its_address_and_no_other() -> None:
    connection, protocol = agent(100)
    wrong = check(connection)
    wrong.attributes["MESSAGE-INTEGRITY"] = bytes(20)
    wrong._integrity_data = b"x"
    connection.request_received(wrong, ("198.51.100.7", 9), protocol)
    protocol.transport.sent.clear()
    knock(connection, protocol, "198.51.100.7")
    assert protocol.transport.bytes_to("198.51.100.7") <= 300
    connection.request_received(check(connection), ("198.51.100.7", 9), protocol)
    knock(connection, protocol, "198.51.100.7")
    knock(connection, protocol, "198.51.100.8")
    assert protocol.transport.bytes_to("198.51.100.7") > 5_000
    assert protocol.transport.bytes_to("198.51.100.8") <= 300
    for pair in connection._check_list:
        if pair.task is not None:
            pair.task.cancel()


async def test_an_answer_to_our_check_frees_its_address() -> None:
    connection, protocol = agent(10)
    pair = CandidatePair(protocol, remote("198.51.100.7", 9))
    pair.state = CandidatePair.State.SUCCEEDED
    connection.check_complete(pair)
    knock(connection, protocol, "198.51.100.7")
    assert protocol.transport.bytes_to("198.51.100.7") > 5_000


async def test_a_stun_server_of_the_settings_is_asked_all_the_same() -> None:
    _, protocol = agent(0)
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    protocol.send_stun(message, ("198.51.100.9", 3478))
    assert protocol.transport.bytes_to("198.51.100.9") == 20


async def test_at_most_a_hundred_pairs_are_kept_those_of_the_highest_priority() -> None:
    connection, _ = agent()
    for port in range(1, 301):
        await connection.add_remote_candidate(remote("198.51.100.7", port))
    ports = [pair.remote_candidate.port for pair in connection._check_list]
    assert ports == list(range(300, 200, -1))


async def test_who_was_not_named_finds_room_and_a_flood_of_them_does_not_grow() -> None:
    connection, protocol = agent()
    for port in range(1, 201):
        await connection.add_remote_candidate(remote("198.51.100.7", port))
    for port in range(1_000, 1_500):
        connection.request_received(check(connection), ("203.0.113.5", port), protocol)
    hosts = [pair.remote_candidate.host for pair in connection._check_list]
    assert len(hosts) == ice.MAX_PAIRS and "203.0.113.5" in hosts
    assert len(connection._remote_candidates) <= 200 + ice.MAX_PAIRS
    for pair in connection._check_list:
        if pair.task is not None:
            pair.task.cancel()


async def test_odd_datagrams_raise_nothing() -> None:
    connection, protocol = agent()
    bare = check(connection)
    del bare.attributes["PRIORITY"]
    bare.add_message_integrity(connection.local_password.encode())
    protocol.datagram_received(bytes(bare), ("203.0.113.5", 9))
    assert connection._check_list == []
    short = bytes.fromhex("0001 0008 2112a442") + bytes(12) + bytes.fromhex("0024 0002 0000 0000")
    protocol.datagram_received(short, ("203.0.113.5", 9))
    for _ in range(ice.MAX_WAITING + 10):
        protocol.datagram_received(b"\x80" * 50, ("203.0.113.5", 9))
    assert connection._queue.qsize() == ice.MAX_WAITING


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.1.1", "fd00::1"])
async def test_private_addresses_are_tried_unless_the_settings_say_no(host: str) -> None:
    for private in (True, False):
        ice.offer_hosts(["127.0.0.1"], private=private)
        connection, _ = agent()
        await connection.add_remote_candidate(remote("9.9.9.9", 9))
        await connection.add_remote_candidate(remote(host, 9))
        connection._add_remote_candidate(remote("name.local", 10), host)  # as if looked up
        found = [candidate._network_host for candidate in connection._remote_candidates]
        assert found == (["9.9.9.9", host, host] if private else ["9.9.9.9"])


def test_all_that_is_known_of_the_libraries_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    aiortc_internals.check()
    own = ("aiortc:RTCRtpReceiver", "__decoder_queues")
    monkeypatch.setattr(aiortc_internals, "NAMES", (*aiortc_internals.NAMES, own))
    with pytest.raises(UnknownVersion, match="__decoder_queues is missing"):
        aiortc_internals.check()


@pytest.mark.parametrize(
    ("place", "missing"),
    [
        ("aioice.stun:Message", "nothing_like_it"),
        ("aioice.stun:Messages", "Messages"),
        ("aioice.stuns", "aioice.stuns"),
    ],
)
def test_libraries_of_another_version_are_named(
    place: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiortc_internals, "NAMES", [(place, "add_fingerprint nothing_like_it")])
    with pytest.raises(UnknownVersion, match=rf"aiortc .*\({missing} is missing\)"):
        aiortc_internals.check()


@pytest.mark.parametrize(
    "gone",
    [
        "aioice.ice.validate_remote_candidate",
        "aioice.ice.StunProtocol",
        "aiortc.rtcsctptransport.SCTP_DATA_UNORDERED",
    ],
)
def test_another_version_is_a_sentence_however_much_is_missing(gone: str, tmp_path: Path) -> None:
    start = (
        "import sys, aioice.ice, aiortc.rtcsctptransport\n"
        f"del {gone}\n"
        f"sys.argv = ['visavis', 'serve', '--data', {str(tmp_path)!r}]\n"
        "from visavis.cli import main\n"
        "main()\n"
    )
    told = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True)
    assert told.returncode == 1
    assert f"({gone.rpartition('.')[2]} is missing)" in told.stderr
    assert "Traceback" not in told.stderr
