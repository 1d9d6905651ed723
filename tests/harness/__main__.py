"""`python -m tests.harness record FILE` and `python -m tests.harness compare A B`."""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from . import comparing, recording, scripts


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.harness")
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record", help="run all scripts, and keep what they leave")
    record.add_argument("file", type=Path)
    record.add_argument("--only", action="append", default=[], metavar="SCRIPT", help="just these")
    compare = commands.add_parser("compare", help="print what differs; 1 unless it is allowed")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    compare.add_argument("--allow", type=Path, help="a pattern a line, then ' # ' and why")
    hold = commands.add_parser("hold")  # the script `vanished` starts it
    hold.add_argument("url")
    given = parser.parse_args()
    if given.command == "hold":
        asyncio.run(scripts.hold(given.url))
        return 0
    if given.command == "compare":
        return _compare(given.before, given.after, given.allow)
    if unknown := set(given.only) - {*scripts.IN_THE_HOUSE, *scripts.AT_THE_STAND}:
        parser.error(f"No script is called {', '.join(unknown)}.")
    began = time.monotonic()
    found = asyncio.run(recording.record(frozenset(given.only)))
    given.file.write_text(recording.text(found))
    recording.tell(f"{given.file}: {time.monotonic() - began:.0f} s")
    return 0


def _compare(before: Path, after: Path, allow: Path | None) -> int:
    try:
        allowed = comparing.read_allowed(allow) if allow else []
        old, new = recording.read(before), recording.read(after)
    except (OSError, ValueError) as reason:
        sys.stderr.write(f"{reason}\n")
        return 2
    if new.get("partial"):
        old = recording.partial(old, like=new)
    lines, left = comparing.report(list(comparing.differences(old, new)), allowed)
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{left} differences that nothing explains\n" if left else "the same\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
