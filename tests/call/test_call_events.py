import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.call import events


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
def test_good_messages_pass(message):
    assert events.parse(json.dumps(message)) == message


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
        ("[" * 60_000, "not JSON"),
        (b"\x00\x01", "Binary"),
        ("x" * 1_000_000, "1000000 bytes"),
        (json.dumps({"type": "text", "text": "a" * 5_000}), "5000 characters"),
    ],
)
def test_bad_messages_are_refused_with_a_reason(message, says):
    with pytest.raises(events.BadMessage) as caught:
        events.parse(message)
    assert says in str(caught.value)


@given(st.text() | st.binary() | st.recursive(st.none() | st.text() | st.floats(), st.lists))
def test_garbage_never_raises_anything_else(garbage):
    if not isinstance(garbage, str | bytes):
        garbage = json.dumps(garbage)
    try:
        events.parse(garbage)
    except events.BadMessage as reason:
        assert str(reason)


def test_messages_of_the_server_carry_the_media_time():
    assert json.loads(events.message("mode", 1234.5678, mode="idle"))["at"] == 1234.6
    assert math.isclose(json.loads(events.message("x", 0))["at"], 0)
