"""Reading personas: Iris as packaged, and files with a mistake."""

import re
from pathlib import Path

import pytest

from visavis.personas import PersonaError, load

GOOD = """
display_name = "Ada"
voice = "heart"
greeting = "Hello."
system_prompt = "You are Ada."
silence_lines = ["Hm?"]
fallback_lines = ["I don't know."]
openers = ["Well,"]
[[rules]]
name = "hello"
patterns = ["hello"]
answers = ["Hello, {name}."]
"""


def write(folder: Path, text: str) -> Path:
    (folder / "ada").mkdir(exist_ok=True)
    (folder / "ada" / "persona.toml").write_text(text)
    return folder


def test_iris_is_complete() -> None:
    iris = load("iris")
    assert iris.display_name == "Iris"
    assert iris.portrait.name == "portrait"
    assert "Visavis" in iris.lore
    told = iris.system_prompt + "".join(a + b for a, b in iris.examples)
    assert len(told) / 4 < 350, "the prompt is evaluated before a call; keep it short"
    names = [rule.name for rule in iris.rules]
    assert len(names) == len(set(names))


def test_reads_a_file_with_defaults(tmp_path: Path) -> None:
    ada = load("ada", write(tmp_path, GOOD))
    assert (ada.voice_pitch, ada.lore, ada.examples) == (1.0, "", ())
    assert ada.attract_lines == ada.invite_lines == ada.close_lines == ()
    assert ada.rules[0].patterns == ("hello",)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('voice = "heart"', "", "voice must be a text"),
        ('voice = "heart"', "voice = 7", "voice must be a text"),
        ('["Hm?"]', "[]", "silence_lines must be a list"),
        ("openers", 'invite_lines = [""]\nopeners', "invite_lines must be a list"),
        ('["Hm?"]', '"Hm?"', "silence_lines must be a list"),
        ('voice = "heart"', 'voice = "heart"\nvoice_pitch = 2', "0.6 to 1.2"),
        ('voice = "heart"', 'voice = "heart"\nvoice_pitch = true', "must be a number"),
        ('voice = "heart"', 'voice = "heart"\nvoise = 1', "voise is no field"),
        ('["hello"]', '["(hello"]', "pattern '(hello'"),
        ("{name}", "{nmae}", "{nmae}"),
        ('name = "hello"', 'name = "hello"\nends_call = 1', "ends_call must be true or false"),
        ("[[rules]]", "[[rules", "is not TOML"),
    ],
)
def test_names_the_mistake(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    with pytest.raises(PersonaError, match=re.escape(says)):
        load("ada", write(tmp_path, GOOD.replace(old, new)))


@pytest.mark.parametrize("name", ["nobody", "../iris", "", "portrait"])
def test_an_unknown_persona_lists_the_known(name: str) -> None:
    with pytest.raises(PersonaError, match="iris"):
        load(name)
