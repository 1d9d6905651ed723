"""Scenario files read: YAML, and the files of cases that are conversations."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from visavis.evaluate import cases
from visavis.evaluate.marked import Marked, read
from visavis.evaluate.scenario import (
    CallerTurn,
    Cut,
    Expected,
    Needs,
    Pattern,
    Scenario,
    ScenarioError,
    SpokenWords,
)
from visavis.evaluate.sounds import NOISES

PACKAGED = Path(__file__).parent / "scenarios"
_FILE = ("about", "tags", "knowledge", "settings", "scenarios")
_SCENARIO = ("name", "about", "tags", "good", "turns", "ends", "replies")
_STEP = ("type", "say", "pieces", "background", "wav", "interrupt", "expect")
_EXPECTED = ("has", "lacks", "within_ms", "answered", "turns", "heard", "wer", "voice")
_VOICES = ("stops", "goes on")


def packaged() -> dict[str, Path]:
    """The files that come with the package, by name; one in a folder has the folder's."""
    found = (path for path in PACKAGED.rglob("*") if path.suffix in (".yaml", ".jsonl", ".tsv"))
    return {
        path.stem if path.parent == PACKAGED else path.parent.name: path for path in sorted(found)
    }


def chosen(names: Sequence[str], tags: Collection[str] = ()) -> list[Scenario]:
    """Those of the files (paths, or names of packaged ones; none: all packaged) that have one of
    the tags, if any are asked for. Raises ScenarioError."""
    inside = packaged()
    paths = [inside.get(name, Path(name)) for name in names] or list(inside.values())
    found = [one for path in paths for one in scenarios(path)]
    if not tags:
        return found
    known = {tag for one in found for tag in one.tags}
    for tag in tags:
        if tag not in known:
            raise ScenarioError(f"no scenario has the tag {tag!r}; there are: {_list(known)}")
    return [one for one in found if one.tags & set(tags)]


def scenarios(path: Path) -> list[Scenario]:
    """All of a file. Raises ScenarioError."""
    if not path.is_file():
        raise ScenarioError(f"there is no file {path}; packaged are: {_list(packaged())}")
    if path.suffix in (".jsonl", ".tsv"):
        return cases.scenarios(path)
    if path.suffix not in (".yaml", ".yml"):
        raise ScenarioError(f"{path}: scenarios are .yaml; cases are .jsonl or .tsv")
    found = _file(read(path), path.parent)
    names: dict[str, str] = {}
    for one in found:
        if one.name in names:
            raise ScenarioError(
                f"{one.source}: the name {one.name!r} is taken by {names[one.name]}"
            )
        names[one.name] = one.source
    return found


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _file(marked: Marked, folder: Path) -> list[Scenario]:
    head = marked.table(*_FILE)
    if "scenarios" not in head:
        raise marked.wrong("the key 'scenarios' is missing: a list of them")
    tags = _texts(head.get("tags"))
    needs = Needs(
        tuple(_path(one, folder) for one in head["knowledge"].items())
        if "knowledge" in head
        else (),
        tuple((key, _plain(one)) for key, one in head["settings"].table().items())
        if "settings" in head
        else (),
    )
    return [_scenario(one, folder, tags, needs) for one in head["scenarios"].items()]


def _plain(marked: Marked) -> str | int | float | bool:
    found = marked.value
    if not isinstance(found, str | int | float):
        raise marked.wrong("a setting here is a text, a number, true or false")
    return found


def _path(marked: Marked, folder: Path) -> Path:
    path = folder / marked.one(str, "the name of a file")
    if not path.is_file():
        raise marked.wrong(f"there is no file {path}; names count from {folder}")
    return path


def _texts(marked: Marked | None) -> frozenset[str]:
    if marked is None:
        return frozenset()
    return frozenset(one.one(str, "a word") for one in marked.items())


def _scenario(marked: Marked, folder: Path, tags: frozenset[str], needs: Needs) -> Scenario:
    table = marked.table(*_SCENARIO)
    for key in ("name", "turns"):
        if key not in table:
            raise marked.wrong(f"the key {key!r} is missing in this scenario")
    steps = tuple(_step(one, folder) for one in table["turns"].items())
    if not steps:
        raise table["turns"].wrong("there is no turn in this list; give one with `type` or `say`")
    replies = table["replies"].table() if "replies" in table else None
    return Scenario(
        table["name"].one(str, "a name"),
        steps,
        tags | _texts(table.get("tags")),
        _text(table, "about"),
        _text(table, "good"),
        table["ends"].one(bool, "true or false") if "ends" in table else None,
        replace(needs, chat_server=replies is not None),
        {key: one.plain for key, one in replies.items()} if replies is not None else None,
        marked.where,
    )


