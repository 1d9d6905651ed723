"""`visavis persona`: what it makes works at once, and what it says of broken folders is plain."""

import os
import random
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
from persona_folders import ADA, write
from typer.testing import CliRunner, Result

from visavis import cli
from visavis.personas import load
from visavis.personas.finding import FILE
from visavis.personas.reading import FIELDS

IRIS = load("iris").portrait


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def visavis(*command: str) -> Result:
    return CliRunner().invoke(cli.app, ["persona", *command])


def checked(folder: str) -> str:
    """What is told of a folder in which something is wrong."""
    done = visavis("check", folder)
    assert done.exit_code == 1, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output and done.output.strip()
    return done.output


def test_a_new_one_is_complete_and_speaks_for_itself() -> None:
    done = visavis("new", "my_otto")
    assert done.exit_code == 0 and "VISAVIS_PERSONA=./my_otto" in done.output
    otto, iris = load("./my_otto"), load("iris")
    assert otto.display_name == "My Otto" and "My Otto" in otto.greeting
    assert (otto.voice, otto.portrait) == (iris.voice, iris.portrait)
    assert "My Otto likes" in otto.lore and "My Otto" in otto.system_prompt
    assert otto.rules[0].answers[0] == "My name is My Otto."
    assert {rule.name for rule in iris.rules} < {rule.name for rule in otto.rules}
    assert "Iris" not in str(otto.rules) + otto.lore + otto.system_prompt + otto.greeting
    assert visavis("check", "./my_otto").output == "Nothing is wrong with ./my_otto.\n"


@pytest.mark.parametrize("inside", ["sp ace", "it's", 'a "b" c', "$HOME", "it's \N{GRINNING FACE}"])
def test_what_it_says_of_a_new_one_can_be_copied(inside: str) -> None:
    Path(inside).mkdir()
    done = visavis("new", f"{inside}/otto")
    line = next(line for line in done.output.splitlines() if line.startswith("Serve with "))
    shell, _, toml = line.removeprefix("Serve with ").partition(", or ")
    path = f"./{inside}/otto"
    assert shlex.split(shell) == [f"VISAVIS_PERSONA={path}"]
    assert tomllib.loads(toml.removesuffix(" in visavis.toml.")) == {"persona": path}


def test_a_folder_that_cant_be_shown_is_refused() -> None:
    Path("new\nline").mkdir()
    done = visavis("new", "new\nline/otto")
    assert done.exit_code == 1 and r"'./new\nline/otto' has signs" in done.output
    assert not Path("new\nline", "otto").exists()


def test_a_new_one_has_a_comment_on_every_key() -> None:
    visavis("new", "otto")
    lines = Path("otto", FILE).read_text().splitlines()
    for key in FIELDS:
        at = next(n for n, line in enumerate(lines) if line.lstrip("#[ ").startswith(key))
        assert "#" in lines[at] or any(line.startswith("#") for line in lines[at - 3 : at]), key
    uncommented = "\n".join(
        line.removeprefix("# ") if " = " in line and "  # " in line else line for line in lines
    )
    Path("otto", FILE).write_text(uncommented)
    assert visavis("check", "./otto").output == "Nothing is wrong with ./otto.\n"


def test_a_new_one_may_extend_one_of_ones_own() -> None:
    write(Path("ada"), ADA)
    assert visavis("new", "people/otto", "--extends", "./ada").exit_code == 0
    assert 'extends = "../../ada"' in Path("people/otto/persona.toml").read_text()
    assert load("people/otto").silence_lines == ("Hm?",)
    done = visavis("new", "people/other", "--extends", "nobody")
    assert done.exit_code == 1 and "There is no persona 'nobody'" in done.output
    assert not Path("people/other").exists()


def test_nothing_is_written_over() -> None:
    Path("otto").mkdir()
    done = visavis("new", "otto")
    assert done.exit_code == 1 and "is there already" in done.output
    assert not list(Path("otto").iterdir())


