"""What passes the door for JSON, and what is refused there."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.inputs import DEPTH, PARTS, Refused, fits, mended, parse_json


@pytest.mark.parametrize(
    "text",
    [
        "[" * 700 + "]" * 700,
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" * (DEPTH + 1) + "]" * (DEPTH + 1),
        "9" * 5000,
        "-" + "7" * 4400,
        str(2**63),
        "1e999",
        "-1e400",
        "0." + "1" * 400,
        "NaN",
        "Infinity",
        "-Infinity",
        r'"\ud83d"',
        r'{"x":"\udfff"}',
        r'"a\u0000b"',
        r'{"a\u0000b":1}',
        r'{"\ud800":1}',
        '{"given":false,"given":true}',
        '{"a":[{"b":1,"b":1}]}',
        '{"' + "n" * 201 + '":1}',
        "{} {}",
        "",
        "{",
        b"\xff\xfe",
    ],
    ids=lambda text: repr(text)[:24],
)
def test_what_could_not_be_kept_is_refused_in_a_sentence(text: str | bytes) -> None:
    with pytest.raises(Refused) as refused:
        parse_json(text)
    said = str(refused.value)
    assert said.endswith(".") and "Error" not in said and len(said) < 200


def test_a_text_that_cannot_be_kept_is_named() -> None:
    for text, field in ((r'{"a":{"b":["\u0000"]}}', "b"), (r'"\u0000"', ""), ("{", "")):
        with pytest.raises(Refused) as refused:
            parse_json(text)
        assert refused.value.field == field


def test_what_is_nested_as_deeply_as_allowed_passes() -> None:
    assert parse_json("[" * DEPTH + "]" * DEPTH) == json.loads("[" * DEPTH + "]" * DEPTH)


def test_what_would_take_long_is_refused_unread() -> None:
    for text in ("[" + "[]," * PARTS + "[]]", "[" * 60_000, "," * 60_000, "{" * 60_000):
        with pytest.raises(Refused, match="too much"):
            parse_json(text)
    assert len(parse_json("[" + "1," * (PARTS - 1) + "1]")) == PARTS


def test_what_could_not_be_kept_is_replaced_where_it_must_be_taken() -> None:
    assert mended("a\0b\udcff") == "a\ufffdb\ufffd" and mended("ä😀") == "ä😀"


def test_pairs_of_surrogates_are_one_character() -> None:
    assert parse_json(r'"\ud83d\ude00"') == "\U0001f600"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text().filter(fits),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=20).filter(fits), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
def test_all_else_that_is_json_passes_as_it_is(value: object) -> None:
    text = json.dumps(value)
    assert parse_json(text, depth=100) == json.loads(text)
