"""Strangers at the door: what one address opens, sends and asks for costs nobody else anything."""

import asyncio
import gzip
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiortc import RTCConfiguration, RTCPeerConnection
from nodes import Node, serving

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OFFER = {"Content-Type": "application/sdp"}
LEAN = {
    "VISAVIS_STT__ENGINE": "off",
    "VISAVIS_CHAT__ENGINE": "off",
    "VISAVIS_TTS__ENGINE": "off",
    "VISAVIS_LIPSYNC__ENGINE": "off",
    "VISAVIS_POSE__ENGINE": "off",
}
TOKEN = "open-sesame-and-more"
HEADER_S = 3.0
"""Shorter than the server's default, so that the test need not wait for it."""
SOON_S = 0.5
HALF = b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """Four lines, all limits at their defaults but the time for a header."""
    with tempfile.TemporaryDirectory(prefix="visavis-door-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs under another user than root
        with serving(
            Path(folder),
            **LEAN,
            VISAVIS_MAX_CALLS="4",
            VISAVIS_LIMITS__HEADER_S=str(HEADER_S),
            VISAVIS_WEB__TRUSTED_PROXIES='["127.0.9.0/24"]',
            VISAVIS_ACCESS=f'[{{"token": "{TOKEN}", "user": "tess", "role": "tester"}}]',
        ) as running:
            yield running


def address(node: Node) -> tuple[str, int]:
    host, _, port = node.url.partition("//")[2].partition(":")
    return host, int(port)


@asynccontextmanager
async def caller(source: str) -> AsyncIterator[aiohttp.ClientSession]:
    """HTTP from another address of this machine."""
    connector = aiohttp.TCPConnector(local_addr=(source, 0))
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield session


def opened(node: Node, source: str, said: bytes = HALF) -> socket.socket:
    """A connection that asks for nothing whole."""
    half = socket.socket()
    half.bind((source, 0))
    half.connect(address(node))
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


async def answer_s(node: Node, http: aiohttp.ClientSession) -> float:
    """How long until an answer. Who shares an address with somebody that opens sockets faster than
    they are allowed may find theirs closed, too, and tries again, as browsers do."""
    began = time.monotonic()
    while True:
        try:
            async with http.get(f"{node.url}/status") as response:
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
    node: Node, http: aiohttp.ClientSession, offer: str, **headers: str
) -> tuple[int, dict[str, str]]:
    """POST an offer: the status, and the header fields of the answer."""
    async with http.post(f"{node.url}/calls", data=offer, headers={**OFFER, **headers}) as response:
        if response.status >= 400:
            told = await response.json(content_type="application/problem+json")
            assert told["status"] == response.status and told["detail"].endswith(".")
        return response.status, dict(response.headers)


async def sessions(node: Node) -> int:
    return int((await node.rows("select count(*) n from session"))[0]["n"])


# -- connections -----------------------------------------------------------------------------


@pytest.mark.parametrize("sources", [1, 22])
async def test_half_open_connections_keep_nobody_out(node: Node, sources: int) -> None:
    """1,100 of them, each with a header that never ends, from one address or from many."""
    faults = "select count(*) n from faults"
    before = (await node.rows(faults))[0]["n"]
    lines = len(node.lines)
    with ExitStack() as stack:
        halves = [
            stack.enter_context(opened(node, f"127.0.1.{1 + n % sources}")) for n in range(1100)
        ]
        async with caller("127.0.2.1") as other, caller("127.0.1.1") as neighbour:
            for http in (other, neighbour):  # a neighbour behind the same address gets in as well
                took = sorted([await answer_s(node, http) for _ in range(3)])
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
            assert await answer_s(node, other) < SOON_S
    assert (await node.rows(faults))[0]["n"] == before
    assert len(node.lines) - lines <= 4, node.lines[lines:]


async def test_requests_far_ahead_of_their_answers_end_the_connection(node: Node) -> None:
    """A thousand, and no answer taken: neither they nor the answers are kept."""
    asked = b"GET /status HTTP/1.1\r\nHost: a\r\n\r\n" * 1000
    with opened(node, "127.0.4.1", asked) as greedy:
        greedy.setblocking(True)
        greedy.settimeout(5)
        told = b""
        while chunk := greedy.recv(1 << 16):
            told += chunk
        assert told.count(b"HTTP/1.1 200") < 50
    async with caller("127.0.4.2") as http:
        assert await answer_s(node, http) < SOON_S


