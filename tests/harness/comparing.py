"""The differences of two recordings, a line each, and which of them are allowed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Allowed:
    """A pattern over difference lines, searched in each, and why it may differ."""

    pattern: re.Pattern[str]
    why: str


def differences(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """`place: what`, in the order of the recording."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            here = f"{place} / {name}" if place else name
            if name not in after:
                yield f"{here}: gone, was {_short(before[name])}"
            elif name not in before:
                yield f"{here}: new, {_short(after[name])}"
            else:
                yield from differences(before[name], after[name], here)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, place)
    elif before != after:
        yield f"{place}: {_short(before)} → {_short(after)}"


def _lists(before: list[Any], after: list[Any], place: str) -> Iterator[str]:
    """Of plain things which were added and removed, and where; of others each by its place."""
    if any(isinstance(one, dict | list) for one in (*before, *after)):
        if len(before) != len(after):
            yield f"{place}: {len(before)} → {len(after)} of them"
        for n, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from differences(one, other, f"{place} / {n}")
        return
    keys = [list(map(str, one)) for one in (before, after)]
    for kind, a, b, c, d in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (f"{place}: − {one} (at {n})" for n, one in enumerate(keys[0][a:b], a))
            yield from (f"{place}: + {one} (at {n})" for n, one in enumerate(keys[1][c:d], c))


def _short(value: Any) -> str:
    said = str(value)
    return said if len(said) <= 160 else f"{said[:157]}…"


def read_allowed(path: Path) -> list[Allowed]:
    """A pattern a line, then `#` and why. Raises ValueError for a line that doesn't say why."""
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, mark, why = line.rpartition(" # ")
        if not mark or not why.strip():
            raise ValueError(f"{path}:{number}: say why, after a ' # '")
        try:
            found.append(Allowed(re.compile(pattern.strip()), why.strip()))
        except re.error as error:
            raise ValueError(f"{path}:{number}: no pattern: {error}") from error
    return found


def report(found: list[str], allowed: list[Allowed]) -> tuple[list[str], int]:
    """What is to be printed, and how many differences are not allowed."""
    lines, left, used = [], 0, set()
    for difference in found:
        reason = next((one for one in allowed if one.pattern.search(difference)), None)
        if reason is None:
            left += 1
            lines.append(difference)
        else:
            used.add(reason)
            lines.append(f"(allowed: {reason.why}) {difference}")
    lines += [f"(never needed: {one.pattern.pattern})" for one in allowed if one not in used]
    return lines, left
