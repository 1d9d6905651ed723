"""Counts what must not be in the house, and fails where there is more of it than is allowed.

    python tests/house.py                    every check
    python tests/house.py --list circles     the places that one check found

What each check may count is its limit. Where the tree isn't there yet, `tests/house.toml` holds the
number of today, which may only fall: more fails, and so does less, until the number is lowered.
"""

import argparse
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from house_rules import arrows, calls, names, reaching, size, unread
from house_rules.tree import Place, Tree

ROOT = Path(__file__).resolve().parents[1]
RATCHET = Path("tests/house.toml")


@dataclass(frozen=True)
class Check:
    """A rule; ``find`` gives every place that counts towards ``limit``."""

    name: str
    what: str
    find: Callable[[Tree], Sequence[Place]]
    limit: int = 0


CHECKS = (
    Check("arrows-up", "imports against the arrows between rooms", arrows.arrows_up),
    Check("circles", "circles of modules that import each other", arrows.circles),
    Check("beside-the-rooms", "files in call/ outside its rooms", calls.beside_the_rooms, 6),
    Check("callbacks", "parameters and fields in call/ that are called", calls.callbacks, 25),
    Check("reached-into", "attributes of a part set from outside it", reaching.reached_into),
    Check("asked-upstream", "events heard upstream of their publisher", calls.asked_upstream),
    Check("long-modules", "modules over 400 lines", size.long_modules),
    Check("long-functions", "functions over 60 lines of code", size.long_functions),
    Check("recorders", "modules in call/ outside keeping that import records", calls.recorders),
    Check("double-names", "names that two classes have", names.doubled),
    Check("empty-docstrings", "docstrings that say nothing", names.say_nothing),
    Check("unread-settings", "settings that nothing reads", unread.unread),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if every count is what it may be, else 1."""
    parser = argparse.ArgumentParser(description="Count what must not be in the house.")
    parser.add_argument(
        "--list",
        metavar="CHECK",
        choices=[one.name for one in CHECKS],
        help="print the places that this check found",
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to look at")
    said = parser.parse_args(arguments)
    tree = Tree.read(said.root)
    if said.list:
        for check in CHECKS:
            if check.name == said.list:
                print(*sorted(check.find(tree)), sep="\n")
        return 0
    ratchet = allowed_today(said.root / RATCHET)
    problems = []
    for check in CHECKS:
        places = sorted(check.find(tree))
        today = ratchet.get(check.name, check.limit)
        print(f"{check.what}: {len(places)}" + (f" (of {today})" if today else ""))
        problems += complaint(check, places, ratchet)
    print(*problems, sep="\n", file=sys.stderr, end="\n" if problems else "")
    return int(bool(problems))


def allowed_today(path: Path) -> dict[str, int]:
    """The ratchet: check → number. Raises ValueError for a check that there isn't."""
    found = tomllib.loads(path.read_text()) if path.exists() else {}
    unknown = found.keys() - {one.name for one in CHECKS}
    if unknown:
        raise ValueError(f"{path} names checks that there aren't: {', '.join(sorted(unknown))}")
    return found


def complaint(check: Check, places: Sequence[Place], ratchet: dict[str, int]) -> list[str]:
    """What is wrong with a count, as lines; none if it is right."""
    today = ratchet.get(check.name)
    count = len(places)
    if count > (check.limit if today is None else today):
        allowed = f"{check.limit if today is None else today} allowed"
        return [
            f"\n{check.name}: {count} {check.what}, {allowed}:",
            *(f"  {one}" for one in places),
        ]
    if today is not None and count <= check.limit:
        return [f"\n{check.name}: {count}, as it should be: take its line out of {RATCHET}"]
    if today is not None and count < today:
        return [f"\n{check.name}: {count} {check.what}: lower it to {count} in {RATCHET}"]
    return []


if __name__ == "__main__":
    sys.exit(main())
