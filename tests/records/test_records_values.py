"""Values that any reader of JSON takes, made of any that a row may be given."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue, TypeAdapter

from visavis.records.values import CUT, DEPTH, READ_DEPTH, clean, loads

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


@settings(deadline=None)
@given(ANY)
def test_clean_gives_what_every_reader_takes_and_changes_it_no_more(value: Any) -> None:
    made = clean(value)
    text = json.dumps(made, allow_nan=False, ensure_ascii=False)
    assert "\0" not in text and "\\u0000" not in text
    text.encode()
    assert clean(made) == made == loads(text)


def test_what_a_terminal_would_obey_is_not_kept() -> None:
    assert clean({"a\x1b": ["b\x9b\0c\r\nd\t"]}) == {"a\ufffd": ["b\ufffd\ufffdc\nd\t"]}


def nested(depth: int, of: str = "[]") -> str:
    return ("[" if of == "[]" else '{"a":') * depth + "1" + of[1] * depth


@pytest.mark.parametrize("of", ["[]", "{}"])
@pytest.mark.parametrize("depth", [1, READ_DEPTH, READ_DEPTH + 1, 254, 900, 990, 200_000])
def test_what_is_too_deep_is_read_cut(depth: int, of: str) -> None:
    text = f'{{"x": {nested(depth, of)}, "quoted": "[[{{\\"", "after": 2}}'
    value = loads(text)
    assert value["after"] == 2 and value["quoted"] == '[[{"'
    assert (CUT in str(value)) == (depth >= READ_DEPTH)
    TypeAdapter(JsonValue).dump_json(TypeAdapter(JsonValue).validate_python(value))
    assert str(clean(value)).count("{") + str(clean(value)).count("[") <= DEPTH + 4


def test_not_json_is_a_value_error() -> None:
    for text in ("", "[", '{"a"}', "[" * 100_000, '"' * 1000):
        with pytest.raises(ValueError, match=r"Expecting|Unterminated|Extra"):
            loads(text)


def test_many_names_that_become_the_same_are_all_kept_and_soon() -> None:
    many = {"\0" * number: number for number in range(1, 3000)} | {
        f"\0{'x' * (number % 3)}": number for number in range(10)
    }
    assert sorted(map(str, clean(many).values())) == sorted(map(str, many.values()))
