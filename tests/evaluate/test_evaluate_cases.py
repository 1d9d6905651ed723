"""Rows of cases, each kind run without a call."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from visavis.call.dialogue.mind import Mind
from visavis.engines.tts.reading import PhonemeReader
from visavis.evaluate import cases, direct, own_server, reading
from visavis.evaluate.cases import models, rows, spoken, turns
from visavis.evaluate.results import TurnResult
from visavis.evaluate.scenario import CallerTurn, Needs, Scenario
from visavis.node import call_options
from visavis.personas.persona import load
from visavis.replay.player import as_it_was
from visavis.settings import Settings


def ran(path: Path, **given: Any) -> list[Mapping[str, Any]]:
    async def all_of_it() -> list[Mapping[str, Any]]:
        return [row async for row in cases.run(path, Settings(**given))]

    return asyncio.run(all_of_it())


def ruled() -> Mind:
    """Iris by her rules alone."""
    persona = load("iris")
    return call_options.mind(Settings(), persona, as_it_was("You are Iris."), None)


def test_intents_are_taken_by_the_rules(tmp_path: Path) -> None:
    path = tmp_path / "some.tsv"
    path.write_text(
        "id\tcontext\tsaid\tclass\tvalue\n"
        "a\tquiet\tGoodbye, Iris.\tgoodbye\t\n"
        "b\tspeaking\tUh-huh.\tbackchannel\t\n"
        "c\tquiet\tMy name is Sunniva.\tname\tSunniva\n"
        "d\tquiet\tI like the sea.\tgoodbye\t\n"
    )
    found = ran(path)
    assert [row["taken_for"] for row in found] == ["goodbye", "backchannel", "name", "plain"]
    assert [row["right"] for row in found] == [True, True, True, False]
    assert found[3]["wrong"] == ["it is taken for plain; goodbye is right"]


@pytest.mark.parametrize(
    ("written", "wanted", "right"),
    [
        ("We have 17 rooms.", "we have seventeen rooms", True),
        ("It seats 101 people.", "it seats one hundred one people", True),
        ("She was born in 1905.", "she was born in nineteen zero five", True),
        ("We have 17 rooms.", "we have seventy rooms", False),
    ],
)
def test_spoken_text_is_compared_by_its_sounds(
    tmp_path: Path, written: str, wanted: str, right: bool
) -> None:
    path = tmp_path / "some.tsv"
    path.write_text(f"id\tkind\twritten\tspoken\na\tk\t{written}\t{wanted}\n")
    (row,) = ran(path)
    assert row["right"] is right and row["written"] == written


def test_a_chat_server_does_as_a_row_says(tmp_path: Path) -> None:
    busy = {"status": 429, "headers": {"Retry-After": "1"}, "body": {"error": {"message": "no"}}}
    end = {"finish": "stop"}
    written = [
        {"replies": [{"sse": ["It is ", "a fern.", end]}], "expect": {"heard": "It is a fern."}},
        {"replies": [{"sse": ["An oak. ", {"cut": True}]}], "expect": {"heard_has": ["An oak."]}},
        {"replies": [busy], "expect": {"fallback": True, "requests_at_most": 2}},
        {"replies": [{"sse": ["A", end]}], "expect": {"heard": "B", "words_at_most": 0}},
    ]
    path = tmp_path / "some.jsonl"
    path.write_text(
        "".join(json.dumps({"id": f"m{n}", **row}) + "\n" for n, row in enumerate(written))
    )
    found = ran(path, knowledge={"engine": "off"})
    assert [row["right"] for row in found] == [True, True, True, False]
    assert found[0]["answered"] == "It is a fern." and found[0]["requests"] == 1
    assert len(found[3]["wrong"]) == 2


def test_what_a_chat_server_must_bring_about() -> None:
    row = {
        "id": "a",
        "replies": [{"sse": ["Hm.", {"finish": "stop"}]}],
        "expect": {"fallback": True, "within_ms": 100, "over_ms": 100, "any_sound": True,
                   "requests_at_most": 1, "recorded_lacks": ["Hm"]},
    }  # fmt: skip
    good = TurnResult("", "text", answer="I don't know.", filler_ms=50, first_ms=500, whole_ms=90)
    assert list(models.failures(row, good, 1)) == []
    bad = TurnResult("", "text", answer="Hm.", first_ms=500, whole_ms=900)
    assert len(list(models.failures(row, bad, 2))) == 5


def test_typed_talk_is_a_conversation_that_ends() -> None:
    scenario = Scenario(
        "talk",
        tuple(
            CallerTurn(typed=text)
            for text in ("My name is Sunniva.", "What is my name?", "Goodbye.", "Are you there?")
        ),
    )
    result = asyncio.run(direct.talk(scenario, ruled()))
    assert [step.by for step in result.steps][-1] == "rules: goodbye"
    assert "Sunniva" in result.steps[1].answer
    assert result.ended and len(result.steps) == 3


def test_a_server_of_ones_own_is_told_what_scenarios_need(tmp_path: Path) -> None:
    needs = Needs((tmp_path / "garden.md",), (("chat.max_tokens", 40), ("persona", "otto")), True)
    told = own_server.environment(needs, "http://127.0.0.1:9/v1")
    assert json.loads(told["VISAVIS_KNOWLEDGE__FILES"]) == [str(tmp_path / "garden.md")]
    assert told["VISAVIS_CHAT__MAX_TOKENS"] == "40" and told["VISAVIS_PERSONA"] == "otto"
    assert told["VISAVIS_CHAT__URL"] == "http://127.0.0.1:9/v1"


def test_scripts_of_turns_are_expectations() -> None:
    (row,) = [
        one for one in rows.read(reading.PACKAGED / "turns.jsonl")
        if one["id"] == "cut_in_stop"
    ]  # fmt: skip
    expected = turns.expectation(row)
    assert expected.voice == "stops" and expected.turns == (0, 1) and expected.answered is None


def test_the_same_sound_may_be_written_in_many_ways() -> None:
    ear = spoken.SoundOfText(PhonemeReader())
    assert ear.sounds("€12.50") == ear.sounds("twelve euros fifty")
    assert ear.sounds("nine") != ear.sounds("five")
