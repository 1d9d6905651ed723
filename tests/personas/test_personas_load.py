"""Reading personas: Iris as packaged, and files with a mistake."""

import re
from pathlib import Path

import pytest
from persona_folders import ADA, write

from visavis.personas import PersonaError, load
from visavis.personas.persona import inspect


def test_iris_is_complete() -> None:
    iris = load("iris")
    assert (iris.display_name, iris.key) == ("Iris", "iris")
    assert iris.portrait.name == "portrait"
    assert "Visavis" in iris.lore
    told = iris.system_prompt + "".join(a + b for a, b in iris.examples)
    assert len(told) / 4 < 350, "the prompt is evaluated before a call; keep it short"
    names = [rule.name for rule in iris.rules]
    assert len(names) == len(set(names))


def test_reads_a_file_with_defaults(tmp_path: Path) -> None:
    ada = load(write(tmp_path / "ada", ADA))
    assert (ada.name, ada.voice_pitch, ada.lore) == ("ada", 1.0, "")
    assert ada.attract_lines == ada.invite_lines == ada.close_lines == ()
    assert ada.rules[0].patterns == ("hello",)


def test_the_name_stands_for_its_hole_and_other_holes_stay(tmp_path: Path) -> None:
    ada = load(write(tmp_path / "ada", ADA, lore_md="{persona} counts."))
    assert ada.greeting == "Hello, I'm Ada."
    assert ada.system_prompt == "You are Ada. It is {time}."
    assert ada.examples == (("Are you Ada?", "I'm Ada."),)
    assert ada.rules[0].answers == ("Hello, {name}.", "Ada says hello.")
    assert ada.lore == "Ada counts."


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('voice = "heart"', "", "voice is missing"),
        ('voice = "heart"', "voice = 7", "voice must be a text"),
        ('["Hm?"]', "[]", "silence_lines must be a list of texts, at least one"),
        ("openers", 'invite_lines = [""]\nopeners', "invite_lines must be a list"),
        ('["Hm?"]', '"Hm?"', "silence_lines must be a list"),
        ('voice = "heart"', 'voice = "heart"\nvoice_pitch = 2', "0.6 to 1.2"),
        ('voice = "heart"', 'voice = "heart"\nvoice_pitch = true', "must be a number"),
        (
            'voice = "heart"',
            'voice = "heart"\nvoise = 1',
            "voise is no field; the nearest is voice",
        ),
        ('voice = "heart"', 'voice = "heart"\nqqq = 1', "qqq is no field; there are: extends"),
        ('["hello"]', '["(hello"]', "pattern '(hello'"),
        ('["hello"]', '["(?P<name>a)", "(?P<name>b)"]', "joined by |, and these can't be"),
        ('["hello"]', '["a{99999999999}"]', "pattern 'a{99999999999}'"),
        ("Hello, {name}.", "Hello, {nmae}.", "rules[0] (hello): answers: {nmae} in"),
        ("{name}.", "{name.", "{name"),
        ("Hello, I'm {persona}", "Hello {name}", "greeting: {name} in"),
        ('name = "hello"', 'name = "hello"\nends_call = 1', "ends_call must be true or false"),
        ('name = "tea"', 'name = "hello"', "two rules are called 'hello'"),
        ('display_name = "Ada"', 'display_name = "A{a"', "display_name must be one line"),
        ("caller =", "callr =", "examples[0]: caller must be a text"),
        ("[[rules]]", "[[rules", "is not TOML: "),
        ("[[examples]]", "examples = 3\n[[x]]", "examples must be tables, each under [[examples]]"),
    ],
)
def test_names_the_mistake(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in ADA
    with pytest.raises(PersonaError, match=re.escape(says)) as wrong:
        load(write(tmp_path / "ada", ADA.replace(old, new)))
    assert "persona.toml" in str(wrong.value)


def test_all_mistakes_are_told_at_once_and_none_twice(tmp_path: Path) -> None:
    text = ADA.replace('voice = "heart"', "voice = 7\nvoise = 1").replace("openers", "openrs")
    told = [one.split(": ", 1)[1] for one in inspect(write(tmp_path / "ada", text)).problems]
    assert told == [
        "voice must be a text and not empty.",
        "voise is no field; the nearest is voice.",
        "openrs is no field; the nearest is openers.",
        "openers is missing.",
    ]


@pytest.mark.parametrize("name", ["nobody", "", "portrait", "new", "Iris", "a" * 200, "\0"])
def test_an_unknown_persona_lists_the_known(name: str) -> None:
    with pytest.raises(PersonaError, match="iris"):
        load(name)
