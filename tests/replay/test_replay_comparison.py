"""Then and now: what counts as a change, and what is said of it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from visavis.replay.comparison import document, lines, word_error_rate
from visavis.replay.kept import CannotReplay, Exchange, Kept
from visavis.replay.outcome import Played

SAID = Exchange(
    uuid7(), 3200.0, np.zeros(16, np.int16), None, "Hello, who are you?", "I am Iris.",
    "I am Iris.", True, systems={"stt": "whisper:base", "chat": "rules"},
    stages={"endpoint": 210.0, "think": 1.0, "speak": 30.0, "playout": 20.0},
)  # fmt: skip
TYPED = Exchange(
    uuid7(), None, None, "Tell me a story.", "Tell me a story.", "Once…", "Once…", True,
    systems={"chat": "llama.cpp:qwen"}, parameters={"temperature": 0.4},
)  # fmt: skip
CALL = Kept(uuid7(), "2026-01-01T00:00:00+00:00", "1.0.0", "Be kind.", [SAID, TYPED], 1)


def played(
    transcript: str = "Hello, who are you?", reply: str = "I am Iris.", **more: Any
) -> Played:
    systems = more.pop("systems", {"stt": "whisper:base", "chat": "rules"})
    return Played(transcript, reply, 1, systems, stages={"endpoint": 230.0}, **more)


TOLD = Played("Tell me a story.", "A fox…", 1, {"chat": "llama.cpp:qwen"}, {"temperature": 0.4})


@pytest.mark.parametrize(
    ("then", "now", "rate"),
    [
        ("Hello, who are you?", "hello who are you", 0.0),
        ("Don\u2019t go.", "don't go", 0.0),
        ("who are you", "who is you", 1 / 3),
        ("who are you", "who are", 1 / 3),
        ("who are you", "so who are you now", 2 / 3),
        ("who are you", "", 1.0),
        ("", "", 0.0),
        ("", "you", 1.0),
    ],
)
def test_the_word_error_rate(then: str, now: str, rate: float) -> None:
    assert word_error_rate(then, now) == pytest.approx(rate)


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_the_errors_of_words_are_a_distance(one: list[str], other: list[str]) -> None:
    there = word_error_rate(" ".join(one), " ".join(other)) * max(1, len(one))
    back = word_error_rate(" ".join(other), " ".join(one)) * max(1, len(other))
    if one and other:
        assert there == pytest.approx(back)
        assert abs(len(one) - len(other)) - 1e-9 <= there <= max(len(one), len(other)) + 1e-9


def test_a_call_that_is_heard_as_it_was_agrees_whatever_the_model_says() -> None:
    compared = document(CALL, [(SAID, played()), (TYPED, TOLD)], wer=0.0, faults=[])
    assert compared["agrees"] and compared["not_kept"] == 1
    assert [turn["reply"] for turn in compared["turns"]] == ["unchanged", "changed"]
    assert [turn["by_chance"] for turn in compared["turns"]] == [False, True]
    told = "\n".join(lines(compared))
    assert "endpoint 210 → 230" in told and "All of 2 turns agree." in told
    assert "llama.cpp:qwen, temperature 0.4" in told and "may differ" in told
    assert "answered now   A fox…" in told and "1 spoken turns were not played" in told


def test_another_transcript_is_a_change_unless_it_is_near_enough() -> None:
    now: list[tuple[Exchange, Played | None]] = [(SAID, played("Hello, who is you?"))]
    compared = document(CALL, now, wer=0.0, faults=[("stt", "late")])
    assert not compared["agrees"] and compared["turns"][0]["wer"] == 0.25
    told = "\n".join(lines(compared))
    assert "word error rate 25 %, DIFFERS" in told
    assert "1 of 1 turns were understood differently" in told
    assert "Fault while replaying, stt: late" in told
    assert document(CALL, now, wer=0.25, faults=[])["agrees"]


def test_a_turn_in_two_and_another_engine_are_told() -> None:
    now = replace(played(systems={"stt": "whisper:tiny", "chat": "rules"}), turns=2)
    told = "\n".join(lines(document(CALL, [(SAID, now)], wer=0.0, faults=[])))
    assert "taken for 2 turns" in told and "stt was whisper:base, is whisper:tiny" in told


def test_an_earlier_replay_stands_for_the_call() -> None:
    heard: list[tuple[Exchange, Played | None]] = [(SAID, played("Hello, who was he?"))]
    earlier = document(CALL, heard, wer=0.0, faults=[])
    again = document(CALL, heard, wer=0.0, faults=[], against=earlier)
    assert again["agrees"] and again["against"] == "an earlier replay"
    assert not document(CALL, [(SAID, played())], wer=0.0, faults=[], against=earlier)["agrees"]


@pytest.mark.parametrize("against", [{}, {"session": "x", "turns": []}, {"turns": 3}])
def test_a_replay_of_another_call_is_refused(against: dict[str, Any]) -> None:
    with pytest.raises(CannotReplay, match="is no replay of"):
        document(CALL, [(SAID, played())], wer=0.0, faults=[], against=against)


def test_an_earlier_replay_without_the_turn_is_refused() -> None:
    earlier = document(CALL, [], wer=0.0, faults=[])
    with pytest.raises(CannotReplay, match="has no turn"):
        document(CALL, [(SAID, played())], wer=0.0, faults=[], against=earlier)
