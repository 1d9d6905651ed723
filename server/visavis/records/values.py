"""Values as Postgres and JSON can hold them: whatever a row was given is made so, and read back.

Nesting is bounded, because every reader of JSON (Python's, Postgres's, pydantic's, a browser's)
gives up at some depth of its own, and nobody should meet another's. What is cut says so.
"""

import json
import math
import re
from itertools import chain
from typing import Any

from visavis.inputs import fits, mended

DEPTH = 32
"""Levels of a value that are kept; the outermost list or dict is the first."""
READ_DEPTH = 64
"""Levels that are read back, of rows that an earlier version has kept: pydantic takes 255."""
CUT = "(nested too deeply to be kept)"
INTEGER_LEAST, INTEGER_MOST = -(2**63), 2**63 - 1
"""Of a ``bigint``. In jsonb larger ones become text, for few readers take them for numbers."""
DIGITS = 40
"""Of an integer that is kept as text; of a larger one, only how long it is."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


def clean(value: Any, depth: int = DEPTH) -> Any:
    """What can be kept of ``value``: text without control and half characters, numbers that are
    finite, ``depth`` levels, names as text and each once. Never raises, also for what JSON has no
    form for."""
    return _clean(value, depth, set())


def _clean(value: Any, depth: int, around: set[int]) -> Any:
    """``around``: the ids of the containers that ``value`` is in; none may hold itself."""
    match value:
        case None | bool():
            return value
        case str():
            return clean_text(value)
        case int():
            return value if INTEGER_LEAST <= value <= INTEGER_MOST else _digits(value)
        case float():
            return value if math.isfinite(value) else None
        case list() | tuple() | dict():
            if depth < 1 or id(value) in around:
                return CUT
            around.add(id(value))
            made: Any
            if isinstance(value, dict):
                made = {}
                for name, item in value.items():
                    key = clean_text(name if isinstance(name, str) else _as_text(name))
                    # Cleaned, two names may be the same.
                    made[f"{key} ({len(made) + 1})" if key in made else key] = _clean(
                        item, depth - 1, around
                    )
            else:
                made = [_clean(item, depth - 1, around) for item in value]
            around.discard(id(value))
            return made
    return _clean(plain(value), depth, around)


def clean_text(text: str) -> str:
    """Text without what Postgres can't hold, and without what a terminal would obey that shows
    it."""
    return text if fits(text) else mended(text.encode(errors="replace").decode())


def plain(value: Any) -> Any:
    """NumPy's scalars and arrays as Python's; the rest (UUIDs, times, paths) as text."""
    try:
        as_list = getattr(value, "tolist", None)
        made = as_list() if as_list else None
    except Exception:
        made = None
    return made if type(made) in (bool, int, float, str, list) else _as_text(value)


def loads(text: str) -> Any:
    """The value of JSON, cut below `READ_DEPTH`, with integers that Python refuses as text.

    Raises ValueError for what isn't JSON.
    """
    try:
        value = _parsed(text)
    except RecursionError:
        return _parsed(_shallow(text))
    return _parsed(_shallow(text)) if _too_deep(value) else value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(text, parse_int=_integer)


def _too_deep(value: Any) -> bool:
    """Level by level, for it may be too deep to walk otherwise."""
    level = [value] if type(value) in (dict, list) else []
    for _ in range(READ_DEPTH):
        items = chain.from_iterable(one.values() if type(one) is dict else one for one in level)
        level = [item for item in items if type(item) in (dict, list)]
        if not level:
            return False
    return True


def _shallow(text: str) -> str:
    """JSON with what is nested deeper than `READ_DEPTH` replaced."""
    kept: list[str] = []
    level, start = 0, 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            level += 1
            if level == READ_DEPTH + 1:
                kept += (text[start : token.start()], json.dumps(CUT))
        elif token[0] in "]}":
            if level == READ_DEPTH + 1:
                start = token.end()
            level -= 1
    return "".join([*kept, text[start:]])


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= DIGITS else f"(a number of {len(digits)} digits)"


def _digits(value: int) -> str:
    if abs(value) < 10**DIGITS:
        return str(value)
    return f"(a number of about {int(value.bit_length() * math.log10(2)) + 1} digits)"


def _as_text(value: Any) -> str:
    try:
        return str(value)
    except Exception:
        return f"(a {type(value).__name__} that has no text)"
