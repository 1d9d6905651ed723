"""Questions about places, answered by sentences: the shared rows, and rows of our own."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from bench import knowledge as bench

from visavis.engines.embeddings import programme, sentences
from visavis.engines.embeddings.knowledge import Knowledge
from visavis.engines.embeddings.minilm import WEIGHT, MiniLM
from visavis.prompts.functions import Scheduled
from visavis.settings import Settings
from visavis.weights.store import MissingWeight, WeightStore

CASES, *OURS = bench.PLACES
WEDNESDAY = datetime(2026, 5, 6, 12, 0)
SCHEDULE = [
    Scheduled("15:30", "Feeding of the carp", "the pond"),
    Scheduled(
        "18:00", "Drawing class for beginners, bring a pencil", "the palm house", "Wednesday"
    ),
    Scheduled("10:00", "Story hour for children under 8", "the Orangery", "Sunday"),
]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    try:
        return MiniLM(WeightStore(Settings().weights).path(WEIGHT))
    except MissingWeight as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def garden(minilm: MiniLM) -> Iterator[Knowledge]:
    yield bench.opened(CASES, minilm, Settings().knowledge.threshold)


@pytest.mark.parametrize("row", list(bench.rows(CASES)), ids=lambda row: row["id"])
def test_a_shared_row_is_answered_without_a_model(row: dict[str, Any], garden: Knowledge) -> None:
    consulted = bench.asked(garden, row["ask"])
    assert bench.right(row, consulted), consulted


@pytest.mark.parametrize("place", OURS, ids=lambda place: place.name)
def test_our_own_questions_are_answered_but_for_three_in_a_hundred(
    place: Path, minilm: MiniLM
) -> None:
    known = bench.opened(place, minilm, Settings().knowledge.threshold)
    rows = list(bench.rows(place))
    wrong = [row["ask"] for row in rows if not bench.right(row, bench.asked(known, row["ask"]))]
    assert len(wrong) <= 0.03 * len(rows), wrong


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is on today?", "Today there is the feeding of the carp at 3:30 in the afternoon, at "
         "the pond; and the drawing class for beginners at 6 in the evening, at the palm house."),
        ("What's on this evening?", "Today there is the drawing class for beginners at 6 in the "
         "evening, at the palm house."),
        ("What happens on Sunday morning?", "On Sunday there is the story hour for children under "
         "8 at 10 in the morning, at the Orangery."),
        ("What's next?", "Next, today, is the feeding of the carp at 3:30 in the afternoon, at the "
         "pond."),
        ("What is a carp?", ""),
    ],
)  # fmt: skip
def test_what_is_on_is_read_from_the_schedule(question: str, answer: str) -> None:
    assert programme.whats_on(question, SCHEDULE, WEDNESDAY) == answer


def test_an_event_is_a_sentence() -> None:
    told = programme.sentence("18:00", "Drawing class for beginners, bring a pencil", "room 3", "")
    assert told == (
        "The drawing class for beginners is every day at 6 in the evening, in room 3. "
        "Bring a pencil."
    )
    assert programme.sentence("12:00", "Doors open", "", "2026-05-02") == (
        "Doors open on Saturday, May 2, at noon."
    )


def test_sentences_end_where_they_end() -> None:
    assert sentences.sentences("Ask Dr. Hale. At 3.30 it rains! Why?") == [
        "Ask Dr. Hale.", "At 3.30 it rains!", "Why?",
    ]  # fmt: skip
