"""Strangers at the door: what one address opens, sends and asks for costs nobody else anything."""

import asyncio
import gzip
import socket
import time
from contextlib import ExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiortc import RTCConfiguration, RTCPeerConnection
from e2e.door import HEADER_S, OFFER, TOKEN, address, caller
from nodes import Node

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]
SOON_S = 0.5
HALF = b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "


def opened(door: Node, source: str, said: bytes = HALF) -> socket.socket:
    """A connection that asks for nothing whole."""
    half = socket.socket()
    half.bind((source, 0))
    half.connect(address(door))
    half.sendall(said)
    half.setblocking(False)
    return half


def alive(half: socket.socket) -> bool:
    """Whether the server still holds it."""
    try:
        return half.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


async def answer_s(door: Node, http: aiohttp.ClientSession) -> float:
    """How long until an answer. Who shares an address with somebody that opens sockets faster than
    they are allowed may find theirs closed, too, and tries again, as browsers do."""
    began = time.monotonic()
    while True:
        try:
            async with http.get(f"{door.url}/status") as response:
                assert response.status == 200
            return time.monotonic() - began
        except aiohttp.ServerDisconnectedError:
            assert time.monotonic() - began < SOON_S
            await asyncio.sleep(0.02)


async def sdp() -> str:
    """An offer that no media will follow."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("events")
    connection.addTransceiver("audio", "recvonly")
    await connection.setLocalDescription()
    offer = str(connection.localDescription.sdp)
    await connection.close()
    return offer


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def offer() -> str:
    return await sdp()


async def post(
    door: Node, http: aiohttp.ClientSession, offer: str, **headers: str
) -> tuple[int, dict[str, str]]:
    """POST an offer: the status, and the header fields of the answer."""
    async with http.post(f"{door.url}/calls", data=offer, headers={**OFFER, **headers}) as response:
        if response.status >= 400:
            told = await response.json(content_type="application/problem+json")
            assert told["status"] == response.status and told["detail"].endswith(".")
        return response.status, dict(response.headers)


async def sessions(door: Node) -> int:
    return int((await door.rows("select count(*) n from session"))[0]["n"])


@pytest.mark.parametrize("sources", [1, 22])
async def test_half_open_connections_keep_nobody_out(door: Node, sources: int) -> None:
    """1,100 of them, each with a header that never ends, from one address or from many."""
    faults = "select count(*) n from faults"
    before = (await door.rows(faults))[0]["n"]
    lines = len(door.lines)
    with ExitStack() as stack:
        halves = [
            stack.enter_context(opened(door, f"127.0.1.{1 + n % sources}")) for n in range(1100)
        ]
        async with caller("127.0.2.1") as other, caller("127.0.1.1") as neighbour:
            for http in (other, neighbour):  # a neighbour behind the same address gets in as well
                took = sorted([await answer_s(door, http) for _ in range(3)])
                assert took[1] < SOON_S, took
            held = sum(map(alive, halves))
            assert held <= 100 * sources, f"{held} are held"
            drip = time.monotonic()
            while time.monotonic() - drip < HEADER_S + 1.5 and any(map(alive, halves)):
                for half in halves[-20:]:
                    try:
                        half.sendall(b"x")
                    except OSError:
                        continue
                await asyncio.sleep(0.2)
            assert not any(map(alive, halves)), "some outlive the time for a header"
            assert await answer_s(door, other) < SOON_S
    assert (await door.rows(faults))[0]["n"] == before
    assert len(door.lines) - lines <= 4, door.lines[lines:]


async def test_requests_far_ahead_of_their_answers_end_the_connection(door: Node) -> None:
    """A thousand, and no answer taken: neither they nor the answers are kept."""
    asked = b"GET /status HTTP/1.1\r\nHost: a\r\n\r\n" * 1000
    with opened(door, "127.0.4.1", asked) as greedy:
        greedy.setblocking(True)
        greedy.settimeout(5)
        told = b""
        while chunk := greedy.recv(1 << 16):
            told += chunk
        assert told.count(b"HTTP/1.1 200") < 50
    async with caller("127.0.4.2") as http:
        assert await answer_s(door, http) < SOON_S


async def test_headers_without_end_are_refused(door: Node) -> None:
    host, port = address(door)
    for said in (
        b"GET /" + b"x" * 20_000,
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20_000,
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(500)),
        b"GET / HTTP/1.1\r\nHost: a\r\n"
        + b"".join(b"X-%d: %s\r\n" % (n, b"z" * 4000) for n in range(20)),
        b"\x16\x03\x01 not http at all\r\n\r\n",
        b"BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(said)
        async with asyncio.timeout(HEADER_S + 2):
            told = await reader.read(-1)
        assert told.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), told[:200]
        assert b"Traceback" not in told and b"Error" not in told, told
        writer.close()


async def test_offers_that_never_connect_keep_nobody_out(door: Node, offer: str) -> None:
    """Three a second from one address; others, each from their own, call meanwhile."""
    refused: list[dict[str, str]] = []
    before = await sessions(door)

    async def attack(http: aiohttp.ClientSession) -> int:
        made = 0
        for _ in range(18):
            code, fields = await post(door, http, offer)
            made += code == 201
            if code == 429:
                refused.append(fields)
            await asyncio.sleep(1 / 3)
        return made

    async def others() -> int:
        served = 0
        for n in range(15):
            async with caller(f"127.0.7.{n + 1}") as http:
                code, fields = await post(door, http, offer)
                served += code == 201
                if code == 201:
                    await http.delete(door.url + fields["Location"])
            await asyncio.sleep(0.25)
        return served

    async with caller("127.0.6.1") as http:
        made, served = await asyncio.gather(attack(http), others())
    assert served == 15, f"{served} of 15 others got in"
    assert made <= 3 and len(refused) >= 10, (made, len(refused))
    assert all(int(fields["Retry-After"]) >= 1 for fields in refused)
    await asyncio.sleep(1)  # the journal commits a moment after the fact
    assert await sessions(door) <= before + made + served, "a refused call has a row"


async def test_where_all_lines_are_taken_calls_that_never_connect_give_way(
    door: Node, offer: str
) -> None:
    held = []
    for n in range(2):
        async with caller(f"127.0.8.{n + 1}") as http:
            held += [await post(door, http, offer) for _ in range(2)]
    assert all(code in (201, 503) for code, _ in held)
    async with caller("127.0.8.9") as http:
        began = time.monotonic()
        while (found := await post(door, http, offer))[0] == 503:
            await asyncio.sleep(int(found[1]["Retry-After"]) / 2)
            assert time.monotonic() - began < 8
        assert found[0] == 201
        await http.delete(door.url + found[1]["Location"])


async def test_thirty_calls_a_minute_deleted_ones_too(door: Node, offer: str) -> None:
    """Counted by who is asking: behind a trusted proxy by its word, elsewhere by the socket."""

    async def call(http: aiohttp.ClientSession, **headers: str) -> tuple[int, dict[str, str]]:
        code, fields = await post(door, http, offer, **headers)
        if code == 201:
            async with http.delete(door.url + fields["Location"], headers=headers) as gone:
                assert gone.status == 200
        return code, fields

    async with caller("127.0.9.9") as proxied, caller("127.0.10.1") as liar:
        ann = {"X-Forwarded-For": "127.0.0.1, 203.0.113.7"}
        codes = [(await call(proxied, **ann))[0] for _ in range(31)]
        assert [code for code in codes if code != 503][:30] == [201] * 30
        code, fields = await call(proxied, **ann)
        assert code == 429 and 1 <= int(fields["Retry-After"]) <= 60
        bob = {"Forwarded": 'for="[2001:db8::7]:4711";proto=https'}
        assert (await call(proxied, **bob))[0] == 201
        assert (await call(proxied, **ann, Authorization=f"Bearer {TOKEN}"))[0] == 201
        assert (await call(liar, **ann))[0] == 201


async def test_a_flood_of_hang_ups_is_bounded(door: Node) -> None:
    statuses: dict[int, int] = {}
    async with caller("127.0.11.1") as http:

        async def hang_up(n: int) -> None:
            async with http.delete(f"{door.url}/calls/{n}") as response:
                statuses[response.status] = statuses.get(response.status, 0) + 1

        await asyncio.gather(*(hang_up(n) for n in range(400)))
    assert set(statuses) == {404, 429} and statuses[404] < 250, statuses


async def test_a_body_that_unpacks_to_200_mb_is_refused(door: Node) -> None:
    packed = gzip.compress(b"v" * 200_000_000, 1)
    headers = {**OFFER, "Content-Encoding": "gzip"}
    async with (
        caller("127.0.12.1") as http,
        http.post(f"{door.url}/calls", data=packed, headers=headers) as response,
    ):
        assert response.status == 413
    async with (
        caller("127.0.12.1") as http,
        http.post(f"{door.url}/calls", data=b"no gzip", headers=headers) as response,
    ):
        assert response.status == 400
        told: dict[str, Any] = await response.json(content_type=None)
        assert told["detail"].endswith(".")
