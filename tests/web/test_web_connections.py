"""Sockets: how long they may be idle, how many an address has, who is pushed out. Real ones."""

import asyncio
import errno
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from visavis.settings import LimitsSettings
from visavis.web import connections, problems, tls
from visavis.web.addresses import Addresses
from visavis.web.connections import Connections

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
SHORT = 0.15


@dataclass
class Site:
    """A server that answers "well", a big answer, and one that a test lets go."""

    door: Connections
    port: int
    go: asyncio.Event
    asked: list[str] = field(default_factory=list)

    async def open(self, source: str = "127.0.0.1") -> tuple[asyncio.StreamReader, "Writer"]:
        return await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))

    async def get(self, source: str = "127.0.0.1") -> bytes:
        """The answer's first line, of a connection of its own."""
        reader, writer = await self.open(source)
        writer.write(GET)
        told = await reader.readline()
        writer.close()
        return told


Writer = asyncio.StreamWriter


@asynccontextmanager
async def site(
    *, most: int = 100, context: ssl.SSLContext | None = None, **limits: Any
) -> AsyncIterator[Site]:
    go, faults = asyncio.Event(), []
    asked: list[str] = []

    async def well(request: web.Request) -> web.Response:
        return web.Response(text="well")

    async def big(request: web.Request) -> web.Response:
        asked.append("big")
        return web.Response(body=bytes(20_000_000))

    async def slow(request: web.Request) -> web.Response:
        await go.wait()
        return web.Response(text=str(len(await request.read())))

    app = web.Application(middlewares=[problems.middleware()], client_max_size=10**8)
    app.add_routes([web.get("/", well), web.get("/big", big), web.post("/slow", slow)])
    app.on_response_prepare.append(connections.answering)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    assert runner.server is not None
    door = Connections(
        runner.server,
        LimitsSettings(**limits),
        Addresses([ip_network("127.9.0.0/16")]),
        most=most,
        tls=context,
        on_fault=lambda kind, message: faults.append((kind, message)),
    )
    try:
        yield Site(door, await door.listen("127.0.0.1", 0), go, asked)
    finally:
        go.set()
        door.close()
        await runner.cleanup()
    assert not faults


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - sockets have no event to wait for
            await asyncio.sleep(0.005)


async def ends(reader: asyncio.StreamReader) -> bytes:
    """What comes until the other end closes."""
    try:
        async with asyncio.timeout(5):
            return await reader.read(-1)
    except ConnectionError:
        return b""


@pytest.mark.parametrize(
    "said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\n", GET + b"GET / HTTP/1.1\r\n"]
)
async def test_a_header_that_never_ends_ends_the_connection(said: bytes) -> None:
    asked = said.startswith(GET)  # what comes along with a whole request waits for its answer
    async with site(header_s=SHORT, keepalive_s=SHORT if asked else 60) as it:
        reader, writer = await it.open()
        writer.write(said)
        assert (b"200 OK" in await ends(reader)) == asked
        await until(lambda: not len(it.door))
        writer.close()


async def test_a_byte_now_and_then_gains_no_time() -> None:
    async with site(header_s=SHORT) as it:
        reader, writer = await it.open()
        end = asyncio.create_task(ends(reader))
        sent = 0
        while not end.done():
            writer.write(b"G")
            sent += 1
            await asyncio.sleep(SHORT / 5)
        assert sent < 20
        writer.close()


async def test_between_requests_it_may_stay_for_a_while_and_no_longer() -> None:
    async with site(header_s=60, keepalive_s=SHORT) as it:
        reader, writer = await it.open()
        for _ in range(3):
            writer.write(GET)
            assert await reader.readuntil(b"well")
        assert len(it.door) == 1
        assert await ends(reader) == b""
        await until(lambda: not len(it.door))
        writer.close()


