"""Fifty calls leave the server as they found it: threads, handles, processes, memory.

Asyncio's tasks can't be counted from outside; `test_call_peer` counts those of a call.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import psutil
import pytest
from nodes import Node, serving_anew

from visavis.client import CallPlan
from visavis.client.line import Line
from visavis.personas.persona import load as persona

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

WARM_UP, CALLS, AT_ONCE = 12, 50, 4
REST_S = 12
"""Films, uploads and closing transports of the last calls may go on for so long."""

GREW_MB = 32.0
"""What RSS may grow by: what the arenas of threads first used meanwhile keep, even trimmed. A call
holds some 10 MB while it lasts (two encoders, a camera's decoder, 40 s of sound); one in ten kept
would show."""


async def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    began = time.monotonic()
    while not condition():
        await asyncio.sleep(0.05)
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds:g} s"


async def talk(node: Node, n: int, camera: Path) -> None:
    """Connect, talk, hang up: every second with video, some watched, some gone without a word."""
    watched = n % 4 == 2
    plan = CallPlan(node.url, video=n % 2 == 0, camera=camera if watched else None, consent=watched)
    async with Line(plan) as line:

        def told(words: str) -> bool:
            return any(words in str(event.get("text")) for event in line.events)

        await until(lambda: line.channel_open, 60, "the data channel")
        line.send("text", text="What is your name?")
        await until(lambda: told("Iris"), 60, "the answer")
        await asyncio.sleep(0.5)
        if n % 10 == 5:
            line._location = None
            for transceiver in line._peer.getTransceivers():
                for protocol in transceiver.receiver.transport.transport._connection._protocols:
                    protocol.transport.abort()


async def many(node: Node, numbers: range, camera: Path) -> None:
    """Calls side by side, as many as the server takes."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(n: int) -> None:
        async with room:
            await talk(node, n, camera)

    await asyncio.gather(*map(one, numbers))


async def measured(node: Node) -> dict[str, float]:
    """The server at rest: the least that it holds in the seconds after the last call."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        while True:
            async with session.get(f"{node.url}/status") as response:
                if (await response.json())["calls"] == 0:
                    break
            await asyncio.sleep(0.2)
    process = psutil.Process(node.process.pid)
    await asyncio.sleep(4.0)  # two seconds after a call what it held is collected
    least = _held(process)
    for _ in range(REST_S):
        await asyncio.sleep(1.0)
        least = {name: min(least[name], value) for name, value in _held(process).items()}
    return least


def _held(process: psutil.Process) -> dict[str, float]:
    return {
        "threads": process.num_threads(),
        # Without those to Postgres: as many as have been asked for at once stay for a while.
        "handles": process.num_fds() - len(process.net_connections(kind="unix")),
        "processes": len([p for p in process.children() if "postgres" not in p.name()]),
        "memory": process.memory_info().rss / 2**20,
    }


async def test_fifty_calls_leave_nothing_behind() -> None:
    camera = next(iter(sorted(persona("iris").portrait.glob("*neutral*"))))
    # Two more than call: who vanishes holds a place until that is noticed.
    with serving_anew(
        VISAVIS_MAX_CALLS=str(AT_ONCE + 4),
        VISAVIS_CHAT__ENGINE="off",
        VISAVIS_LIMITS__UNCONNECTED_PER_ADDRESS=str(AT_ONCE),
        VISAVIS_LIMITS__CALLS_A_MINUTE=str(WARM_UP + CALLS),
    ) as node:
        await many(node, range(WARM_UP), camera)
        before = await measured(node)
        await many(node, range(CALLS), camera)
        after = await measured(node)
        endings = await node.rows("select ending, count(*) n from session group by 1")
    grew = {name: after[name] - before[name] for name in after}
    told = f"before {before}, after {after}, endings {[tuple(row) for row in endings]}"
    assert {row["ending"] for row in endings} == {"hung up", "vanished"}, told
    # The default executor of asyncio may still have grown to its size.
    assert grew["threads"] <= 2 and grew["handles"] <= 0 and grew["processes"] <= 0, told
    assert grew["memory"] < GREW_MB, told