@pytest.mark.parametrize("name", ["Otto", "..", "my-otto"])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    done = visavis("new", name)
    assert done.exit_code == 1 and "can't be the name of a persona" in done.output


def test_a_folder_that_cannot_be_made_is_told() -> None:
    Path("file").write_text("")
    done = visavis("new", "file/otto")
    assert done.exit_code == 1 and "file/otto can't be written" in done.output


def test_the_list_says_whence_each_is_and_which_is_in_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(Path("otto"), ADA)
    monkeypatch.setenv("VISAVIS_PERSONA", "./otto")
    done = visavis("list")
    assert done.exit_code == 0
    iris, otto = (
        next(one for one in done.output.splitlines() if n in one) for n in ("iris", "otto")
    )
    assert "visavis" in iris and "yes" not in iris and "yes" in otto
    Path("otto", FILE).write_text("=")
    done = visavis("list")
    assert "otto/persona.toml is not TOML" in done.output


def test_without_a_name_the_one_in_force_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert visavis("check").output == "Nothing is wrong with iris.\n"
    write(Path("otto"), ADA)
    monkeypatch.setenv("VISAVIS_PERSONA", "./otto")
    assert "otto has no portrait" in visavis("check").output
    monkeypatch.setenv("VISAVIS_LIPSYNC__ENGINE", "off")
    assert visavis("check").output == "Nothing is wrong with ./otto.\n"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'voice = "heart"',
            'voice = "hart"',
            "ada/persona.toml: voice: no voice 'hart'; there are",
        ),
        ("[[rules]]", "[[rules", "ada/persona.toml is not TOML: "),
        ("[[rules]]", "[[rules", "(at line 12, column 8)"),
        ("openers", "opener", "opener is no field; the nearest is openers."),
        ('["hello"]', '["Hello!"]', "rule 'hello': pattern 'Hello!' can match nothing"),
        ('"would you like tea"', '"hello"', "rule 'tea' is never reached"),
        ('["hello"]', '["hello("]', "pattern 'hello(': missing )"),
        ("{time}", "{tme}", "template 'system_prompt': nothing fills {tme}"),
        ("{time}", "{time", "template 'system_prompt': line 1 has a lone {"),
        ("\ndisplay_name", '\nextends = "."\ndisplay_name', "extends goes in a circle: ada → ada"),
    ],
)
def test_each_mistake_is_told(old: str, new: str, says: str) -> None:
    assert old in ADA
    write(Path("ada"), ADA.replace(old, new, 1))
    told = checked("./ada")
    assert says in told
    assert ("ada has no portrait" in told) == ("circle" not in says)


def test_what_nobody_is_is_told() -> None:
    assert "There is no persona 'nobody'" in checked("nobody")
    assert "it has no persona.toml" in checked("./nobody")


def test_pictures_are_looked_at_one_by_one() -> None:
    write(Path("ada"), ADA)
    portrait = Path("ada", "portrait")
    shutil.copytree(IRIS, portrait, ignore=shutil.ignore_patterns("making"))
    assert visavis("check", "./ada").exit_code == 0
    (portrait / "aa.webp").write_bytes(small_png())
    (portrait / "oh.webp").write_bytes(b"nothing")
    (portrait / "ou.webp").unlink()
    told = checked("./ada")
    assert "aa.webp is 2 × 2 px; portrait.json says 768 × 768, and all must be alike" in told
    assert "oh.webp is missing or no picture" in told and "ou.webp is missing" in told


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("portrait.json", b"{", "portrait.json is not JSON"),
        ("portrait.json", b"[" * 100_000, "portrait"),
        ("portrait.json", b'{"images": 3}', "portrait"),
        ("landmarks.npz", b"PK\x03\x04", "portrait"),
        ("landmarks.npz", b"", "portrait"),
    ],
)
def test_a_broken_set_of_pictures_is_told(file: str, content: bytes, says: str) -> None:
    write(Path("ada"), ADA)
    shutil.copytree(IRIS, "ada/portrait", ignore=shutil.ignore_patterns("making"))
    Path("ada/portrait", file).write_bytes(content)
    assert says in checked("./ada")


