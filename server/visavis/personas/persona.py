"""A persona: what its folder says, over what it inherits from the one that it extends."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from visavis.personas.finding import PersonaError, find, names
from visavis.personas.reading import Layer, read
from visavis.personas.table import ReadyAnswer, Rule

__all__ = ["Inspected", "Persona", "PersonaError", "Rule", "inspect", "load", "summaries"]

NOTE = "It is {time} on {date}. What you know about this: {knowledge}"
"""The note of a persona that has none of its own."""
DEFAULTS: dict[str, Any] = {
    "note": NOTE,
    "voice_pitch": 1.0,
    "declined_lines": (),
    "thinking_lines": (),
    "attract_lines": (),
    "invite_lines": (),
    "close_lines": (),
    "listening_lines": (),
    "cut_in_lines": (),
    "examples": (),
    "rules": (),
    "answers": (),
    "lore": "",
}
NEEDED = (
    "display_name",
    "greeting",
    "system_prompt",
    "voice",
    "silence_lines",
    "fallback_lines",
    "openers",
)


@dataclass(frozen=True)
class Persona:
    """One persona.

    ``key`` tells it from every other, also from one of the same ``name`` elsewhere: `Home`.
    ``examples`` are pairs of a caller's words and the persona's answer, to show a small model the
    manner of talking; ``answers`` are given to questions that mean theirs; ``lore`` is what it
    knows of itself: what fits a question, the model is told.
    ``system_prompt`` and ``note`` are templates with holes: ``visavis.prompts``.
    ``attract_lines``, ``invite_lines`` and ``close_lines`` are said at a stand, to whoever passes
    by, to who comes near, and after who leaves; ``declined_lines`` where the model has declined to
    answer, ``thinking_lines`` where it thinks for seconds; ``listening_lines`` while somebody tells
    something long, without taking the floor; ``cut_in_lines`` before an answer to who has spoken
    for too long. There may be none.
    """

    name: str
    key: str
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
    thinking_lines: tuple[str, ...]
    attract_lines: tuple[str, ...]
    invite_lines: tuple[str, ...]
    close_lines: tuple[str, ...]
    listening_lines: tuple[str, ...]
    cut_in_lines: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]
    lore: str
    portrait: Path
    rules: tuple[Rule, ...]
    answers: tuple[ReadyAnswer, ...]


@dataclass(frozen=True)
class Inspected:
    """A persona as far as it could be read: ``layers`` from its own to that of its most distant
    ancestor, the fields that are right, and a sentence for each that isn't. ``whole``: its
    ancestors are known, so that what isn't there is missing."""

    layers: list[Layer]
    values: dict[str, Any]
    problems: list[str]
    whole: bool


def load(named: str, near: Path = Path()) -> Persona:
    """The persona of a name, or in a folder: see `find`. Raises `PersonaError`."""
    return _made(inspect(named, near))


def inspect(named: str, near: Path = Path()) -> Inspected:
    """All that can be read of a persona, and all that is wrong. Raises `PersonaError` when there
    is none of that name."""
    layers = [read(find(named, near))]
    lost, known = _extend(layers)
    problems = [told for layer in layers for told in layer.problems] + lost
    values: dict[str, Any] = {}
    for layer in reversed(layers):
        by_name = {
            key: _over(layer.values.get(key, ()), values.get(key, ()))
            for key in ("rules", "answers")
        }
        values |= layer.values | by_name
    values.pop("extends", None)
    there = frozenset[str]().union(*(layer.named for layer in layers))
    whole = (
        known
        and not lost
        and all("extends" in layer.values or "extends" not in layer.named for layer in layers)
    )
    # Of a file that can't be read it isn't told what it lacks, nor of one that lacks its ancestors.
    if whole and (there or not problems):
        own = layers[0].home.file
        problems += (f"{own}: {key} is missing." for key in NEEDED if key not in there)
    display_name = values.get("display_name", "")
    values = {key: _called(value, display_name) for key, value in values.items()}
    return Inspected(layers, values, problems, whole)


def summaries(chosen: str = "") -> tuple[list[dict[str, Any]], list[str]]:
    """What is told of each persona that is installed, and of the one that is ``chosen``; and a
    sentence for each that can't be loaded."""
    told: dict[str, dict[str, Any]] = {}
    refused = []
    for named in filter(None, [*names(), chosen]):
        try:
            found = inspect(named)
            one, home = _made(found), found.layers[0].home
        except PersonaError as reason:
            refused.append(str(reason))
            continue
        told[one.key] = {
            "name": one.name,
            "display_name": one.display_name,
            "greeting": one.greeting,
            "system_prompt": one.system_prompt,
            "voice": one.voice,
            "rules": [rule.name for rule in one.rules],
            "lore": one.lore,
            "from": home.origin or str(home.folder),
            "in_force": named == chosen,
        }
    return list(told.values()), refused


def _made(found: Inspected) -> Persona:
    if found.problems:
        raise PersonaError(found.problems[0])
    home, values = found.layers[0].home, DEFAULTS | found.values
    # There may be none: the engine that draws tells so, and who is only heard needs none.
    values.setdefault("portrait", home.folder / "portrait")
    return Persona(name=home.name, key=home.key, **values)


def _extend(layers: list[Layer]) -> tuple[list[str], bool]:
    """Add what the last layer extends, and so on; why that can't be done, if it can't, and whether
    all that is extended is there."""
    while parent := layers[-1].values.get("extends"):
        own = layers[-1].home
        try:
            home = find(parent, own.folder)
        except PersonaError as unknown:
            return [f"{own.file}: extends: {unknown}"], False
        homes = [layer.home for layer in layers]
        if home.folder in [one.folder for one in homes]:
            circle = " → ".join(one.name for one in [*homes, home])
            return [f"{own.file}: extends goes in a circle: {circle}."], True
        layers.append(read(home))
    return [], True


N = TypeVar("N", bound=Rule | ReadyAnswer)


def _over(own: tuple[N, ...], inherited: tuple[N, ...]) -> tuple[N, ...]:
    """One's own first, and of the inherited those whose names they don't bear."""
    taken = {one.name for one in own}
    return (*own, *(one for one in inherited if one.name not in taken))


def _called(value: Any, display_name: str) -> Any:
    """A value whose texts have the persona's name for {persona}: so what is inherited speaks of
    who has inherited it, and what is the same in every call can be spoken ahead."""
    match value:
        case str():
            return value.replace("{persona}", display_name)
        case tuple():
            return tuple(_called(one, display_name) for one in value)
        case Rule():
            return replace(value, answers=_called(value.answers, display_name))
        case ReadyAnswer():
            return ReadyAnswer(
                _called(value.questions, display_name), _called(value.answer, display_name)
            )
    return value
