"""Both sides of the data channel keep to `events.schema.json`: what the server publishes as
`ToCaller`, what the pages send, and what they know how to take."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from visavis.call.channel import protocol

ROOT = Path(__file__).parents[2]
CALL = ROOT / "server" / "visavis" / "call"
STATIC = ROOT / "static"
SERVER: dict[str, dict[str, Any]] = {
    one["properties"]["type"]["const"]: one["properties"]
    for one in protocol.schema()["$defs"]["server"]["oneOf"]
}
CALLER = {
    one["properties"]["type"]["const"] for one in protocol.schema()["$defs"]["caller"]["oneOf"]
}
Told = tuple[str, set[str], str]
"""A kind, the fields that are written beside it, and where."""


def _named(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _named(node) == name and node.args:
            yield node


def _fields(node: ast.Call) -> set[str]:
    """Of ``ToCaller(kind, {…})`` and of ``_tell(kind, …=…)``, as far as they are written there."""
    written = {word.arg for word in node.keywords if word.arg}
    for given in node.args[1:]:
        if isinstance(given, ast.Dict):
            written |= {str(key.value) for key in given.keys if isinstance(key, ast.Constant)}
    return written


def _told() -> Iterator[Told]:
    for path in sorted(CALL.rglob("*.py")):
        tree = ast.parse(path.read_text())
        place = str(path.relative_to(ROOT))
        helpers = set()
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in _calls(function, "ToCaller"):
                kind = call.args[0]
                if isinstance(kind, ast.Constant):
                    yield str(kind.value), _fields(call), place
                else:
                    helpers.add(function.name)
        for helper in helpers:
            for call in _calls(tree, helper):
                kind = call.args[0]
                assert isinstance(kind, ast.Constant), f"{place}: write the kind as a text"
                yield str(kind.value), _fields(call), place


def test_every_message_of_the_server_is_in_the_schema_and_the_other_way_round() -> None:
    told = list(_told())
    for kind, fields, place in told:
        assert kind in SERVER, f"{place} tells the caller {kind!r}, which the schema doesn't know"
        unknown = fields - SERVER[kind].keys()
        assert not unknown, f"{place}: the schema's {kind!r} has no {', '.join(sorted(unknown))}"
    never = SERVER.keys() - {kind for kind, _, _ in told}
    assert not never, f"the schema has what nothing tells: {', '.join(sorted(never))}"


def test_the_pages_send_every_message_of_the_schema_and_no_other() -> None:
    sent = set(re.findall(r'this\.#send\("(\w+)"', (STATIC / "events.js").read_text()))
    assert sent == CALLER, "static/events.js and events.schema.json differ"


def test_the_pages_take_every_message_of_the_server_and_wait_for_no_other() -> None:
    page = (STATIC / "main.js").read_text()
    switch = page[page.index("switch (message.type)") :]
    taken = set(re.findall(r'^ +case "(\w+)":', switch, re.MULTILINE))
    taken |= set(re.findall(r'message\.type === "(\w+)"', (STATIC / "signs.js").read_text()))
    assert taken <= SERVER.keys(), "static/main.js waits for what the schema doesn't know"
    teach = "".join(path.read_text() for path in (STATIC / "teach").glob("*.js"))
    taken |= set(re.findall(r'line\.addEventListener\("(\w+)"', teach))
    assert not SERVER.keys() - taken, "no page takes these messages of the server"


STRUCTURE = {"$ref", "dependentSchemas", "description", "if", "items", "oneOf", "properties"}
STRUCTURE |= {"then", "title"}
"""What fails by a keyword inside it, or not at all."""


def _keywords(schema: Any) -> Iterator[str]:
    whole = protocol.schema()["$defs"]
    yield from schema.keys()
    if "$ref" in schema:
        yield from _keywords(whole[schema["$ref"].rsplit("/", 1)[1]])
    for name in ("then", "items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from _keywords(schema[name])
    for name in ("properties", "dependentSchemas"):
        for inner in schema.get(name, {}).values():
            yield from _keywords(inner)


def test_whatever_is_wrong_with_a_callers_message_has_a_sentence() -> None:
    used = {
        keyword
        for one in protocol.schema()["$defs"]["caller"]["oneOf"]
        for keyword in _keywords(one)
    }
    said = {*protocol._SENTENCES, "additionalProperties", "pattern"}
    assert used - STRUCTURE <= said, "protocol._SENTENCES lacks a keyword of the schema"
