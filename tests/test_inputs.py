"""What passes the door for JSON, and what is refused there."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.inputs import (
    DEPTH,
    PARTS,
    Refused,
    fits,
    header_key,
    http_url,
    mended,
    one_line,
    parse_json,
    without_passwords,
)


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


def test_what_a_terminal_would_obey_is_replaced_and_line_ends_stay() -> None:
    assert mended("a\x1b[2Jb\x07\x9b31m\x7f") == "a\ufffd[2Jb\ufffd\ufffd31m\ufffd"
    assert mended("one\r\ntwo\rthree\tfour\n") == "one\ntwo\nthree\tfour\n"
    assert one_line(" one\r\ntwo\x1b\n\tthree ") == "one two\ufffd three"
    assert not fits("\x1b") and not fits("\x85") and fits("a\tb\nc é 😀")


def test_texts_of_json_are_mended_wherever_they_stand() -> None:
    said = parse_json(r'{"a":["\u001b[31m",{"b":"x\r\ny\u009b"},7],"c":"\t\n"}')
    assert said == {"a": ["\ufffd[31m", {"b": "x\ny\ufffd"}, 7], "c": "\t\n"}
    assert parse_json(r'"\u0007"') == "\ufffd"
    with pytest.raises(Refused):
        parse_json(r'{"\u001b":1}')


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/v1",
        "https://api.example.com/v1/",
        "http://[::1]:80",
        "http://münchen.example/@v1",
        "http://192.168.0.1:65535/v1",
        "http://my_host/a%20b",
    ],
)
def test_an_address_that_can_be_asked_passes_as_it_is(url: str) -> None:
    assert http_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000",
        "ftp://example.com",
        "http://",
        "http://h:99999/v1",
        "http://h:0/v1",
        "http://h:port/v1",
        "http://a..b/v1",
        "http://" + "a" * 64 + ".example",
        "http://" + "ü" * 64 + ".example",
        "http://h/v1?key=hidden",
        "http://h/v1#hidden",
        "http://h/v1?",
        "http://a b/v1",
        "http://h/v1\n",
        "http://h\\hidden/v1",
        "http://h/\x1b[31m",
        "http://[::1/v1",
        "http://me:hidden@h/v1",
        "http://hidden@h/v1",
        "me:hidden@h/v1",
        "ftp://me:hid@hidden@h",
        "http://me:hid/den@h/v1",
        "http://h/" + "a" * 2_000,
    ],
)
def test_any_other_is_refused_in_a_sentence_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|must begin with") as refused:
        http_url(url)
    assert "hid" not in str(refused.value) and "\x1b" not in str(refused.value)


def test_a_key_is_one_line_of_ascii() -> None:
    for key in ("", "sk-proj_1.2/3=", "two words"):
        assert header_key(key) == key
    for key in ("sk\n", "\nsk", " sk", "sk ", "s\tk", "clé", "s\x1bk", "“sk”"):
        with pytest.raises(ValueError, match="one line of ASCII") as refused:
            header_key(key)
        assert key.strip() not in str(refused.value)


def test_passwords_are_taken_out_of_addresses() -> None:
    said = "at http://me:pw@h/v1 and postgresql://a:p@w@c:1/d, not https://h/@v or me@h"
    assert without_passwords(said) == (
        "at http://…@h/v1 and postgresql://…@c:1/d, not https://h/@v or me@h"
    )
