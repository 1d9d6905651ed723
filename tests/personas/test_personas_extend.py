"""A persona that extends another: what is its own, what is inherited, and what can't be."""

from pathlib import Path

import pytest
from persona_folders import ADA, write

from visavis.personas import PersonaError, load
from visavis.personas.persona import inspect

OTTO = """
extends = "../ada"
display_name = "Otto"
silence_lines = ["Are you there?"]
[[rules]]
name = "weather"
patterns = ["how is the weather"]
answers = ["Fine."]
[[rules]]
name = "tea"
patterns = ["would you like tea"]
answers = ["Coffee, rather."]
"""


@pytest.fixture
def otto(tmp_path: Path) -> str:
    write(tmp_path / "ada", ADA, lore_md="{persona} counts.")
    return write(tmp_path / "otto", OTTO)


def test_what_it_does_not_say_is_inherited_and_speaks_of_it(otto: str, tmp_path: Path) -> None:
    (tmp_path / "ada" / "portrait.png").write_bytes(b"")
    one = load(otto)
    assert (one.name, one.voice, one.openers) == ("otto", "heart", ("Well,",))
    assert one.greeting == "Hello, I'm Otto." and one.lore == "Otto counts."
    assert one.portrait == tmp_path / "ada" / "portrait.png"


def test_its_lines_take_the_place_of_the_inherited(otto: str) -> None:
    assert load(otto).silence_lines == ("Are you there?",)


def test_its_rules_come_first_and_one_of_the_same_name_takes_the_others_place(otto: str) -> None:
    rules = load(otto).rules
    assert [rule.name for rule in rules] == ["weather", "tea", "hello"]
    assert rules[1].answers == ("Coffee, rather.",)
    assert rules[2].answers[1] == "Otto says hello."


def test_an_empty_list_is_for_none_of_the_inherited(tmp_path: Path) -> None:
    text = 'extends = "iris"\ndisplay_name = "Quiet"\nattract_lines = []\n'
    quiet = load(write(tmp_path / "quiet", text))
    assert quiet.attract_lines == () and quiet.invite_lines


def test_its_page_and_face_take_the_place_of_the_inherited(otto: str, tmp_path: Path) -> None:
    (tmp_path / "ada" / "portrait").mkdir()
    (tmp_path / "otto" / "portrait.jpg").write_bytes(b"")
    (tmp_path / "otto" / "lore.md").write_text("{persona} gardens.")
    one = load(otto)
    assert (one.lore, one.portrait.name) == ("Otto gardens.", "portrait.jpg")


def test_it_may_extend_what_extends_another(otto: str, tmp_path: Path) -> None:
    third = load(write(tmp_path / "third", 'extends = "../otto"\ndisplay_name = "Third"\n'))
    assert third.silence_lines == ("Are you there?",) and third.greeting == "Hello, I'm Third."
    assert [rule.name for rule in third.rules] == ["weather", "tea", "hello"]


def test_a_circle_is_told_as_one(tmp_path: Path) -> None:
    write(tmp_path / "ada", 'extends = "../otto"\n' + ADA)
    with pytest.raises(PersonaError, match="extends goes in a circle: otto → ada → otto"):
        load(write(tmp_path / "otto", OTTO))
    with pytest.raises(PersonaError, match="extends goes in a circle: me → me"):
        load(write(tmp_path / "me", 'extends = "."\ndisplay_name = "Me"\n'))


@pytest.mark.parametrize(
    ("extends", "says"),
    [
        ('"nobody"', r"otto/persona.toml: extends: There is no persona 'nobody'; there are: iris"),
        ('"./nobody"', r"extends: There is no persona in .*/otto/nobody"),
        ("3", "extends must be a text"),
    ],
)
def test_an_unknown_one_is_told(tmp_path: Path, extends: str, says: str) -> None:
    with pytest.raises(PersonaError, match=says):
        load(write(tmp_path / "otto", f'extends = {extends}\ndisplay_name = "Otto"\n'))


def test_a_mistake_of_the_inherited_is_told_with_its_file(otto: str, tmp_path: Path) -> None:
    write(tmp_path / "ada", ADA.replace('"heart"', "7"))
    (told,) = inspect(otto).problems
    assert told.endswith("ada/persona.toml: voice must be a text and not empty.")
