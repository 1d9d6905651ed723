"""What is wrong with a persona, in plain words: its files, and whether the engines that are set
could use them. Looks and changes nothing."""

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

from visavis.engines import registry
from visavis.engines.chat.unreachable import unreachable
from visavis.engines.lipsync import picture
from visavis.engines.lipsync.landmarks import NoFace, find_landmarks
from visavis.engines.lipsync.portrait import load_set
from visavis.inputs import one_line
from visavis.personas.persona import Inspected, inspect
from visavis.prompts.functions import FUNCTIONS
from visavis.prompts.graph import Graph, Parameter, PromptError, Template
from visavis.settings import Settings

_PROMPTS = ("system_prompt", "note")
_NIL = UUID(int=0)


def problems(named: str, settings: Settings) -> list[str]:
    """A sentence for all that is wrong with the persona of this name or path, most important
    first. Raises `personas.PersonaError` when there is none."""
    found = inspect(named)
    looks: list[tuple[str, Callable[[], Iterator[str]]]] = [
        ("the rules", lambda: _rules(found)),
        ("the prompts", lambda: _prompts(found, settings)),
        ("the voice", lambda: _voice(found, settings)),
        ("the portrait", lambda: _portrait(found, settings)),
    ]
    told = list(found.problems)
    for what, look in looks:
        try:
            told += look()
        except Exception as error:  # files of strangers break readers in ways of their own
            told.append(
                f"{found.layers[0].home.folder}: {what} can't be read: "
                f"{type(error).__name__}: {error}."
            )
    return [one_line(sentence) for sentence in told]


def _rules(found: Inspected) -> Iterator[str]:
    """Its own only: that they come before inherited ones is what they are for."""
    own = found.layers[0]
    for reason in unreachable(own.values.get("rules", ()), found.values.get("display_name", "")):
        yield f"{own.home.file}: {reason}."


def _prompts(found: Inspected, settings: Settings) -> Iterator[str]:
    fills = [Parameter(name, function=name) for name in FUNCTIONS]
    fills += [Parameter(name, value="") for name in settings.prompts.parameters]
    for key in _PROMPTS:
        try:
            Graph([Template(_NIL, key, found.values.get(key, ""))], fills, FUNCTIONS)
        except PromptError as wrong:
            yield f"{found.layers[0].home.file}: {str(wrong).rstrip('.')}."


def _voice(found: Inspected, settings: Settings) -> Iterator[str]:
    """Whether the voice engine knows it; one that can't say which voices it has isn't asked."""
    voice, name = found.values.get("voice"), settings.tts.chosen
    if voice is None or name == registry.OFF:
        return
    ask = getattr(registry.find("tts", name), "wrong_voice", None)
    if ask is not None and (reason := ask(voice)):
        yield f"{found.layers[0].home.file}: voice: {reason}."


def _portrait(found: Inspected, settings: Settings) -> Iterator[str]:
    if settings.lipsync.engine == registry.OFF:
        return
    path: Path | None = found.values.get("portrait")
    folder = found.layers[0].home.folder
    if path is None and found.whole:
        yield (
            f"{folder} has no portrait: put a frontal photo there as portrait.jpg, .png or .webp, "
            "or extend a persona that has one."
        )
    elif path is not None:
        yield from _set(path) if path.is_dir() else _photo(path)


def _photo(path: Path) -> Iterator[str]:
    try:
        image = picture.read(path)
        if find_spec("mediapipe") is None:
            yield f"{path}: a face is made of a photo with mediapipe: pip install 'visavis[pose]'."
        else:
            find_landmarks(image)
    except picture.BadPicture as reason:
        yield f"{str(reason).rstrip('.')}."
    except NoFace as reason:
        yield f"{path}: {reason}."


def _set(folder: Path) -> Iterator[str]:
    """Each picture is looked at, and then the whole loaded as a call would."""
    told = 0
    for reason in _pictures(folder):
        told += 1
        yield reason
    if not told:
        try:
            load_set(folder, 512)
        except ValueError as reason:
            yield f"{str(reason).rstrip('.')}."


def _pictures(folder: Path) -> Iterator[str]:
    """What is wrong with the single pictures that ``portrait.json`` names. What is wrong with
    that file itself is left to who loads the set."""
    listed = folder / "portrait.json"
    if not listed.is_file():
        return
    try:
        catalogue: dict[str, Any] = json.loads(listed.read_text("utf-8"))
        wanted = int(catalogue["width"]), int(catalogue["height"])
        files = [folder / str(entry["file"]) for entry in catalogue["images"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return
    for file in files:
        try:
            size = picture.check(file)
        except picture.BadPicture as reason:
            yield f"{str(reason).rstrip('.')}."
        else:
            if size != wanted:
                yield (
                    f"{file} is {size[0]:,} × {size[1]:,} px; portrait.json says "
                    f"{wanted[0]:,} × {wanted[1]:,}, and all must be alike."
                )
