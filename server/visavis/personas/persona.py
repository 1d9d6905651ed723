"""Reading a persona's folder: ``persona.toml``, ``lore.md`` and ``portrait/``."""

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
NOTE = "It is {time} on {date}. What you know about this: {knowledge}"
"""The note of a persona that has none of its own."""
_HOLES = frozenset({"name", "persona", "time", "day", "date", "last"})
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class PersonaError(Exception):
    """The persona doesn't exist or its file is wrong; the message names file, field and remedy."""


@dataclass(frozen=True)
class Rule:
    """What to answer, and to what; how it is matched: `visavis.engines.chat.rules`."""

    name: str
    patterns: tuple[str, ...]
    answers: tuple[str, ...]
    ends_call: bool = False


@dataclass(frozen=True)
class Persona:
    """One persona.

    ``examples`` are pairs of a caller's words and the persona's answer, to show a small model the
    manner of talking; ``lore`` is what it knows of itself: what fits a question, the model is told.
    ``system_prompt`` and ``note`` are templates with holes: ``visavis.prompts``.
    ``attract_lines``, ``invite_lines`` and ``close_lines`` are said at a stand, to whoever passes
    by, to who comes near, and after who leaves; ``declined_lines`` where the model has declined to
    answer. There may be none.
    """

    name: str
    display_name: str
    greeting: str
    system_prompt: str
    note: str
    voice: str
    voice_pitch: float
    silence_lines: tuple[str, ...]
    fallback_lines: tuple[str, ...]
    openers: tuple[str, ...]
    declined_lines: tuple[str, ...]
    attract_lines: tuple[str, ...]
    invite_lines: tuple[str, ...]
    close_lines: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]
    lore: str
    portrait: Path
    rules: tuple[Rule, ...]


def load(name: str, folder: Path = FOLDER) -> Persona:
    """The persona ``name`` from ``folder``/name. Raises PersonaError."""
    home = folder / name
    file = home / "persona.toml"
    if not _NAME.fullmatch(name) or not file.is_file():
        known = sorted(f.parent.name for f in folder.glob("*/persona.toml"))
        raise PersonaError(f"no persona {name!r}; there are: {', '.join(known) or 'none'}")
    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PersonaError(f"{file} is not TOML: {error}") from None
    table = _Table(data, str(file))
    pitch = table.number("voice_pitch", 1.0)
    if not 0.6 <= pitch <= 1.2:
        raise PersonaError(f"{file}: voice_pitch is {pitch}; it must be 0.6 to 1.2")
    lore = home / "lore.md"
    persona = Persona(
        name=name,
        display_name=table.text("display_name"),
        greeting=table.text("greeting"),
        system_prompt=table.text("system_prompt"),
        note=table.text("note") if "note" in data else NOTE,
        voice=table.text("voice"),
        voice_pitch=pitch,
        silence_lines=table.texts("silence_lines"),
        fallback_lines=table.texts("fallback_lines"),
        openers=table.texts("openers"),
        declined_lines=table.texts("declined_lines", needed=False),
        attract_lines=table.texts("attract_lines", needed=False),
        invite_lines=table.texts("invite_lines", needed=False),
        close_lines=table.texts("close_lines", needed=False),
        examples=tuple(
            (e.text("caller"), e.text("answer"))
            for e in (
                _Table(d, f"{file}: examples[{i}]") for i, d in enumerate(table.tables("examples"))
            )
        ),
        lore=lore.read_text("utf-8") if lore.is_file() else "",
        portrait=home / "portrait",
        rules=tuple(_rule(r, f"{file}: rules[{i}]") for i, r in enumerate(table.tables("rules"))),
    )
    table.nothing_but({field.name for field in fields(Persona)})
    return persona


def summaries(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """What is told of each persona in ``folder``: name, voice, lines, prompt and rules' names."""
    found = []
    for file in sorted(folder.glob("*/persona.toml")):
        one = load(file.parent.name, folder)
        found.append(
            {
                "name": one.name,
                "display_name": one.display_name,
                "greeting": one.greeting,
                "system_prompt": one.system_prompt,
                "voice": one.voice,
                "rules": [rule.name for rule in one.rules],
                "lore": one.lore,
            }
        )
    return found


def _rule(data: dict[str, Any], where: str) -> Rule:
    table = _Table(data, where)
    rule = Rule(
        name=table.text("name"),
        patterns=table.texts("patterns"),
        answers=table.texts("answers"),
        ends_call=table.flag("ends_call"),
    )
    table.nothing_but({field.name for field in fields(Rule)})
    for pattern in rule.patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise PersonaError(f"{where} ({rule.name}): pattern {pattern!r}: {error}") from None
    for answer in rule.answers:
        unknown = set(re.findall(r"{(.*?)}", answer)) - _HOLES
        if unknown:
            raise PersonaError(
                f"{where} ({rule.name}): {{{unknown.pop()}}} in {answer!r} is not one of "
                f"{', '.join(sorted(_HOLES))}"
            )
    return rule


class _Table:
    """A table of the file whose fields are asked for by type; a wrong one is named."""

    def __init__(self, data: dict[str, Any], where: str) -> None:
        self._data = data
        self._where = where

    def text(self, key: str) -> str:
        value = self._data.get(key)
        if not isinstance(value, str) or not value.strip():
            raise PersonaError(f"{self._where}: {key} must be a text and not empty")
        return value.strip()

    def texts(self, key: str, *, needed: bool = True) -> tuple[str, ...]:
        value = self._data.get(key)
        if value is None and not needed:
            return ()
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(v, str) and v.strip() for v in value)
        ):
            raise PersonaError(f"{self._where}: {key} must be a list of texts, at least one")
        return tuple(value)

    def number(self, key: str, default: float) -> float:
        value = self._data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise PersonaError(f"{self._where}: {key} must be a number")
        return float(value)

    def flag(self, key: str) -> bool:
        value = self._data.get(key, False)
        if not isinstance(value, bool):
            raise PersonaError(f"{self._where}: {key} must be true or false")
        return value

    def tables(self, key: str) -> list[dict[str, Any]]:
        value = self._data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise PersonaError(f"{self._where}: {key} must be tables, each under [[{key}]]")
        return value

    def nothing_but(self, keys: set[str]) -> None:
        unknown = sorted(set(self._data) - keys)
        if unknown:
            raise PersonaError(
                f"{self._where}: {unknown[0]} is no field; there are: {', '.join(sorted(keys))}"
            )
