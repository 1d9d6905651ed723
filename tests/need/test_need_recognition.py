"""Need is told from what only sounds like it: every row of the cases, and six hundred more."""

import csv
from pathlib import Path

import pytest

from visavis.call.need import table
from visavis.call.need.normal import sentences
from visavis.call.need.recognition import Need, need, sorrow

DATA = Path(__file__).parents[1] / "data"
CLASSES = ("distress", "emergency")


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


CASES = rows("cases/heard_intents.tsv")
OWN = rows("need.tsv")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_callers_say_is_need_or_is_not(case: dict[str, str]) -> None:
    found = need(case["said"])
    wanted = case["class"] if case["class"] in CLASSES else None
    assert (found and found.rule) == wanted


@pytest.mark.parametrize("row", OWN, ids=[f"{row['kind']}-{row['said'][:40]}" for row in OWN])
def test_each_phrase_is_of_its_kind(row: dict[str, str]) -> None:
    assert (need(row["said"]) or "plain") == row["kind"]


def test_there_are_enough_of_each() -> None:
    plain = [row for row in OWN if row["kind"] == "plain"]
    assert len(plain) >= 120 and len(OWN) - len(plain) >= 120
    assert {row["kind"] for row in OWN} == {"plain", *Need}


@pytest.mark.parametrize(
    "written",
    [
        "i want to die",
        "I WANT TO DIE!!!",
        "I just want to die.",
        "Hello Iris. I want to die. What time is it?",
        "i wanna die",
        "I\u2019m fine, but I want to die",
        "I'm dying of laughter and I want to die",
        "I watched a film yesterday. I want to die.",
    ],
)
def test_need_is_heard_however_it_is_written_and_whatever_stands_beside_it(written: str) -> None:
    assert need(written) is Need.SELF_HARM


def test_the_most_urgent_comes_first() -> None:
    assert need("I want to die. I took all my pills.") is Need.MEDICAL


def test_a_flood_of_words_is_looked_at_at_its_ends() -> None:
    assert need("la " * 5_000 + "I want to die") is Need.SELF_HARM
    assert need("") is None and need(" ... ") is None and need("\U0001f642" * 400) is None


@pytest.mark.parametrize(
    ("text", "is_sorrow"),
    [
        ("My dog died this morning.", True),
        ("my cat was put to sleep", True),
        ("I lost my mother last year.", True),
        ("My grandmother passed away", True),
        ("I feel so lonely today.", True),
        ("My phone died.", False),
        ("How did Mozart die?", False),
        ("I lost my keys.", False),
        ("Do you have a dog?", False),
    ],
)
def test_sad_news_is_told_from_other_news(text: str, is_sorrow: bool) -> None:
    assert sorrow(text) is is_sorrow
    assert need(text) is None


def test_words_are_as_the_tables_see_them() -> None:
    assert sentences("I just cant go on... he's UNCONCIOUS!") == [
        "i can not go on",
        "he is unconscious",
    ]


def test_the_tables_have_every_section_that_is_asked_for() -> None:
    assert set(table.read("phrases.txt")) == {*Need, "sorrow"}
    assert set(table.read("traps.txt")) == {
        *("figures", "told", "about", "own", "now", "former", "imagined"),
    }  # fmt: skip
