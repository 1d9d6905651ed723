"""Where personas are: packaged, in a distribution, in a folder; none is taken for another."""

import sys
from pathlib import Path

import pytest
from persona_folders import ADA, write

from visavis.personas import PersonaError, load
from visavis.personas.finding import find, names
from visavis.personas.persona import summaries


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution that brings Ada, an Iris, one whose folder isn't there, and one too many."""
    place = tmp_path / "site"
    write(place / "people" / "ada", ADA)
    write(place / "people" / "iris", ADA)
    (place / "people" / "empty").mkdir()
    told = place / "people-1.2.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: people\nVersion: 1.2\n")
    (told / "entry_points.txt").write_text(
        "[visavis.personas]\nada = people.ada\niris = people.iris\nlost = people.nowhere\n"
        "empty = people.empty\nclass = people:Ada\nBad-Name = people.ada\n"
    )
    monkeypatch.syspath_prepend(str(place))
    return place


def test_one_of_a_distribution_is_named_and_nothing_of_it_is_imported(installed: Path) -> None:
    ada = load("ada")
    assert (ada.display_name, ada.key) == ("Ada", "ada@people")
    assert find("ada").origin == "people 1.2"
    assert "people" not in sys.modules


def test_a_packaged_name_is_taken_by_no_other(installed: Path) -> None:
    assert load("iris").display_name == "Iris"
    assert names() == ["ada", "class", "empty", "iris", "lost"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("lost", "people 1.2 declares 'lost' to be in the folder of the package 'people.nowhere'"),
        ("class", "people 1.2 declares 'class'"),
        ("empty", "people brings no persona.toml in "),
        ("Bad-Name", "There is no persona 'Bad-Name'; there are: ada, "),
    ],
)
def test_one_that_is_not_where_it_is_declared_is_told(
    installed: Path, name: str, says: str
) -> None:
    with pytest.raises(PersonaError, match=says):
        load(name)


def test_a_path_begins_at_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "ada", ADA)
    monkeypatch.chdir(tmp_path)
    assert load("./ada").name == load(str(tmp_path / "ada")).name == load("ada/").name == "ada"
    monkeypatch.chdir(tmp_path / "ada")
    assert load(".").name == "ada"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load("~/ada").name == "ada"
    with pytest.raises(PersonaError, match=r"a / in it, as in \./otto"):
        load("ada")


def test_two_of_one_name_have_different_keys_and_one_has_always_the_same(tmp_path: Path) -> None:
    one, other = (load(write(tmp_path / place / "iris", ADA)) for place in ("a", "b"))
    assert one.name == other.name == "iris"
    assert len({one.key, other.key, load("iris").key}) == 3
    assert load(f"{tmp_path}/a/../a/iris").key == one.key
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert load(f"{tmp_path}/link/iris").key == one.key
    packaged = find("iris").folder
    assert load(str(packaged)).key == "iris"


@pytest.mark.parametrize("path", ["./nobody", "/", "~nobody-at-all/x", "./a\0b", "./" + "x" * 5000])
def test_a_path_without_a_persona_is_told(path: str) -> None:
    with pytest.raises(PersonaError, match=r"There is no persona in|is no path of a folder"):
        load(path)


@pytest.mark.parametrize("name", ["Otto", "my-otto", "2nd", "öt", "a" * 61])
def test_a_folder_is_named_as_a_persona_can_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(PersonaError, match="can't be the name of a persona"):
        load(write(tmp_path / name, ADA))


def test_those_that_can_be_loaded_are_told_of_and_the_others_why_not(
    installed: Path, tmp_path: Path
) -> None:
    own = write(tmp_path / "own", ADA)
    told, refused = summaries(own)
    assert [(one["name"], one["from"], one["in_force"]) for one in told] == [
        ("ada", "people 1.2", False),
        ("iris", "visavis", False),
        ("own", own, True),
    ]
    assert len(refused) == 3 and all("people" in reason for reason in refused)
    told, refused = summaries(str(tmp_path / "nobody"))
    assert not any(one["in_force"] for one in told) and "nobody" in refused[-1]