def test_a_photo_without_a_face_is_told() -> None:
    write(Path("ada"), ADA)
    Path("ada", "portrait.png").write_bytes(small_png())
    assert "portrait.png: " in checked("./ada")
    Path("ada", "portrait.png").write_bytes(b"nothing")
    assert "portrait.png is missing or no picture" in checked("./ada")


def test_files_that_are_none_are_told() -> None:
    write(Path("ada"), ADA)
    Path("ada", "lore.md").mkdir()
    assert "lore.md can't be read: Is a directory" in checked("./ada")
    Path("ada", "lore.md").rmdir()
    Path("ada", "lore.md").write_bytes(b"one\n\xff")
    assert "lore.md is not UTF-8, in line 2" in checked("./ada")
    Path("ada", FILE).write_bytes(b"#" * 1_000_001)
    assert "persona.toml is too long" in checked("./ada")
    Path("ada", FILE).write_bytes(b"a = " + b"[" * 100_000)
    assert "nested too deep" in checked("./ada")
    Path("ada", FILE).write_bytes(b"voice_pitch = " + b"9" * 5_000)
    assert "persona.toml can't be read: " in checked("./ada")


def test_a_pipe_is_no_file_and_is_not_waited_for() -> None:
    write(Path("ada"), ADA)
    os.mkfifo(Path("ada", "lore.md"))
    os.mkfifo(Path("ada", "portrait.jpg"))
    told = checked("./ada")
    assert "lore.md is no file" in told and "portrait.jpg is no file" in told


def test_no_broken_file_is_answered_with_a_trace() -> None:
    """Bytes are changed, cut, doubled and put in; seeded, so that it is the same every time."""
    chance = random.Random(10)
    source = Path(load("iris").portrait.parent, FILE).read_bytes() + ADA.encode()[:200]
    found = set()
    for _ in range(150):
        data = bytearray(source[: chance.randrange(len(source))])
        for _ in range(chance.randrange(1, 12)):
            at = chance.randrange(len(data) + 1)
            put = chance.choice(
                (b"\0", b"\xff", b"{", b"}", b'"', b"[", b"(", b"(?", b"=", b"\n", b"\\", b"1e999")
            )
            data[at : at + chance.randrange(3)] = put
        write(Path("ada"), "")
        Path("ada", FILE).write_bytes(data)
        found.add(checked("./ada"))
    assert len(found) > 50


def small_png() -> bytes:
    """2 × 2 px."""
    import cv2
    import numpy as np

    return bytes(cv2.imencode(".png", np.zeros((2, 2, 3), np.uint8))[1])


@pytest.mark.parametrize("extends", ['"nobody"', '"./nobody"', "3"])
def test_one_cause_is_one_line(extends: str) -> None:
    write(Path("otto"), f'extends = {extends}\ndisplay_name = "Otto"\n')
    (line,) = checked("./otto").splitlines()
    assert "otto/persona.toml: extends" in line


def test_no_terminal_obeys_a_personas_file() -> None:
    write(Path("ada"), ADA + '"\\u001b[31m" = 1\n')
    with Path("ada", FILE).open("a") as file:
        file.write('\n[[rules]]\nname = "a\\u001b[2J"\npatterns = ["b"]\nanswers = ["c\\u0007"]\n')
    said = checked("./ada")
    assert not {"\x1b", "\x07"} & set(said)
    assert "name: 'a\\x1b[2J' has a control character" in said
    assert "answers: 'c\\x07' has a control character" in said


@pytest.mark.parametrize("piped", ["portrait.json", "neutral.webp", "landmarks.npz"])
def test_a_pipe_in_place_of_a_file_of_the_portrait_is_told_and_not_waited_for(piped: str) -> None:
    visavis("new", "otto")
    shutil.copytree(IRIS, "otto/portrait", dirs_exist_ok=True)
    file = Path("otto/portrait", piped)
    file.unlink()
    os.mkfifo(file)
    assert piped in checked("./otto")
