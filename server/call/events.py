"""The data channel `events`: JSON text, one object a message, as `events.schema.json` says.

The same schema is used by the page's tests and the caller's, so both sides agree on one document.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

SCHEMA = Path(__file__).with_name("events.schema.json")
CHANNEL = "events"
VERSION = 1
MAX_MESSAGE = 64 * 1024
"""Bytes; longer messages are refused, whatever they hold."""
MAX_TEXT = 4_000
"""Characters of one typed turn."""


class BadMessage(ValueError):
    """A message of the caller's that can't be taken; its text is a sentence for them."""


@cache
def schema() -> dict[str, Any]:
    """The schema document."""
    loaded: dict[str, Any] = json.loads(SCHEMA.read_text())
    return loaded


@cache
def _validators() -> dict[str, dict[str | None, Draft202012Validator]]:
    """A validator for each type of message and, where a type does several things, for each `do`,
    so that an error speaks of that message alone."""
    whole = schema()
    found: dict[str, dict[str | None, Draft202012Validator]] = {}
    for one in whole["$defs"]["caller"]["oneOf"]:
        properties = one["properties"]
        validator = Draft202012Validator({"type": "object", **one, "$defs": whole["$defs"]})
        for do in _values(properties["do"]) if "do" in properties else (None,):
            found.setdefault(properties["type"]["const"], {})[do] = validator
    return found


def _values(allowed: dict[str, Any]) -> list[str]:
    return allowed.get("enum") or [allowed["const"]]


def _refuse_constant(name: str) -> NoReturn:
    raise BadMessage(f"{name} is not a number that JSON knows; leave the field out.")


def parse(message: str | bytes) -> dict[str, Any]:
    """A caller's message as a dict that fits the schema. Raises `BadMessage`."""
    size = len(message) if isinstance(message, bytes) else len(message.encode(errors="replace"))
    if size > MAX_MESSAGE:
        raise BadMessage(f"The message has {size} bytes; at most {MAX_MESSAGE} are taken.")
    if isinstance(message, bytes):
        raise BadMessage("Binary messages are not understood; send JSON text.")
    try:
        value = json.loads(message, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, RecursionError):
        raise BadMessage("The message is not JSON.") from None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise BadMessage('The message must be a JSON object with a "type".')
    ways = _validators().get(value["type"])
    if ways is None:
        known = ", ".join(sorted(_validators()))
        raise BadMessage(f"{value['type'][:40]!r} is no message type; there are {known}.")
    do = None if None in ways else value.get("do")
    validator = ways.get(do) if do is None or isinstance(do, str) else None
    if validator is None:
        known = ", ".join(sorted(name for name in ways if name))
        raise BadMessage(f"{value['type']}: do must be one of {known}.")
    error = best_match(validator.iter_errors(value))
    if error is not None:
        where = error.json_path.removeprefix("$").removeprefix(".") or "the message"
        raise BadMessage(f"{value['type']}: {where}: {error.message[:200]}")
    if value["type"] == "text" and len(value["text"]) > MAX_TEXT:
        raise BadMessage(
            f"The text has {len(value['text'])} characters; at most {MAX_TEXT} are taken."
        )
    return value


def message(kind: str, at: float, /, **fields: Any) -> str:
    """A message of the server's; `at` is ms on the call's media clock."""
    return json.dumps({"type": kind, "at": round(at, 1), **fields}, ensure_ascii=False)
