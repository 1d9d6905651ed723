"""Answers by meaning, with the real vectors: paraphrases find them, other talk doesn't."""

import pytest
from bench import answers as bench

from visavis.engines.chat.rules import Memory, Rules
from visavis.engines.embeddings.answers import THRESHOLD, Answers
from visavis.engines.embeddings.minilm import WEIGHT, MiniLM
from visavis.personas import load
from visavis.personas.table import ReadyAnswer
from visavis.settings import Settings
from visavis.weights.store import MissingWeight, WeightStore


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    try:
        return MiniLM(WeightStore(Settings().weights).path(WEIGHT))
    except MissingWeight as missing:
        pytest.skip(str(missing))


def test_paraphrases_find_their_answer_and_other_talk_none(minilm: MiniLM) -> None:
    packaged = bench.packaged(minilm, THRESHOLD)
    found = [(meant, packaged.find(asked)) for asked, meant in bench.paraphrases()]
    right = [meant for meant, match in found if match and match.ready.name == meant]
    assert len(right) >= 0.85 * len(found)
    taken = [asked for asked in bench.others() if packaged.find(asked)]
    assert len(taken) <= 0.03 * len(bench.others()), taken


def test_the_packaged_answers_are_short_and_not_in_the_rules_shadow() -> None:
    iris = load("iris")
    rules = Rules(iris.rules, persona=iris.display_name)
    assert len(iris.answers) >= 60
    for one in iris.answers:
        assert len(one.answer.split()) <= 40, one.name
        assert [q for q in one.questions if rules.answer(q, Memory())] == []


def test_numbers_names_and_denials_must_agree(minilm: MiniLM) -> None:
    answers = Answers(minilm)
    answers.serve("ours", [ReadyAnswer(("When did the tower open in 1889?",), "In May.")])
    assert answers.find("When did the tower open in 1889?") is not None
    assert answers.find("When did the tower open in 1989?") is None
    assert answers.find("Why didn't the tower open in 1889?") is None
    assert answers.find("When did the tower in Berlin open in 1889?") is None
    answers.serve("ours", [])
    assert answers.find("When did the tower open in 1889?") is None
