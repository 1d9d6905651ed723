"""Each row of `data/cases/turns.jsonl`, from its sound to what is answered, in its own time."""

import pytest
import turn_cases

from visavis.node.call_options import pace
from visavis.settings import Settings, TurnSettings

pytestmark = pytest.mark.skipif(
    not (Settings().weights.expanduser() / "faster-whisper-base").exists(),
    reason="the weights are not fetched: visavis models fetch",
)


def rows() -> list[object]:
    return [pytest.param(row, id=row["id"]) for row in turn_cases.scripts()]


@pytest.mark.parametrize("row", rows())
def test_a_script_is_answered_as_people_expect(row: turn_cases.Script) -> None:
    heard = turn_cases.play(row, pace(TurnSettings(), judged=True))
    assert turn_cases.misses(row, heard) == [], heard


def test_what_cannot_be_interrupted_is_said_to_its_end_and_the_question_answered_then() -> None:
    row = next(row for row in turn_cases.scripts() if row["id"] == "cut_in_question")
    settings = TurnSettings(interruptible=False)
    heard = turn_cases.play(row, pace(settings, judged=True))
    assert not heard.stopped and len(heard.turns) == 1
    assert "slow_reply" not in heard.faults


def test_who_tells_a_story_hears_that_they_are_listened_to_and_is_answered_once() -> None:
    row = next(row for row in turn_cases.scripts() if row["id"] == "story_80")
    settings = TurnSettings(acknowledge_after_ms=15_000)
    heard = turn_cases.play(row, pace(settings, judged=True))
    assert len(heard.turns) == 1 and heard.asides >= 3


def test_at_a_stand_the_persona_cuts_in_on_a_long_story() -> None:
    row = next(row for row in turn_cases.scripts() if row["id"] == "story_80")
    heard = turn_cases.play(row, pace(TurnSettings(max_turn_ms=30_000), judged=True))
    first = heard.turns[0]
    assert len(heard.turns) > 1 and 40 < len(first.split()) < 130
    assert any("come in" in line for line in heard.said)
