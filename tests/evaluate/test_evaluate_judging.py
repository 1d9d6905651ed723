"""What must come of a turn, against what came."""

import re

import pytest

from visavis.evaluate import judge as model
from visavis.evaluate.judging import failures, judge
from visavis.evaluate.results import ScenarioResult, TurnResult
from visavis.evaluate.scenario import CallerTurn, Expected, Scenario
from visavis.evaluate.words import word_error_rate


def patterns(*texts: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(text, re.I) for text in texts)


def came(answer: str = "At eight.", heard: str = "When?", **more: object) -> TurnResult:
    return TurnResult("When?", "speech", heard=heard, turns=1, answer=answer, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expected", "result", "told"),
    [
        (Expected(), came(), ""),
        (Expected(), came(""), "there is no answer"),
        (Expected(answered=None), came(""), ""),
        (Expected(answered=False), came(), "should not be"),
        (Expected(has=(patterns("8", "EIGHT"),)), came(), ""),
        (Expected(has=(patterns("8"), patterns("eight"))), came(), "lacks 8"),
        (Expected(lacks=patterns("eight")), came(), "forbids"),
        (Expected(within_ms=500), came(first_ms=400.0), ""),
        (Expected(within_ms=500), came(first_ms=600.0), "600 ms"),
        (Expected(turns=(0, 1)), came(), ""),
        (Expected(turns=(2,)), came(), "1 turns"),
        (Expected(heard="when"), came(), ""),
        (Expected(heard="and when", wer=0.4), came(), "50%"),
        (Expected(voice="stops"), came(voice="stops"), ""),
        (Expected(voice="stops"), came(voice="goes on"), "goes on"),
        (Expected(voice="stops"), came(), "not spoken over"),
    ],
)
def test_each_thing_that_can_be_wanted(expected: Expected, result: TurnResult, told: str) -> None:
    found = failures(expected, result)
    assert bool(found) == bool(told) and told in " ".join(found)


@pytest.mark.parametrize(
    ("ends", "ended", "turns", "told"),
    [
        (True, True, 1, ""),
        (True, False, 1, "should have ended"),
        (False, True, 1, "should go on"),
        (None, True, 1, ""),
        (None, False, 0, "over before the last 1"),
    ],
)
def test_the_call_ends_or_goes_on(ends: bool | None, ended: bool, turns: int, told: str) -> None:
    scenario = Scenario("one", (CallerTurn(typed="When?"),), ends=ends)
    result = ScenarioResult("one", steps=[came()] * turns, ended=ended)
    judge(scenario, result)
    assert bool(result.wrong) == bool(told) and told in " ".join(result.wrong)


def test_digits_count_as_their_names() -> None:
    assert word_error_rate("Twenty-one rooms.", "21 rooms") == 0


@pytest.mark.parametrize(
    ("said", "grade", "reason"),
    [
        ("2\nWarm and right.", 2, "Warm and right."),
        ("Grade: 0 - evasive", 0, "evasive"),
        ("It is fine", None, "not graded: the judge said 'It is fine'"),
        ("", None, "not graded: the judge said ''"),
    ],
)
def test_a_judge_model_is_read(said: str, grade: int | None, reason: str) -> None:
    assert model.read(said) == (grade, reason)