async def test_headers_without_end_are_refused(node: Node) -> None:
    host, port = address(node)
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


# -- what nobody should be able to break -----------------------------------------------------

PATHS = [
    "/static/" + "a" * 5000,
    "/static/" + "a" * 300,
    "/static/" + "a/" * 490,
    "/" + "b" * 5000,
    "/static/%00",
    "/static/%ff%fe",
    "/static/%ed%a0%80",
    "/static/..%2f..%2fpyproject.toml",
    "/static/%2e%2e/%2e%2e/etc/passwd",
    "/static//etc/passwd",
    "/calls/%00",
    "/calls/%ff",
    "/calls/" + "7" * 900,
    "/api/sessions/%00",
    "/api/sessions/%ed%b2%80",
    "/api/artefacts/%00/%00",
    "//",
    "/%",
    "/%zz",
    "/..",
    "*",
    "http://[::1",
    "http://a:99999/",
]
QUERIES = [
    "?as=%00",
    "?as=%ff",
    "?as=%ed%a0%80",
    "?cursor=%00&limit=" + "9" * 400,
    "?" + "q" * 5000,
]
FIELDS = [
    b"Authorization: Bearer \xff",
    b"Authorization: Bearer \xed\xa0\x80",
    b"Authorization: \xff\xfe",
    b"Authorization: Basic \xff",
    b"Cookie: visavis=\xff",
    b'Cookie: visavis="\\377"; =;;; a',
    b"Host: \xff",
    b"Range: bytes=5-2",
    b"Range: bytes=" + b"9" * 400 + b"-",
    b"If-Modified-Since: Mon, 99 Foo 99999 99:99:99 GMT",
    b"If-None-Match: \xff",
    b"If-Range: \xff",
    b"Expect: \xff",
    b"Content-Type: \xff/\xff; charset=\xff",
    b"Content-Length: 99999999999999999999999",
    b"Content-Encoding: gzip",
    b"Transfer-Encoding: \xff",
    b"Accept-Encoding: \xff",
    b"Upgrade: websocket\r\nConnection: upgrade",
    b"X-Forwarded-For: \xff",
    b"User-Agent: \xff\r\nAccept-Language: \xed\xa0\x80",
    b"Origin: \xff",
]
METHODS = [b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT"]
ROUTES = [
    "/",
    "/calls",
    "/calls/7",
    "/static/main.js",
    "/metrics",
    "/status",
    "/portrait",
    "/operator",
]
ROUTES += ["/api/me", "/api/sign-in", "/api/sessions", "/api/openapi.json"]


async def status(node: Node, source: str, said: bytes) -> tuple[int, bytes]:
    """The answer to a request as raw bytes; 0 where there was none."""
    reader, writer = await asyncio.open_connection(*address(node), local_addr=(source, 0))
    try:
        writer.write(said)
        async with asyncio.timeout(HEADER_S + 12):
            told = await reader.read(-1)
    except ConnectionError:
        return 0, b""
    finally:
        writer.close()
    return int(told.split(b" ", 2)[1]) if told else 0, told


async def test_no_path_query_or_header_gives_a_500(node: Node) -> None:
    """Every odd path, query and header field, at every route and by every method."""
    faults = "select description from faults where type = 'web'"
    requests = [b"GET %s HTTP/1.1\r\nHost: a\r\n" % path.encode() for path in PATHS]
    requests += [
        b"%s %s HTTP/1.1\r\nHost: a\r\n" % (m, p.encode()) for m in METHODS for p in PATHS[:8]
    ]
    requests += [
        b"GET %s%s HTTP/1.1\r\nHost: a\r\n" % (r.encode(), q.encode())
        for r in ROUTES
        for q in QUERIES
    ]
    for route in ROUTES:
        for fields in FIELDS:
            host = b"" if fields.startswith(b"Host") else b"Host: a\r\n"
            for method in (b"GET", b"POST", b"DELETE"):
                requests.append(
                    b"%s %s HTTP/1.1\r\n%s%s\r\n" % (method, route.encode(), host, fields)
                )
    found: dict[int, int] = {}
    room = asyncio.Semaphore(16)

    async def one(n: int, request: bytes) -> None:
        async with room:
            source = f"127.0.5.{1 + n % 200}"
            code, told = await status(node, source, request + b"Connection: close\r\n\r\n")
        found[code] = found.get(code, 0) + 1
        assert code < 500 or code == 503, (request, told)
        if code >= 400:
            assert b"Traceback" not in told and b"Error:" not in told, told

    await asyncio.gather(*(one(n, request) for n, request in enumerate(requests)))
    assert found[404] > 20 and found[401] > 20 and found[200] > 20, found
    assert not await node.rows(faults)


@pytest.mark.parametrize("name", ["Authorization: Bearer \udcff", "Cookie: visavis=\udcff"])
async def test_a_token_that_is_not_text_is_a_wrong_one(node: Node, name: str) -> None:
    for path in ("/api/me", "/api/sessions"):
        raw = f"GET {path} HTTP/1.1\r\nHost: a\r\n{name}\r\nConnection: close\r\n\r\n"
        code, _ = await status(node, "127.0.5.1", raw.encode(errors="surrogateescape"))
        assert code == 401


# -- calls -----------------------------------------------------------------------------------


async def test_offers_that_never_connect_keep_nobody_out(node: Node, offer: str) -> None:
    """Three a second from one address; others, each from their own, call meanwhile."""
    refused: list[dict[str, str]] = []
    before = await sessions(node)

    async def attack(http: aiohttp.ClientSession) -> int:
        made = 0
        for _ in range(18):
            code, fields = await post(node, http, offer)
            made += code == 201
            if code == 429:
                refused.append(fields)
            await asyncio.sleep(1 / 3)
        return made

    async def others() -> int:
        served = 0
        for n in range(15):
            async with caller(f"127.0.7.{n + 1}") as http:
                code, fields = await post(node, http, offer)
                served += code == 201
                if code == 201:
                    await http.delete(node.url + fields["Location"])
            await asyncio.sleep(0.25)
        return served

    async with caller("127.0.6.1") as http:
        made, served = await asyncio.gather(attack(http), others())
    assert served == 15, f"{served} of 15 others got in"
    assert made <= 3 and len(refused) >= 10, (made, len(refused))
    assert all(int(fields["Retry-After"]) >= 1 for fields in refused)
    await asyncio.sleep(1)  # the journal commits a moment after the fact
    assert await sessions(node) <= before + made + served, "a refused call has a row"


async def test_where_all_lines_are_taken_calls_that_never_connect_give_way(
    node: Node, offer: str
) -> None:
    held = []
    for n in range(2):
        async with caller(f"127.0.8.{n + 1}") as http:
            held += [await post(node, http, offer) for _ in range(2)]
    assert all(code in (201, 503) for code, _ in held)
    async with caller("127.0.8.9") as http:
        began = time.monotonic()
        while (found := await post(node, http, offer))[0] == 503:
            await asyncio.sleep(int(found[1]["Retry-After"]) / 2)
            assert time.monotonic() - began < 8
        assert found[0] == 201
        await http.delete(node.url + found[1]["Location"])


async def test_thirty_calls_a_minute_deleted_ones_too(node: Node, offer: str) -> None:
    """Counted by who is asking: behind a trusted proxy by its word, elsewhere by the socket."""

    async def call(http: aiohttp.ClientSession, **headers: str) -> tuple[int, dict[str, str]]:
        code, fields = await post(node, http, offer, **headers)
        if code == 201:
            async with http.delete(node.url + fields["Location"], headers=headers) as gone:
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


async def test_a_flood_of_hang_ups_is_bounded(node: Node) -> None:
    statuses: dict[int, int] = {}
    async with caller("127.0.11.1") as http:

        async def hang_up(n: int) -> None:
            async with http.delete(f"{node.url}/calls/{n}") as response:
                statuses[response.status] = statuses.get(response.status, 0) + 1

        await asyncio.gather(*(hang_up(n) for n in range(400)))
    assert set(statuses) == {404, 429} and statuses[404] < 250, statuses


async def test_a_body_that_unpacks_to_200_mb_is_refused(node: Node) -> None:
    packed = gzip.compress(b"v" * 200_000_000, 1)
    headers = {**OFFER, "Content-Encoding": "gzip"}
    async with (
        caller("127.0.12.1") as http,
        http.post(f"{node.url}/calls", data=packed, headers=headers) as response,
    ):
        assert response.status == 413
    async with (
        caller("127.0.12.1") as http,
        http.post(f"{node.url}/calls", data=b"no gzip", headers=headers) as response,
    ):
        assert response.status == 400
        told: dict[str, Any] = await response.json(content_type=None)
        assert told["detail"].endswith(".")
