"""Trimming a conversation, and telling refusals."""

from itertools import pairwise

import pytest

from visavis.engines.chat.history import refusal, tokens, trim
from visavis.engines.chat.messages import Message

SYSTEM = Message("system", "You are Iris.")


def talk(turns: int) -> list[Message]:
    said = [SYSTEM]
    for i in range(turns):
        said += [Message("user", f"question {i} " * 5), Message("assistant", f"answer {i} " * 5)]
    return [*said, Message("user", "the last question")]


def test_leaves_a_short_conversation_alone() -> None:
    assert trim(talk(2), 2000) == talk(2)


def test_keeps_the_prompt_and_the_newest_within_the_budget() -> None:
    kept = trim(talk(100), 400)
    assert kept[0] == SYSTEM
    assert kept[1].role == "user"
    assert kept[-1].content == "the last question"
    assert sum(map(tokens, kept)) <= 400


def test_cuts_seldom_so_that_the_cache_holds() -> None:
    starts = [trim(talk(n), 600)[1] for n in range(5, 60)]
    changes = sum(a != b for a, b in pairwise(starts))
    assert changes < 15


def test_a_message_of_any_length_is_cut_to_its_end() -> None:
    kept = trim([SYSTEM, Message("user", "x" * 100_000 + " end")], 300)
    assert kept[-1].content.endswith(" end")
    assert sum(map(tokens, kept)) <= 300


@pytest.mark.parametrize(
    "text",
    [
        "",
        " … ",
        "I'm sorry, but I can't assist with that.",
        "As an AI language model, I cannot have feelings.",
        "I cannot help with that.",
        "Sorry, I'm unable to do so.",
        "I'm sorry, I can't help you with that.",
        "I'm sorry, but I can't tell you about that.",
        "I'm sorry, but I can't make jokes about it.",
    ],
)
def test_tells_a_refusal(text: str) -> None:
    assert refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry to hear that. What happened?",
        "I can't wait to hear it.",
        "You can't be serious!",
        "I'm so sorry, I can't imagine how much that hurts.",
        "I'm sorry, but I can't even begin to understand how you feel.",
        "I'm really sorry, I can't tell you how sad that makes me.",
        "I'm sorry, I can't help but feel sad for you.",
        "I can't help feeling sad about your dog.",
        "Sorry, I'm not able to find words for that.",
        "I'm so sorry for your loss. Losing a dog is hard.",
    ],
)
def test_lets_an_answer_be(text: str) -> None:
    assert not refusal(text)
