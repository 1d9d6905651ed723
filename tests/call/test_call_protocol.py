import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from visavis.call.channel import protocol


@pytest.mark.parametrize(
    "message",
    [
        {"type": "hello", "consent": True, "client": {"browser": "x"}, "timezone": "Europe/Paris"},
        {"type": "consent", "given": False},
        {"type": "text", "text": "Hello", "at": 12.5},
        {"type": "interrupt"},
        {"type": "stats", "values": {"rtt_ms": 3, "codec": "opus"}},
        {"type": "judge", "id": "0192f0c1-0000-7000-8000-000000000000", "score": 1},
        {"type": "calibrate", "step": "quiet"},
        {"type": "calibrate", "step": "set", "gain_db": -3.5},
    ],
)
def test_good_messages_pass(message: dict[str, Any]) -> None:
    assert protocol.parse(json.dumps(message)) == message


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("{", "not JSON"),
        ("[1]", '"type"'),
        ('{"type": 3}', '"type"'),
        ('{"type": "dance"}', "'dance' is no message type"),
        ('{"type": "text"}', "'text' is a required property"),
        ('{"type": "text", "text": ""}', "text: text"),
        ('{"type": "consent", "given": "yes"}', "consent: given"),
        ('{"type": "text", "text": "a", "more": 1}', "more"),
        ('{"type": "stats", "values": {"a": NaN}}', "NaN"),
        ('{"type": "calibrate"}', "'step' is a required property"),
        ('{"type": "calibrate", "step": "shout"}', "calibrate: step"),
        ('{"type": "calibrate", "step": "set"}', "'gain_db' is a required property"),
        ('{"type": "calibrate", "step": "set", "gain_db": 90}', "calibrate: gain_db"),
        ('{"type": "calibrate", "step": "look", "gain_db": 1}', "calibrate: step"),
        ("[" * 60_000, "too much"),
        ('{"type": "stats", "values":' + "[" * 700 + "]" * 700 + "}", "too deeply"),
        ('{"type": "consent", "given": false, "given": true}', "twice"),
        ('{"type": "text", "text": "hi \\ud83d"}', "surrogate"),
        ('{"type": "text", "text": "a\\u0000b"}', "NUL"),
        ('{"type": "stats", "values": {"rtt_ms": 1e999}}', "too large"),
        ('{"type": "text", "text": "hi", "at": 1e13}', "text: at: this must be at most"),
        ('{"type": "text", "text": " \\n\\t"}', "nothing but blanks"),
        ('{"type": "judge", "id": "7", "score": 1}', "judge: id"),
        (
            '{"type": "judge", "id": "0192f0c1-0000-7000-8000-000000000000\\n", "score": 1}',
            "37 characters",
        ),
        (json.dumps({"type": "stats", "values": {f"a{n}": n for n in range(129)}}), "129 members"),
        (json.dumps({"type": "stats", "values": {"a": "x" * 201}}), "201 characters"),
        (
            json.dumps({"type": "hello", "consent": False, "client": {"x": "x" * 9_000}}),
            "9,009 bytes",
        ),
        (b"\x00\x01", "Binary"),
        ("x" * 1_000_000, "1000000 bytes"),
        (json.dumps({"type": "text", "text": "a" * 5_000}), "5000 characters"),
    ],
)
def test_bad_messages_are_refused_with_a_reason(message: str | bytes, says: str) -> None:
    with pytest.raises(protocol.BadMessage) as caught:
        protocol.parse(message)
    said = str(caught.value)
    assert says in said
    assert said.endswith(".") and len(said) < 300 and "Error" not in said


@pytest.mark.parametrize(
    "message",
    [
        {"type": "n" * 50_000},
        {"type": "text", "text": "hi", "n" * 200: 1},
        {"type": "stats", "values": {"n" * 200: []}},
        {"type": "label", "do": "d" * 50_000},
        {"type": "label", "do": "begin", "modality": "m" * 50_000, "label": "x"},
        {"type": "judge", "id": "i" * 36, "score": 1},
        {"type": "consent", "given": "g" * 50_000},
    ],
)
def test_a_refusal_shows_little_of_what_it_refuses(message: dict[str, Any]) -> None:
    with pytest.raises(protocol.BadMessage) as caught:
        protocol.parse(json.dumps(message))
    assert len(str(caught.value)) < 200


def test_every_keyword_of_the_schema_has_a_sentence() -> None:
    checks = set()

    def look(node: Any) -> None:
        if isinstance(node, dict):
            for name, value in node.items():
                if isinstance(value, dict) and name in ("properties", "dependentSchemas"):
                    for inner in value.values():
                        look(inner)
                else:
                    checks.add(name)
                    look(value)
        elif isinstance(node, list):
            for inner in node:
                look(inner)

    whole = protocol.schema()["$defs"]
    for one in (*whole["caller"]["oneOf"], whole["at"], whole["uuid"], whole["label"]):
        look(one)
    says_nothing = {"title", "description", "properties", "dependentSchemas", "if", "then", "$ref"}
    elsewhere = {"additionalProperties", "pattern"}
    assert checks - says_nothing - elsewhere <= set(protocol._SENTENCES)


@pytest.mark.parametrize(
    "zone",
    ["", "../../etc/localtime", "Europe/Nowhere", "Europe", "/etc/passwd", "CEST", "zone.tab"],
)
def test_a_timezone_that_is_none_is_left_out(zone: str) -> None:
    said = protocol.parse(json.dumps({"type": "hello", "consent": True, "timezone": zone}))
    assert said == {"type": "hello", "consent": True}


def test_a_page_tells_as_much_of_itself_as_it_does() -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 " * 3
    facts = {f"fact {n}": agent for n in range(16)}
    said = {"type": "hello", "consent": True, "client": facts, "at": 1.5, "away_ms": 0}
    assert protocol.parse(json.dumps(said)) == said


def test_a_hostile_message_is_checked_no_further_than_its_first_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[Any] = []

    def counted(validator: Any, *arguments: Any) -> Iterator[Any]:
        for error in original(validator, *arguments):
            found.append(error)
            yield error

    original = Draft202012Validator.iter_errors
    monkeypatch.setattr(Draft202012Validator, "iter_errors", counted)
    wrong = {"type": "stats", "values": {f"a{n}": [] for n in range(128)}, "b": 1}
    with pytest.raises(protocol.BadMessage):
        protocol.parse(json.dumps(wrong))
    assert len(found) < 10


@given(st.text() | st.binary() | st.recursive(st.none() | st.text() | st.floats(), st.lists))
def test_garbage_never_raises_anything_else(garbage: Any) -> None:
    if not isinstance(garbage, str | bytes):
        garbage = json.dumps(garbage)
    try:
        protocol.parse(garbage)
    except protocol.BadMessage as reason:
        assert str(reason)


def test_messages_of_the_server_carry_the_media_time() -> None:
    assert json.loads(protocol.message("mode", 1234.5678, mode="idle"))["at"] == 1234.6
    assert math.isclose(json.loads(protocol.message("x", 0))["at"], 0)
