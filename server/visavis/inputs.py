"""Input from outside, parsed once: what has passed here can be stored, sent on and shown.

JSON is read as RFC 8259 allows a parser to: with a limit on nesting, on the number of values, on
the size and the range of numbers, without NaN, with each name of an object once, and with text that
is Unicode throughout.
PostgreSQL's text and jsonb take neither NUL nor half a surrogate pair, so neither passes. Control
characters could move the cursor and change the colours of whatever terminal shows them, so they are
replaced; tabs and line ends mean something and stay.
"""

import json
import math
import re
from typing import Any, NoReturn
from urllib.parse import urlsplit

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
URL_CHARACTERS = 2_000

_UNFIT = re.compile("[\0\ud800-\udfff]")
"""What can't be stored."""
_UNFIT_TEXT = "There is a text with NUL or half a character (a lone surrogate) in it."
_CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""The same, and what only a terminal obeys (C0 and C1 but tab and LF)."""
_LINE_END = re.compile("\r\n?")
_NOT_IN_URLS = re.compile(r"[\s\\?#]")
_NO_URL = (
    "an address is written as in http://localhost:8000/v1: a host whose name has parts of 1 to 63 "
    "characters, a port of 1 to 65535 or none, no spaces"
)
_SIGNED_IN = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,20}://)[^\s/?#]*@")
_SENDABLE = re.compile(r"(?:[!-~]+(?: +[!-~]+)*)?")


class Refused(ValueError):
    """Input that can't be taken; its text is a sentence for whoever sent it.

    ``field``: the name of the value that is wrong, where the rest of the document could be read.
    """

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def parse_json(text: str | bytes, *, depth: int = DEPTH, parts: int = PARTS) -> Any:
    """The value that ``text`` (bytes: UTF-8) stands for, nested at most ``depth`` levels, with at
    most ``parts`` values in it; its texts are `mended`.

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
    return _checked(value, depth)


def fits(text: str) -> bool:
    """Whether text can be stored, encoded and shown as it is: no NUL, no half of a surrogate pair,
    and no control character but tab and LF."""
    return _CONTROL.search(text) is None


def mended(text: str) -> str:
    """The text with a replacement character (U+FFFD) for each that does not `fit`; a line ends in
    LF."""
    return _CONTROL.sub("\ufffd", _LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    """The text `mended`, with single spaces for tabs and line ends too: for a line of a log or of a
    terminal, which nobody's words may end early."""
    return " ".join(mended(text).split())


def without_passwords(text: str) -> str:
    """The text with … for the user and password of every address in it."""
    return _SIGNED_IN.sub("\\1…@", text)


def http_url(url: str) -> str:
    """An address of a service as it came, if it can be asked and holds no secret.

    Raises ValueError with a sentence that doesn't repeat it where it may hold a password, for it
    is shown and kept in many places: logs, rows, what `doctor` says.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("ascii" if ":" in host else "idna")
    except ValueError:  # a port that is none, a name that no resolver can be asked for
        raise ValueError(_NO_URL) from None
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("an address without user, query or fragment is wanted; a key is `key`")
    if parts.scheme not in ("http", "https") or not host:
        shown = one_line(url.rpartition("@")[2])[:80]
        raise ValueError(f"{shown!r} must begin with http:// or https:// and name a host")
    if port == 0 or len(url) > URL_CHARACTERS or _NOT_IN_URLS.search(url) or not fits(url):
        raise ValueError(_NO_URL)
    return url


def header_key(key: str) -> str:
    """A key as it came, if it can be sent in a header. Raises ValueError, which doesn't repeat
    it."""
    if _SENDABLE.fullmatch(key) is None:
        raise ValueError(
            "a key is one line of ASCII letters, digits and signs, without a space before or "
            "after; a line end or another quotation mark may have come along as it was copied"
        )
    return key


def _checked(value: Any, depth: int) -> Any:
    """Nesting and texts, without recursion: what is checked may be nested deeply. Its texts are
    mended in place."""
    whole = [value]
    waiting: list[tuple[str, Any, int]] = [("", whole, 0)]
    while waiting:
        name, one, level = waiting.pop()
        if level > depth:
            raise _too_deep(depth)
        for key, item in [*(one.items() if isinstance(one, dict) else enumerate(one))]:
            inside = key if isinstance(one, dict) else name
            if isinstance(item, str):
                if _UNFIT.search(item):
                    raise Refused(_UNFIT_TEXT, inside)
                one[key] = mended(item)
            elif isinstance(item, dict | list):
                waiting.append((inside, item, level + 1))
    return whole[0]


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
            raise Refused("A name in an object has a control character or half a character in it.")
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
