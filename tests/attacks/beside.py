"""An attack beside a caller who must notice nothing, and a second one who comes when it is over."""

import asyncio
import itertools
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass

import aiohttp
import psutil
from nodes import Node

from attacks.effects import Effects, measured
from attacks.running import attacking
from attacks.target import Report
from attacks.well_behaved import Account, WellBehaved

ANSWERS_S = 1.0
"""Until /healthz and /status have answered: 0.5 s, and as much again for a machine that attacker,
server and callers share."""
KEPT_S = 20.0
_numbers = itertools.count(256)


def address() -> str:
    """A loopback address that nobody has used yet: what is counted by address begins anew."""
    number = next(_numbers)
    return f"127.0.{number // 250 + 9}.{number % 250 + 1}"


@dataclass
class Outcome:
    """``attack``: what it says it did; ``caller``: what was beside it; ``newcomer``: who came
    later."""

    attack: Report
    effects: Effects
    caller: Account
    newcomer: Account


async def well(node: Node, source: str) -> None:
    """The server says that it is well, soon."""
    connector = aiohttp.TCPConnector(local_addr=(source, 0), force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        for path in ("/healthz", "/status"):
            began = time.monotonic()
            async with session.get(node.url + path) as response:
                assert response.status == 200, await response.text()
                await response.read()
            took = time.monotonic() - began
            assert took < ANSWERS_S, f"{path} answered after {took * 1000:.0f} ms"


async def kept(node: Node, account: Account, seconds: float = KEPT_S) -> None:
    """Every turn of a caller is in the database with its reply."""
    query = (
        "select turn_id from chat where session_id = $1 and user_prompt is not null "
        "and text is not null"
    )
    missing: Collection[str] = set(account.turns)
    until = time.monotonic() + seconds
    while True:
        rows = await node.rows(query, account.session)
        missing = set(account.turns) - {str(row["turn_id"]) for row in rows}
        if not missing or time.monotonic() > until:
            break
        await asyncio.sleep(0.25)
    assert not missing, f"{len(missing)} of {len(account.turns)} turns are not in the database"


def answered(account: Account) -> None:
    """Every question of theirs was."""
    assert account.problem is None, account.problem
    assert account.asked and not account.unanswered, f"{len(account.unanswered)} unanswered"
    assert not account.faults, account.faults


async def beside(node: Node, name: str, seconds: float, source: str = "") -> Outcome:
    """``name`` goes on for ``seconds`` from ``source`` (one of its own); a caller types all along
    and is answered, the server says that it is well; then somebody else calls and is answered;
    all of it reaches the database."""
    process = psutil.Process(node.process.pid)
    attacker, watcher = source or address(), address()
    caller, newcomer = WellBehaved(node.url, address()), WellBehaved(node.url, address())
    async with measured(node, watcher) as effects:
        async with caller:
            async with attacking(name, node.url, seconds, attacker) as attack:
                reporting = asyncio.create_task(attack.report())
                while not reporting.done():
                    await caller.ask()
                    await well(node, watcher)
                    effects.look(process)
                    await asyncio.sleep(0.3)
                report = await reporting
            async with newcomer:
                await newcomer.ask()
            await caller.ask()
            answered(caller.account)
            answered(newcomer.account)
        await kept(node, caller.account)
        await kept(node, newcomer.account)
        await well(node, watcher)
    sys.stdout.write(f"\n{name}: {report}\n  {effects}\n")
    return Outcome(report, effects, caller.account, newcomer.account)
