"""How strangers reach the server `door`: HTTP from addresses of this machine, and raw bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from nodes import Node

OFFER = {"Content-Type": "application/sdp"}
TOKEN = "open-sesame-and-more"
HEADER_S = 3.0
"""Shorter than the server's default, so that the test need not wait for it."""


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
