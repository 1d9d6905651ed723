"""The rules of Iris and the rule machine: what fires, what doesn't, and what is said."""

import time
from datetime import UTC, datetime

import pytest

from visavis.engines.chat.plain import plain
from visavis.engines.chat.rules import Memory, Rules
from visavis.personas import Rule, load


@pytest.fixture(scope="module")
def rules() -> Rules:
    iris = load("iris")
    return Rules(
        iris.rules,
        persona=iris.display_name,
        silence_lines=iris.silence_lines,
        fallback_lines=iris.fallback_lines,
    )


def memory(**kwargs: object) -> Memory:
    return Memory(clock=lambda: datetime(2026, 3, 5, 15, 7, tzinfo=UTC), **kwargs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Hello.", "greeting"),
        ("hey there", "greeting"),
        ("Hi, Iris!", "greeting"),
        ("Good morning!", "greeting"),
        ("Hello, Iris, how are you today?", "how are you"),
        ("What's your name?", "your name"),
        ("Um, so, what's your name, please?", "your name"),
        ("Thank you very much.", "thanks"),
        ("Thanks a lot!", "thanks"),
        ("Well done!", "compliment"),
        ("Okay, bye!", "goodbye"),
        ("Thank you. Goodbye.", "goodbye"),
        ("I have to go now.", "goodbye"),
        ("Who are you?", "who are you"),
        ("What are you?", "what are you"),
        ("Are you a real person?", "what are you"),
        ("How do you work?", "how do you work"),
        ("What is this software?", "what is this"),
        ("What is Vis-a-vis?", "what is this"),
        ("Can you hear me?", "hearing"),
        ("Hello? Is anyone there?", "hearing"),
        ("Can you see me?", "seeing"),
        ("Stop.", "stop"),
        ("Be quiet, please.", "stop"),
        ("What time is it?", "time"),
        ("What day is it today?", "day"),
        ("Help!", "help"),
        ("Pardon?", "nothing to repeat"),
        ("Is this being recorded?", "privacy"),
    ],
)
def test_fires_on_the_whole_utterance(rules: Rules, text: str, rule: str) -> None:
    answer = rules.answer(text, memory())
    assert answer is not None
    assert answer.rule == rule
    assert answer.ends_call == (rule == "goodbye")


@pytest.mark.parametrize(
    "text",
    [
        "Hello, can you tell me how tall Everest is?",
        "Hi is a short word, isn't it?",
        "Goodbye Moon is a book.",
        "Thank you. How tall is Everest?",
        "Stop the war.",
        "What time is it in Tokyo?",
        "My name is not important.",
        "Call me later.",
        "Yes.",
        "",
        "...",
        "hello " * 100_000,
    ],
)
def test_leaves_everything_else_alone(rules: Rules, text: str) -> None:
    assert rules.answer(text, memory()) is None


def test_remembers_the_name_for_the_call(rules: Rules) -> None:
    call = memory()
    assert rules.answer("What's my name?", call).rule == "my name unknown"  # type: ignore[union-attr]
    told = rules.answer("My name is anna.", call)
    assert told is not None and told.rule == "name told" and "Anna" in told.text
    asked = rules.answer("Do you remember my name?", call)
    assert asked is not None and asked.rule == "my name" and "Anna" in asked.text
    assert rules.answer("What's my name?", memory()).rule == "my name unknown"  # type: ignore[union-attr]


def test_remembers_the_name_when_the_rest_is_a_question(rules: Rules) -> None:
    call = memory()
    assert rules.answer("My name is Anna. How tall is Everest?", call) is None
    assert call.name == "Anna"


def test_repeats_what_was_said_last(rules: Rules) -> None:
    call = memory(last="The sea is deep.")
    for text in ("Pardon?", "Can you say that again, please?", "Sorry, what did you say?"):
        assert rules.answer(text, call).text == "The sea is deep."  # type: ignore[union-attr]


def test_tells_time_and_day_by_the_callers_clock(rules: Rules) -> None:
    assert "3:07 PM" in rules.answer("What time is it?", memory()).text  # type: ignore[union-attr]
    day = rules.answer("What day is it?", memory())
    assert day is not None and "Thursday, March 5, 2026" in day.text


def test_variants_are_the_same_for_the_same_seed_and_none_comes_twice_in_a_row(
    rules: Rules,
) -> None:
    def said(seed: int) -> list[str]:
        call = memory(seed=seed)
        return [rules.answer("Thanks.", call).text for _ in range(4)]  # type: ignore[union-attr]

    assert said(7) == said(7)
    assert len(set(said(7))) == 4
    assert len({said(seed)[0] for seed in range(20)}) > 1


def test_silence_and_fallback_vary(rules: Rules) -> None:
    call = memory()
    for line in (rules.silence, rules.fallback):
        first, second = line(call), line(call)
        assert first is not None and second is not None and first.text != second.text


def test_takes_a_millisecond_at_most(rules: Rules) -> None:
    call = memory()
    texts = ["Hello.", "How tall is Mount Everest, do you know?", "what " * 40, "My name is Anna."]
    took = []
    for _ in range(50):
        for text in texts:
            began = time.perf_counter()
            rules.answer(text, call)
            took.append(time.perf_counter() - began)
    assert sorted(took)[len(took) // 2] < 1e-3


def test_every_answer_of_iris_can_be_said(rules: Rules) -> None:
    for rule in load("iris").rules:
        for answer in rule.answers:
            assert len(answer) < 130, rule.name
            assert not set("*_#`") & set(answer), rule.name


def test_names_the_rule_with_a_bad_pattern() -> None:
    with pytest.raises(ValueError, match="'broken'"):
        Rules([Rule("broken", ("(",), ("x",))], persona="Iris")


def test_plain_writes_contractions_out() -> None:
    assert plain("What's  your NAME, I can’t—hear?!") == "what is your name i can not hear"
