"""``python -m attacks NAME,NAME URL --seconds N``: one attack after the other."""

import argparse
import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from attacks.catalogue import ATTACKS
from attacks.target import Report, Target
from visavis.client.problems import CallFailed

GRACE_S = 30.0
"""So much longer than asked for, an attack is cut off."""


def _less_urgent() -> None:
    """Whatever this takes of the machine, a victim who wants it has first."""
    os.nice(10)
    with suppress(OSError):  # a session of its own is weighed as one (Linux, sched(7))
        Path("/proc/self/autogroup").write_text("10")


async def _bounded(name: str, target: Target) -> Report:
    try:
        async with asyncio.timeout(target.seconds + GRACE_S):
            return await ATTACKS[name](target)
    except CallFailed as reason:
        return {"refused": str(reason)}


def main() -> None:
    """Attack, and print what each attack did as a line of JSON."""
    parser = argparse.ArgumentParser(prog="attacks")
    parser.add_argument("names", help="of attacks, with commas between them")
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each")
    parser.add_argument("--source", default="127.0.0.1", help="the loopback address it comes from")
    parser.add_argument("--seed", type=int, default=9)
    given = parser.parse_args()
    names = given.names.split(",")
    if unknown := [name for name in names if name not in ATTACKS]:
        parser.error(f"No attack is called {unknown[0]}; there are {', '.join(sorted(ATTACKS))}.")
    if not given.url.startswith("http://127.0.0.1:"):
        parser.error("Only a server on http://127.0.0.1 may be attacked.")
    _less_urgent()
    target = Target(given.url.rstrip("/"), min(given.seconds, 600.0), given.source, given.seed)
    for n, name in enumerate(names):
        report = asyncio.run(_bounded(name, target.moved(97 * n) if n else target))
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()


main()
