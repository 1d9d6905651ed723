"""What is read aloud of what is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.engines.tts.align import spread
from visavis.engines.tts.normalise import speakable
from visavis.engines.tts.speech import pause_after


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Plain words, as they are.", "Plain words, as they are."),
        ("**Bold** and *soft* and `code`.", "Bold and soft and code."),
        ("cut **bold", "cut bold"),
        ("snake_case stays", "snake case stays"),
        ("[the page](https://x.org/a?b=c) is up", "the page is up"),
        ("# Title\n- one\n- two!", "Title. one. two!"),
        ("Look:\n```python\nprint(1)\n```\ndone", "Look: done"),
        ("<b>Hi</b> &amp; bye", "Hi and bye"),
        ("Great 😀👍🏽! :-) ❤️", "Great!"),
        ("😀", ""),
        ("...", ""),
        ("", ""),
        ("See https://www.example.com/a?b=c.", "See example dot com."),
        ("mail anna@example.org", "mail anna at example dot org"),
        ("~10 people, 24/7", "about ten people, twenty-four seven"),
        ("5 * 3 and 2*3", "five times three and two times three"),
        ("7 - 2", "seven minus two"),
        ("100k users", "one hundred thousand users"),
        ("8,848 m high", "eight thousand eight hundred forty-eight meters high"),
        ("8848 m high", "eight thousand eight hundred forty-eight meters high"),
        ("2024 people", "two thousand twenty-four people"),
        ("in 2024", "in twenty twenty-four"),
        ("2024. It was good.", "twenty twenty-four. It was good."),
        ("9.8 m/s²", "nine point eight meters per second squared"),
        ("20 km²", "twenty square kilometers"),
        ("C# and CO2", "C sharp and C O two"),
        ("x ≤ 5", "x is at most five"),
        ("well -- yes", "well — yes"),
        ("What?!!! No...", "What?! No…"),
        ("e.g. this", "for example this"),
    ],
)
def test_speakable(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


@given(st.text(max_size=200))
def test_never_raises_and_is_one_line(text: str) -> None:
    assert "\n" not in speakable(text)


@pytest.mark.parametrize(
    ("written", "spoken", "expected"),
    [
        ("a b", "a b", [(0, 1), (1, 2)]),
        ("pay $5", "pay five dollars", [(0, 1), (1, 3)]),
        ("C# now", "C sharp now", [(0, 2), (2, 3)]),
        ("a 😀 b", "a b", [(0, 1), (1, 1), (1, 2)]),
        ("😀", "", [(0, 0)]),
        ("ab abcd", "x y z", [(0, 1), (1, 3)]),
    ],
)
def test_spread(written: str, spoken: str, expected: list[tuple[float, float]]) -> None:
    words = spoken.split()
    spans = [(float(i), float(i + 1)) for i in range(len(words))]
    assert spread(written.split(), words, spans) == expected


def test_pauses_follow_the_marks() -> None:
    assert pause_after("Well,") == 120
    assert pause_after('He said "yes."') == 250
    assert pause_after("and so") < pause_after("Well,")
    assert pause_after("...") == 300
    assert pause_after("") == 0
