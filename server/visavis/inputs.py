"""Input from outside, parsed once: what has passed here can be stored, sent on and shown.

JSON is read as RFC 8259 allows a parser to: with a limit on nesting, on the number of values, on
the size and the range of numbers, without NaN, with each name of an object once, and with text that
is Unicode throughout.
PostgreSQL's text and jsonb take neither NUL nor half a surrogate pair, so neither passes.
"""

import json
import math
import re
from typing import Any, NoReturn

MAX_MESSAGE = 64 * 1024
"""Bytes of a message on the data channel; longer ones are refused, whatever they hold."""
DEPTH = 8
"""Levels of nesting; the outermost object or array is the first."""
PARTS = 2_500
"""Values and members in all; to read so many takes a few ms. A comma or a bracket in a text counts
as one too."""
NUMBER_CHARACTERS = 40
INTEGER_MOST = 2**63 - 1
NAME_CHARACTERS = 200

_UNFIT = re.compile("[\0\ud800-\udfff]")


class Refused(ValueError):
    """Input that can't be taken; its text is a sentence for whoever sent it.

    ``field``: the name of the value that is wrong, where the rest of the document could be read.
    """

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def parse_json(text: str | bytes, *, depth: int = DEPTH, parts: int = PARTS) -> Any:
    """The value that ``text`` (bytes: UTF-8) stands for, nested at most ``depth`` levels, with at
    most ``parts`` values in it.

    Raises `Refused`. How long the text may be is for who calls.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode()
        if text.count(",") + text.count("[") + text.count("{") > parts:
            raise Refused(f"There is too much in this; at most {parts:,} values are taken.")
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except UnicodeDecodeError:
        raise Refused("This is not UTF-8 text.") from None
    except json.JSONDecodeError as error:
        raise Refused(f"This is not JSON (line {error.lineno}, column {error.colno}).") from None
    except RecursionError:
        raise _too_deep(depth) from None
    _check(value, depth)
    return value


def fits(text: str) -> bool:
    """Whether text can be stored and encoded: no NUL, no half of a surrogate pair."""
    return _UNFIT.search(text) is None


def mended(text: str) -> str:
    """The text with a replacement character (U+FFFD) for each that could not be stored."""
    return _UNFIT.sub("\ufffd", text)


def _check(value: Any, depth: int) -> None:
    """Texts and nesting, without recursion: what is checked may be nested deeply."""
    waiting: list[tuple[str, Any, int]] = [("", value, 1)]
    while waiting:
        name, one, level = waiting.pop()
        if isinstance(one, str) and not fits(one):
            sentence = "There is a text with NUL or half a character (a lone surrogate) in it."
            raise Refused(sentence, name)
        if isinstance(one, dict | list):
            if level > depth:
                raise _too_deep(depth)
            named = one.items() if isinstance(one, dict) else ((name, item) for item in one)
            waiting.extend((key, item, level + 1) for key, item in named)


def _too_deep(depth: int) -> Refused:
    return Refused(f"Objects and arrays stand in each other too deeply; {depth} levels are taken.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused("A name stands twice in one object; give it once.")
    for name in found:
        if len(name) > NAME_CHARACTERS:
            raise Refused(f"A name in an object is longer than {NAME_CHARACTERS} characters.")
        if not fits(name):
            raise Refused("A name in an object has NUL or half a character in it.")
    return found


def _integer(digits: str) -> int:
    if len(digits) > NUMBER_CHARACTERS or abs(int(digits)) > INTEGER_MOST:
        raise Refused(f"A number is too large: whole ones go to {INTEGER_MOST:,}.")
    return int(digits)


def _number(digits: str) -> float:
    if len(digits) > NUMBER_CHARACTERS:
        raise Refused(f"A number has over {NUMBER_CHARACTERS} characters; write it shorter.")
    value = float(digits)
    if not math.isfinite(value):
        raise Refused("A number is too large to be kept.")
    return value


def _constant(name: str) -> NoReturn:
    raise Refused(f"{name} is not a number that JSON knows; leave the field out.")