def _text(table: dict[str, Marked], key: str) -> str:
    return table[key].one(str, "a text") if key in table else ""


def _step(marked: Marked, folder: Path) -> CallerTurn:
    table = marked.table(*_STEP)
    ways = [key for key in ("type", "say", "pieces", "wav") if key in table]
    if len(ways) != 1:
        raise marked.wrong("one of type, say, pieces and wav is wanted in a turn, and no other")
    expected = _expected(table["expect"]) if "expect" in table else Expected()
    cut = _cut(table["interrupt"], folder) if "interrupt" in table else None
    if ways == ["type"]:
        return CallerTurn(table["type"].one(str, "a text"), cut=cut, expected=expected)
    return CallerTurn(speaking=_speaking(table, folder), cut=cut, expected=expected)


def _speaking(table: dict[str, Marked], folder: Path) -> SpokenWords:
    if "wav" in table:
        return SpokenWords(wav=_path(table["wav"], folder))
    if "say" in table:
        return SpokenWords(({"say": table["say"].one(str, "a text")},))
    background = table["background"].table("kind", "db", "text") if "background" in table else None
    if background is not None:
        for key in ("kind", "db"):
            if key not in background:
                raise table["background"].wrong(f"the key {key!r} is missing in this background")
    return SpokenWords(
        tuple(_piece(one) for one in table["pieces"].items()),
        {key: one.plain for key, one in background.items()} if background else None,
    )


def _piece(marked: Marked) -> dict[str, Any]:
    table = marked.table("say", "pause", "noise", "ms", "db")
    if "noise" in table:
        kind = table["noise"].one(str, "a kind of noise")
        if kind not in NOISES:
            raise table["noise"].wrong(f"there is no noise {kind!r}; there are: {_list(NOISES)}")
        for key in ("ms", "db"):
            if key not in table:
                raise marked.wrong(f"the key {key!r} is missing in this noise")
    elif ("say" in table) == ("pause" in table):
        raise marked.wrong("one of say, pause and noise is wanted in a piece")
    for key in {"pause", "ms", "db"} & table.keys():
        table[key].one(float, "a number")
    return {key: one.plain for key, one in table.items()}


def _cut(marked: Marked, folder: Path) -> Cut:
    table = marked.table("after_ms", "say", "wav", "pieces")
    if "after_ms" not in table:
        raise marked.wrong("the key 'after_ms' is missing in this interruption")
    return Cut(table["after_ms"].one(float, "a number of ms"), _speaking(table, folder))


def _expected(marked: Marked) -> Expected:
    table = marked.table(*_EXPECTED)
    voice = table["voice"].one(str, "a text") if "voice" in table else None
    if voice is not None and voice not in _VOICES:
        raise table["voice"].wrong(f"her voice {' or '.join(_VOICES)}, and not {voice!r}")
    return Expected(
        tuple(_group(one) for one in table["has"].items()) if "has" in table else (),
        tuple(_pattern(one) for one in table["lacks"].items()) if "lacks" in table else (),
        table["within_ms"].one(float, "a number of ms") if "within_ms" in table else None,
        table["answered"].one(bool, "true or false") if "answered" in table else True,
        tuple(one.one(int, "a number") for one in table["turns"].items())
        if "turns" in table
        else (),
        table["heard"].one(str, "a text") if "heard" in table else None,
        table["wer"].one(float, "a number") if "wer" in table else 0.0,
        voice,
    )


def _group(marked: Marked) -> tuple[Pattern, ...]:
    """One pattern, or several of which one is enough."""
    if isinstance(marked.value, list):
        return tuple(_pattern(one) for one in marked.items())
    return (_pattern(marked),)


def _pattern(marked: Marked) -> Pattern:
    text = marked.one(str, "a regular expression in quotation marks")
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise marked.wrong(f"{text!r} is no regular expression: {error}") from None