async def test_while_an_answer_is_owed_the_time_is_ours() -> None:
    async with site(header_s=SHORT, keepalive_s=SHORT) as it:
        reader, writer = await it.open()
        writer.write(b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        writer.write(bytes(100_000))
        await asyncio.sleep(2 * SHORT)
        it.go.set()
        assert await reader.readuntil(b"100000")
        writer.close()


async def test_an_answer_that_nobody_takes_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ANSWER_S", SHORT)
    monkeypatch.setattr(connections, "ANSWER_BYTES", 200_000_000)
    async with site() as it:
        sock = socket.create_connection(("127.0.0.1", it.port))
        with sock:
            sock.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
            await until(lambda: bool(it.asked) and not len(it.door))


async def test_an_address_has_its_share_and_its_oldest_idle_ones_go() -> None:
    async with site(sockets_per_address=3) as it:
        held = [await it.open() for _ in range(3)]
        await until(lambda: len(it.door) == 3)
        assert b"200" in await it.get()
        assert await ends(held[0][0]) == b""
        assert b"200" in await it.get("127.0.0.2")
        for reader, writer in held[1:]:
            writer.write(GET)
            assert await reader.readuntil(b"well")
        for _, writer in held:
            writer.close()


async def test_who_is_being_served_is_not_pushed_out() -> None:
    async with site(sockets_per_address=2, most=2) as it:
        held = [await it.open() for _ in range(2)]
        for _, writer in held:
            writer.write(b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        await until(lambda: not it.door._idle and len(it.door) == 2)
        for source in ("127.0.0.1", "127.0.0.2"):
            reader, writer = await it.open(source)
            assert await ends(reader) == b""
            writer.close()
        it.go.set()
        for reader, writer in held:
            assert b"200" in await reader.readline()
            writer.close()


async def test_the_server_has_its_bound_and_strangers_make_room() -> None:
    async with site(most=5) as it:
        held = [await it.open(f"127.0.1.{n}") for n in range(1, 30)]
        assert b"200" in await it.get("127.0.0.1")
        await until(lambda: len(it.door) <= 5)
        for _, writer in held:
            writer.close()


async def test_who_opens_too_fast_finds_them_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "OPENED_A_SECOND", 2.0)
    async with site() as it:
        told = []
        for _ in range(12):
            try:
                told.append(await it.get())
            except ConnectionError:
                told.append(b"")
        assert 4 <= sum(b"200" in one for one in told) < 8
        assert b"200" in await it.get("127.0.0.2")


async def test_a_proxy_has_no_share_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "OPENED_A_SECOND", 1.0)
    async with site(sockets_per_address=2) as it:
        held = [await it.open("127.9.0.1") for _ in range(8)]
        await until(lambda: len(it.door) == 8)
        for _, writer in held:
            writer.close()


async def test_a_handshake_that_never_ends(tmp_path: Path) -> None:
    async with site(
        context=tls.context(tmp_path), header_s=SHORT, sockets_per_address=2, most=4
    ) as it:
        held = [await it.open(f"127.0.2.{n}") for n in (1, 1, 1, 2, 3, 4)]
        for _, writer in held:
            writer.write(b"\x16\x03\x01")
        for reader, _ in held:
            assert await ends(reader) == b""
        await until(lambda: not len(it.door) and not it.door._connecting)
        reader, writer = await it.open()
        writer.write(GET)  # no TLS at all
        await ends(reader)
        await until(lambda: not len(it.door))
        for _, one in [*held, (reader, writer)]:
            one.close()


async def test_tls_is_served(tmp_path: Path) -> None:
    client = ssl.create_default_context()
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    async with site(context=tls.context(tmp_path)) as it:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port, ssl=client)
        writer.write(GET)
        assert await reader.readuntil(b"well")
        writer.close()
        await writer.wait_closed()
        await until(lambda: not len(it.door))


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 9_000 + b"\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: 1\r\n" * 200 + b"\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + (b"X: " + b"z" * 4_000 + b"\r\n") * 9, b"431"),
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: \xff\r\nConnection: close\r\n\r\n", b"400"),
    ],
)
async def test_what_is_not_http_is_answered_in_a_sentence(
    said: bytes, status: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    async with site() as it:
        reader, writer = await it.open()
        for at in range(0, len(said), 10_000):
            writer.write(said[at : at + 10_000])
            await asyncio.sleep(0.01)
        told = await ends(reader)
        assert told.split(b" ")[1] == status, told
        assert b"Error" not in told and (status == b"431" or b'.", ' in told or b'."}' in told)
        writer.close()
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("target", [b"GET http://xn--a/", b"CONNECT xn--a:1", b"CONNECT a:b"])
async def test_a_target_that_is_none_holds_nothing(target: bytes) -> None:
    async with site(header_s=30, keepalive_s=30) as at:
        reader, writer = await asyncio.open_connection("127.0.0.1", at.port)
        writer.write(target + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await ends(reader)).split()[1].startswith(b"4")
        writer.close()
        await until(lambda: not len(at.door))


async def test_requests_far_ahead_of_their_answers_end_the_connection() -> None:
    async with site() as it:
        reader, writer = await it.open()
        writer.write(GET * 5)
        for _ in range(5):
            await reader.readuntil(b"well")
        writer.write(GET * 5_000)
        assert (await ends(reader)).count(b"200 OK") < 40
        await until(lambda: not len(it.door))
        writer.close()


async def test_without_descriptors_it_waits_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connections, "NO_ROOM_S", 0.05)
    left = [OSError(errno.EMFILE, "Too many open files")] * 3

    class Listener(socket.socket):
        def accept(self) -> tuple[socket.socket, object]:
            if left:
                raise left.pop()
            return super().accept()

    monkeypatch.setattr(socket, "socket", Listener)
    async with site() as it:
        assert b"200" in await it.get()
    assert not left and capsys.readouterr().out.count("no_descriptor") == 1


def test_descriptors_are_raised_to_what_is_allowed() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, hard), hard))
    try:
        assert connections.raise_descriptors() == hard
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
