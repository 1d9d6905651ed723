"""A persona's folder as it stands: ``persona.toml``, ``lore.md`` and its portrait."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from visavis.inputs import mended
from visavis.personas.finding import Home
from visavis.personas.table import ReadyAnswer, Table

FIELDS: dict[str, Callable[[Table, str], Any]] = {
    "extends": Table.text,
    "display_name": Table.name,
    "greeting": Table.spoken,
    "system_prompt": Table.text,
    "note": Table.text,
    "voice": Table.text,
    "voice_pitch": Table.pitch,
    "silence_lines": Table.filled_lines,
    "fallback_lines": Table.filled_lines,
    "openers": Table.spoken_lines,
    "declined_lines": Table.any_filled_lines,
    "thinking_lines": Table.any_spoken_lines,
    "attract_lines": Table.any_spoken_lines,
    "invite_lines": Table.any_spoken_lines,
    "close_lines": Table.any_spoken_lines,
    "listening_lines": Table.any_spoken_lines,
    "cut_in_lines": Table.any_spoken_lines,
    "examples": Table.examples,
    "rules": Table.rules,
}
"""What ``persona.toml`` may say, and how it is read."""
LORE = "lore.md"
ANSWERS = "answers.toml"
PORTRAITS = ("portrait", "portrait.webp", "portrait.png", "portrait.jpg", "portrait.jpeg")
"""A folder with a set of pictures, or one photo; the first that is there."""
LONGEST = 1_000_000
"""Bytes of a file."""


@dataclass
class Layer:
    """What one folder says, without what it inherits.

    ``values`` are its fields that are right, and "lore", "answers" and "portrait" where there are
    such;
    ``named`` are the keys of its file, right or wrong; ``problems`` sentences.
    """

    home: Home
    values: dict[str, Any] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    problems: list[str] = field(default_factory=list)


def read(home: Home) -> Layer:
    """Read a folder. What is wrong is told in the layer, and nothing raised."""
    layer = Layer(home)
    data = _toml(home.file, layer.problems)
    table = Table(data, str(home.file), layer.problems)
    for key in data:
        if key in FIELDS and (value := FIELDS[key](table, key)) is not None:
            layer.values[key] = value
    table.nothing_but(FIELDS)
    layer.named = frozenset(data)
    if (answers := home.folder / ANSWERS).exists():
        layer.values["answers"] = read_answers(answers, layer.problems)
    lore = home.folder / LORE
    if lore.exists():
        layer.values["lore"] = _text(lore, layer.problems)
    for name in PORTRAITS:
        picture = home.folder / name
        if picture.is_file() or picture.is_dir():
            layer.values["portrait"] = picture
            break
        if picture.exists():
            layer.problems.append(f"{picture} is no file.")
    return layer


def read_answers(file: Path, problems: list[str]) -> tuple[ReadyAnswer, ...]:
    """The answers of a file ``answers.toml``, as far as they are right; what isn't is told to
    ``problems``, a sentence each."""
    table = Table(data := _toml(file, problems), str(file), problems)
    table.nothing_but(("answers",))
    return table.answers("answers") if "answers" in data else ()


def _toml(file: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(file, problems))
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{file} is not TOML: {error}.")
    except ValueError as error:  # a number of thousands of digits
        problems.append(f"{file} can't be read: {error}.")
    except RecursionError:
        problems.append(f"{file} is not TOML that can be read: it is nested too deep.")
    return {}


def _text(file: Path, problems: list[str]) -> str:
    """What a file holds; "" for one that can't be read."""
    data = b""
    if file.exists() and not (file.is_file() or file.is_dir()):  # a pipe would never end
        problems.append(f"{file} is no file.")
        return ""
    try:
        with file.open("rb") as opened:
            data = opened.read(LONGEST + 1)
        if len(data) <= LONGEST:
            return mended(data.decode("utf-8"))
        problems.append(f"{file} is too long: at most {LONGEST:,} bytes are read.")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(f"{file} is not UTF-8, in line {line}: save it as UTF-8.")
    except OSError as error:
        problems.append(f"{file} can't be read: {error.strerror}.")
    return ""
