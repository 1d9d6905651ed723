"""Patterns that can't match, and rules that are never reached, are told; all others are left."""

import pytest

from visavis.engines.chat.unreachable import unreachable
from visavis.personas import Rule, load


def told(*patterns: str, **others: str) -> list[str]:
    rules = [Rule(name, (pattern,), ("Yes.",)) for name, pattern in others.items()]
    return unreachable([*rules, Rule("this", patterns, ("Yes.",))], "Otto")


@pytest.mark.parametrize(
    "pattern",
    [
        "What is your name",
        "what's your name",
        "what is your name\\?",
        "hello [A-Z]+",
        "(?:don't|NEVER)",
        "a{300}",
        "(?=A)a",
        "[^a-zà-ÿ0-9 ]",
        "über-all",
    ],
)
def test_what_plain_words_cannot_match(pattern: str) -> None:
    (sentence,) = told("fine", pattern)
    assert "can match nothing" in sentence and repr(pattern) in sentence


@pytest.mark.parametrize(
    "pattern",
    ["hello please", "um hello", "hello otto", "otto hello", "so", "two  spaces", " hello"],
)
def test_what_is_left_out_before_rules_look(pattern: str) -> None:
    sentences = told(pattern)
    if pattern == "so":  # alone it is no filler
        assert sentences == []
    else:
        assert "is not heard so" in sentences[0]


@pytest.mark.parametrize(
    "pattern",
    [
        "what is your name",
        "hello(?: please)?",
        "(?:yes|Yes)",
        "(?:don't)?(?:hello|hi)",
        "(?i:HELLO)",
        "(?P<name>[a-z]+) (?P=name)",
        "(?!Z)[^Z]\\d\\w\\s.",
        "é*\\b.+?$",
        "(?>a|b)++",
        "(x)?(?(1)a|b)",
    ],
)
def test_what_can_be_said_is_left(pattern: str) -> None:
    assert told(pattern) == []


def test_a_hint_says_how_it_is_written() -> None:
    assert told("What's your name?")[0].endswith("write 'what is your name'")
    assert "write" not in told("(?:What|Which)")[0]


def test_a_rule_whose_words_another_answers_is_never_reached() -> None:
    assert told("tea", "coffee", first="tea|coffee") == [
        "rule 'this' is never reached: 'first' before it answers the same words"
    ]
    assert told("(?:tea)+", second="(?:tea)+") != []
    assert told("tea", "cocoa", first="tea|coffee") == []


def test_a_rule_behind_one_that_may_have_no_answer_is_reached() -> None:
    named = Rule("named", ("my name",), ("You're {name}.",))
    assert unreachable([named, Rule("unknown", ("my name",), ("Who?",))], "Otto") == []


def test_all_of_iris_can_be_reached() -> None:
    assert unreachable(load("iris").rules, "Iris") == []
