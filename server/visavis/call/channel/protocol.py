"""The data channel `events`: JSON text, one object a message, as `events.schema.json` says.

A test holds what the server tells and what the pages send and take to the same schema
(``tests/call/test_call_messages_told.py``), so both sides agree on one document.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from visavis.inputs import MAX_MESSAGE, Refused, parse_json

SCHEMA = Path(__file__).with_name("events.schema.json")
VERSION = 1
MAX_CLIENT = 8_000
"""Bytes of what a client tells of itself, as JSON."""
SHOWN = 40
"""Characters of a caller's own that a refusal shows."""


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


def parse(message: str | bytes) -> dict[str, Any]:
    """A caller's message as a dict that fits the schema. Raises `BadMessage`."""
    return check(read(message))


def read(message: str | bytes) -> dict[str, Any]:
    """A message of a type that there is, not checked any further. Raises `BadMessage`."""
    size = len(message) if isinstance(message, bytes) else len(message.encode(errors="replace"))
    if size > MAX_MESSAGE:
        raise BadMessage(f"The message has {size} bytes; at most {MAX_MESSAGE} are taken.")
    if isinstance(message, bytes):
        raise BadMessage("Binary messages are not understood; send JSON text.")
    try:
        value = parse_json(message)
    except Refused as reason:
        raise BadMessage(f"The message can't be taken. {reason}") from None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise BadMessage('The message must be a JSON object with a "type".')
    if value["type"] not in _validators():
        known = ", ".join(sorted(_validators()))
        raise BadMessage(f"{value['type'][:SHOWN]!r} is no message type; there are {known}.")
    return value


def check(value: dict[str, Any]) -> dict[str, Any]:
    """What `read` gave, once it fits the schema. Raises `BadMessage`.

    The first fault found is told: to find all of them, and the best, takes a hostile message
    hundreds of ms.
    """
    kind = value["type"]
    ways = _validators()[kind]
    do = None if None in ways else value.get("do")
    validator = ways.get(do) if do is None or isinstance(do, str) else None
    if validator is None:
        known = ", ".join(sorted(name for name in ways if name))
        raise BadMessage(f"{kind}: do must be one of {known}.")
    error = next(validator.iter_errors(value), None)
    if error is not None:
        where = ".".join(str(name)[:SHOWN] for name in error.absolute_path) or "the message"
        raise BadMessage(f"{kind}: {where}: {_said(error)}")
    if kind == "hello":
        _check_client(value.get("client", {}))
        if not _is_zone(value.get("timezone", "")):
            value.pop("timezone", None)
    return value


def _check_client(client: dict[str, Any]) -> None:
    size = len(json.dumps(client, ensure_ascii=False).encode())
    if size > MAX_CLIENT:
        raise BadMessage(f"hello: client has {size:,} bytes; at most {MAX_CLIENT:,} are taken.")


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


_NAMES = {
    "boolean": "true or false",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a text",
}

_SENTENCES: Mapping[str, Callable[[Any, Any], str]] = {
    "type": lambda allowed, value: f"this must be {_kinds(allowed)}",
    "const": lambda allowed, value: f"this must be {allowed!r}",
    "enum": lambda allowed, value: f"this must be one of {', '.join(allowed)}",
    "required": lambda names, value: f"{_first(names, value)!r} is a required property",
    "minLength": lambda least, value: "this text is empty",
    "maxLength": lambda most, value: (
        f"this text has {len(value)} characters; at most {most} are taken"
    ),
    "minimum": lambda least, value: f"this must be at least {least:,g}",
    "maximum": lambda most, value: f"this must be at most {most:,g}",
    "maxProperties": lambda most, value: f"this has {len(value)} members; at most {most} are taken",
}
"""What is wrong, by the keyword of the schema that says so: `(what it allows, what came)`."""


def _said(error: ValidationError) -> str:
    value: Any = error.instance
    rule: Any = error.schema
    keyword = str(error.validator)
    if keyword == "additionalProperties":
        unknown = next(name for name in value if name not in rule["properties"])
        return f"{unknown[:SHOWN]!r} is not known here."
    if keyword == "pattern":
        blank = error.validator_value == "\\S"
        return "this text has nothing but blanks." if blank else "this is no id."
    return f"{_SENTENCES[keyword](error.validator_value, value)}."


def _kinds(allowed: str | list[str]) -> str:
    names = [allowed] if isinstance(allowed, str) else allowed
    return " or ".join(_NAMES[name] for name in names)


def _first(names: list[str], value: dict[str, Any]) -> str:
    return next(name for name in names if name not in value)


def message(kind: str, at: float, /, **fields: Any) -> str:
    """A message of the server's; `at` is ms on the call's media clock. Raises ValueError for a
    number that JSON has no word for."""
    whole = {"type": kind, "at": round(at, 1), **fields}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False)
