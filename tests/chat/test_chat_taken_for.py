"""What callers' words are taken for by Iris's rules, row by row, and how names are written."""

import csv
from pathlib import Path

import pytest

from visavis.call.turns.hints import backchannel
from visavis.engine_settings import BACKCHANNELS
from visavis.engines.chat.names import LONGEST, Manner, alike, asks, taken
from visavis.engines.chat.plain import Phrase, plain, sentences
from visavis.engines.chat.rules import Memory, Rules
from visavis.personas import Rule, load

DATA = Path(__file__).parents[1] / "data"
IRIS = load("iris")
RULES = Rules(IRIS.rules, persona=IRIS.display_name)
CLASSES = {"goodbye", "stop", "repeat"}
ANOTHERS = {"distress", "emergency"}
"""Looked for before the rules are asked; these only must not take them for something else."""


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def taken_for(context: str, said: str) -> tuple[str, str]:
    """The class of these words and the name that is learnt."""
    if context == "speaking" and backchannel(said, BACKCHANNELS):
        return "backchannel", ""
    memory = Memory(last="The sea is deep.")
    answer = RULES.answer(said, memory)
    if memory.name:
        return "name", memory.name
    rule = answer.rule if answer is not None else ""
    assert (answer is not None and answer.ends_call) == (rule == "goodbye")
    return rule if rule in CLASSES else "plain", ""


@pytest.mark.parametrize(
    "row", rows("cases/heard_intents.tsv") + rows("heard_more.tsv"), ids=lambda row: row["id"]
)
def test_words_are_taken_for_what_they_mean(row: dict[str, str]) -> None:
    meant = "plain" if row["class"] in ANOTHERS else row["class"]
    found, name = taken_for(row["context"], row["said"])
    assert (found, name in row["value"].split(" | ")) == (meant, True), (row["said"], name)


@pytest.mark.parametrize("row", rows("names_asked.tsv"), ids=lambda row: row["said"])
def test_a_name_is_learnt_where_it_was_asked_for_or_is_put_right(row: dict[str, str]) -> None:
    memory = Memory(last=row["last"], name="Anna" if "Anna" in row["last"] else "")
    RULES.answer(row["said"], memory)
    assert memory.name == row["name"]


@pytest.mark.parametrize(
    "said", ["What's your name? My name is Ida.", "Hi, I'm Ida. What's your name?"]
)
def test_a_question_is_answered_though_a_name_is_told(said: str) -> None:
    memory = Memory()
    answer = RULES.answer(said, memory)
    assert answer is not None and answer.rule == "your name" and memory.name == "Ida"


def test_thanks_behind_a_question_are_not_what_is_answered() -> None:
    answer = RULES.answer("What time is it? Thank you.", Memory())
    assert answer is not None and answer.rule == "time"


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("Goodbye, my bus is here.", True),
        ("Goodbye, Yellow Brick Road.", False),
        ("I'd like to thank you, bye.", True),
        ("She waved and said, bye.", False),
        ("Take care, it's slippery.", False),
    ],
)
def test_a_farewell_may_have_a_reason(said: str, ends: bool) -> None:
    answer = RULES.answer(said, Memory())
    assert (answer is not None and answer.ends_call) == ends


def test_it_may_be_a_goodbye_so_she_asks() -> None:
    answer = RULES.answer("I'm done.", Memory())
    assert answer is not None and answer.rule == "leaving" and not answer.ends_call


def test_a_long_story_may_begin_with_a_name_and_end_with_a_farewell() -> None:
    memory = Memory()
    story = "My name is Łukasz. " + "Then we walked along the river for a while. " * 20
    assert RULES.answer(story, memory) is None and memory.name == "Łukasz"
    answer = RULES.answer(f"{story}My bus is here now. Okay, bye!", memory)
    assert answer is not None and answer.ends_call and answer.rule == "goodbye"
    assert RULES.answer(f"{story}Is it far? Bye.", memory) is None


def test_the_rules_of_another_persona_hear_names_of_any_script() -> None:
    rules = Rules(
        [Rule("name", ("i am known as (?P<name>[a-zà-ÿ]+(?: [a-zà-ÿ]+)?)",), ("Hi {name}.",))],
        persona="Otto",
    )
    for said, text in (
        ("I am known as Нина.", "Hi Нина."),
        ("I am known as O'Donnell, Otto!", "Hi O'Donnell."),
    ):
        answer = rules.answer(said, Memory())
        assert answer is not None and answer.text == text
    assert rules.answer("I am known as lazy.", Memory()) is None


@pytest.mark.parametrize(
    ("words", "manner", "name", "length"),
    [
        ("Anna and", Manner.SURE, "Anna", 1),
        ("van 't Hoff", Manner.SURE, "van 't Hoff", 3),
        ("mr. miller", Manner.SURE, "Mr. Miller", 2),
        ("Mr.", Manner.SURE, "", 0),
        ("An Binh", Manner.SURE, "An Binh", 2),
        ("An", Manner.PERHAPS, "", 0),
        ("Berlin", Manner.SURE, "Berlin", 1),
        ("Berlin", Manner.PERHAPS, "", 0),
        ("NASA", Manner.PERHAPS, "", 0),
        ("R2D2", Manner.SURE, "", 0),
        ("<b>Anna</b>", Manner.SURE, "", 0),
        ("Zoe\u0308", Manner.SURE, "Zoë", 1),
        ("अनिता", Manner.PERHAPS, "अनिता", 1),
        ("X" * (LONGEST + 1), Manner.SURE, "", 0),
        (" ".join(["Wolfgang"] * 9), Manner.SURE, "Wolfgang Wolfgang Wolfgang Wolfgang", 4),
        ("one of very many words", Manner.SURE, "", 0),
        ("", Manner.SURE, "", 0),
    ],
)
def test_a_name_is_what_looks_like_one(words: str, manner: Manner, name: str, length: int) -> None:
    assert taken(words.split(), manner) == (name, length)


def test_who_asks_for_a_name() -> None:
    assert asks("You haven't told me yet. What's your name?") and asks("What should I call you?")
    assert not asks("Your name is Otto.") and not asks("What's the name of your dog?")


def test_a_spelled_name_is_like_the_heard_one() -> None:
    assert alike("Sunneva", "Sunniva") and not alike("Sunniva", "Usa")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Nguyễn, Łukasz and Weiß", "nguyen lukasz and weiss"),
        ("O'Reilly met D'Angelo", "oreilly met dangelo"),
        ("O’Donnell's, we'd go", "odonnells we would go"),
        ("李明", "ÿÿ"),
        ("अनिता", "ÿÿÿ"),
        ("What'd you say?", "what did you say"),
        ("Zoe\u0308, it's José", "zoë it is josé"),
    ],
)
def test_plain_form_of_what_is_not_english(text: str, words: str) -> None:
    assert plain(text) == words


def test_written_words_stand_behind_plain_ones() -> None:
    heard = Phrase.of("Well, it isn't Jean-Luc, Iris!")
    assert heard.words == "well it is not jean luc iris"
    assert heard.written_words("it is not jean luc", 3) == ["Jean-Luc,"]
    assert heard.written_words("it is not jean luc", 2) == []  # begins inside of "isn't"
    assert heard.written_words("it is not jean luc", 0, 1) == ["it"]


def test_a_title_ends_no_sentence() -> None:
    assert [one.written for one in sentences("I'm Dr. Miller. Hello!")] == [
        "I'm Dr. Miller.",
        "Hello!",
    ]
