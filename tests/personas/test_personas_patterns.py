"""Patterns that could take for ever are found without being tried; what may be used is quick."""

import random
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from persona_folders import ADA, write

from visavis.engines.chat.rules import Memory, Rules
from visavis.personas import PersonaError, Rule, load
from visavis.personas.patterns import LONGEST, Endless, longest

MOST_S = 0.5
"""s of CPU: a hundred times of what is meant, and still nothing to one that takes for ever."""


@contextmanager
def bounded(pattern: str) -> Iterator[None]:
    """`re` looks at signals now and then."""

    def late(*_: object) -> None:
        raise AssertionError(f"{pattern!r} takes for ever")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def hostile(length: int) -> list[str]:
    """Texts on which patterns of a and b go back as often as they can."""
    bases = ("a", "b", "ab", "aab", "abb", "ba")
    texts = [(base * length)[:length] for base in bases]
    return [*texts, *(text[:-1] + "c" for text in texts), "a" * (length // 2) + "b" * (length // 2)]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a*)*b",
        "(a|a)+b",
        "(a|ab|b)*c",
        "(?:a?){30}a{30}",
        "(x+x+)+y",
        "(?:[a-z]+ ?)+",
        "(?:.*a){12}",
        "(([a-z])+.)+[a-z]",
        "(?:a(?:(?!ab))+[^b])*",
        "(?:(?:a?){2}ba)*",
        "(?:(?:(?:a|ab)){0,12}b)+",
        "(?i:(?:AB|[a-z]b)+)c",
        "(?:(a)|\\1)+b",
    ],
)
def test_what_may_take_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(Endless, match="may take for ever"):
        longest(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "[a-z]+(?: [a-z]+)*",
        "(?:very )+good",
        "(?:again|once more|one more time)(?: (?:again|once more|one more time|please))*",
        "(?:one two|one two three|test|testing)(?: (?:one two|one two three|test|testing))*",
        ".*weather.*",
        ".*weather.*today.*",
        "(?P<name>[a-zà-ÿ]+(?: [a-zà-ÿ]+)?)",
        "(?P<name>[a-z]+) (?P=name)",
        "(?!.*not).*good.*",
        "(?>a|b)++",
        "(x)?(?(1)a|b)",
        "(?i:HELLO)+",
        "a{240}",
    ],
)
def test_usual_patterns_are_tried_on_all_that_rules_look_at(pattern: str) -> None:
    assert longest(pattern) == LONGEST


def test_one_with_many_places_is_tried_on_short_texts() -> None:
    short, shorter = longest(".*what.*your.*name.*"), longest(".*a.*b.*c.*d.*")
    assert 40 < short < 80 and 20 < shorter < short
    rules = Rules([Rule("name", (".*what.*your.*name.*",), ("Otto.",))], persona="Otto")
    assert rules.answer("So what could be your name then", Memory()) is not None
    assert rules.answer("what " * 10 + "your name", Memory()) is None


def test_those_that_are_packaged_are_all_quick() -> None:
    for rule in load("iris").rules:
        assert longest("|".join(f"(?:{one})" for one in rule.patterns)) == LONGEST, rule.name


def test_a_persona_with_one_is_refused_by_its_rule(tmp_path: Path) -> None:
    wrong = ADA.replace('["would you like tea"]', '["tea", "(a+)+b"]')
    told = r"rules\[1\] \(tea\): pattern '\(\?:\(a\+\)\+b\)' may take for ever"
    with pytest.raises(PersonaError, match=told), bounded("(a+)+b"):
        load(write(tmp_path / "ada", wrong))
    with pytest.raises(ValueError, match=r"rule 'x': .* may take for ever"):
        Rules([Rule("x", ("(a+)+b",), ("Yes.",))], persona="Ada")


def _any(depth: int, dice: random.Random) -> str:
    chance = dice.random()
    if depth == 0 or chance < 0.3:
        return dice.choice(("a", "b", "ab", "[ab]", ".", "aa", "a?", "(?!ab)", "[^b]", "ba"))
    first, second = _any(depth - 1, dice), _any(depth - 1, dice)
    if chance < 0.5:
        return first + second
    if chance < 0.65:
        return f"(?:{first}|{second})"
    return f"(?:{first}){dice.choice(('*', '+', '?', '{2}', '{1,3}', '*?', '{0,12}'))}"


def test_whatever_is_let_in_is_quick() -> None:
    dice, let_in = random.Random(7), 0
    for _ in range(2_500):
        pattern = _any(4, dice)
        try:
            length = longest(pattern)
        except Endless:
            continue
        let_in += 1
        compiled = re.compile(pattern)
        with bounded(pattern):
            for text in hostile(length):
                compiled.fullmatch(text)
    assert let_in > 1_000
