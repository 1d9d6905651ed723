"""The real model finds what a question is about, and nothing for small talk."""

from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from visavis.engines.embeddings import chunks
from visavis.engines.embeddings.knowledge import Chunk, Found, Knowledge
from visavis.engines.embeddings.minilm import DIMENSIONS, WEIGHT, MiniLM
from visavis.personas import load
from visavis.settings import Settings
from visavis.weights.store import MissingWeight, WeightStore

PROGRAMME = """# Open day
| Time | Event | Place |
|---|---|---|
| 10:00 | Doors open | the main entrance |
| 12:00 | Lunch is served | the garden café |
| 14:30 | Guided tour of the east wing | the fountain in the hall |
| 16:00 | Lecture on glaciers by Dr Hale | room 12 |
"""
SMALL_TALK = (
    "Hello, how are you?",
    "I had a really long day.",
    "Why is the sky blue?",
    "Do you like music?",
    "Tell me a joke.",
    "I can't sleep at night.",
    "My daughter starts school tomorrow.",
    "What's the capital of France?",
    "Thanks, that was great.",
    "What is your favourite colour?",
)


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    try:
        return MiniLM(WeightStore(Settings().weights).path(WEIGHT))
    except MissingWeight as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def knowledge(minilm: MiniLM) -> Knowledge:
    documents = [chunks.markdown(PROGRAMME, "p"), chunks.markdown(load("iris").lore, "lore")]
    known = [Chunk(uuid4(), text, d.source) for d in documents for text in d.chunks]
    return Knowledge(minilm, known, np.stack([minilm.embed(c.text) for c in known]))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When does the tour begin?", "14:30"),
        ("Where is lunch?", "garden café"),
        ("Is there a talk about ice?", "glaciers"),
        ("How do you keep my privacy?", "Privacy"),
        ("Who made your face?", "rendered pictures"),
    ],
)
def test_a_question_finds_what_it_is_about(
    knowledge: Knowledge, question: str, answer: str
) -> None:
    found = knowledge.find(question)
    assert answer in found[0].chunk.text
    assert 1 >= found[0].score >= 0.33


@pytest.mark.parametrize("said", SMALL_TALK)
def test_small_talk_finds_nothing(knowledge: Knowledge, said: str) -> None:
    assert knowledge.find(said) == []


def test_a_vector_has_length_one_and_long_texts_are_cut(minilm: MiniLM) -> None:
    for text in ("", "tour", "word " * 5000):
        vector = minilm.embed(text)
        assert vector.shape == (DIMENSIONS,) and vector.dtype == np.float32
        assert abs(float(np.linalg.norm(vector)) - 1) < 1e-5


def test_chunks_far_behind_the_best_are_not_told() -> None:
    known = [Chunk(uuid4(), text, "s") for text in "abc"]
    vectors = np.array([[1, 0], [0.97, 0], [0.6, 0]], np.float32)
    nobody: Any = None  # no question is embedded
    found = Knowledge(nobody, known, vectors).nearest(np.array([1, 0], np.float32))
    assert found == [Found(known[0], 1.0), Found(known[1], 0.97)]
    assert Knowledge(nobody, [], np.zeros((0, 2), np.float32)).find("anything") == []
