"""Plug-ins by name: entry points of any installed distribution, or ``module:Class``.

A distribution declares its engine in its ``pyproject.toml``::

    [project.entry-points."visavis.tts"]
    hum = "humming:Voice"

and is chosen by ``[tts] engine = "hum"``. This server's own engines are declared in the same way
and are found in no other. To look up a name imports nothing; `find` imports what is asked for.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import BaseModel

ENGINES = ("stt", "chat", "tts", "lipsync", "pose", "vision", "embeddings", "turns", "filters")
"""Kinds whose plug-ins are subclasses of `engines.base.Engine`."""
KINDS = (*ENGINES, "functions", "trainers")
"""All. A function is a `prompts.functions.Function`, a trainer a class with the methods of
`learning.trainers.types.Trainer` that is made without arguments."""
OF_AN_ENGINE = ("load", "missing", "weights", "reach", "Options")
"""What `engines.base.Engine` brings."""
OFF = "off"
"""The name of no engine: that part is off, and calls do without it."""


class UnknownEngine(ValueError):
    """Nothing of this name is installed; the message says what is."""


class BrokenEngine(ValueError):
    """It is declared, and can't be imported or is no engine; the message says why."""


class Installed(Mapping[str, Any]):
    """The declared plug-ins of a kind by name. One is imported when it is asked for.

    Getting one raises KeyError for a name that nobody declares, and `BrokenEngine`.
    """

    def __init__(self, kind: str, made: Callable[[Any], Any] = lambda found: found) -> None:
        """``made`` turns what `find` gives into what is handed out."""
        self._kind = kind
        self._made = made

    def __getitem__(self, name: str) -> Any:
        if name not in _declared(self._kind):
            raise KeyError(name)
        return self._made(find(self._kind, name))

    def __contains__(self, name: object) -> bool:
        return name in _declared(self._kind)  # the mapping's own way would import it

    def __iter__(self) -> Iterator[str]:
        return iter(names(self._kind))

    def __len__(self) -> int:
        return len(_declared(self._kind))


def names(kind: str) -> list[str]:
    """Those that are installed, in order, without "off". ``kind`` is one of `KINDS`."""
    return sorted(_declared(kind))


def check(kind: str, name: str) -> None:
    """Raise `UnknownEngine` for a name that nobody declares. Imports nothing."""
    if name != OFF and ":" not in name and name not in _declared(kind):
        listed = ", ".join([*names(kind), OFF])
        raise UnknownEngine(
            f"there is no engine {name!r}; installed are {listed}, "
            "and one that isn't declared is written module:Class"
        )


def find(kind: str, name: str) -> Any:
    """What is installed under this name: for `ENGINES` the class.

    Raises `UnknownEngine` and `BrokenEngine`.
    """
    check(kind, name)
    declared = _declared(kind).get(name)
    try:
        found = declared.load() if declared is not None else _class(name)
        wanted = _lacks(kind, found)
    except (Exception, SystemExit) as error:
        raise BrokenEngine(
            f"the {kind} engine {name!r} can't be imported: {type(error).__name__}: {error}"
        ) from error
    if wanted:
        raise BrokenEngine(f"the {kind} engine {name!r} is no {wanted}")
    return found


def missing(kind: str, name: str) -> str:
    """What isn't installed that it needs; "" when all is there, and for what is no engine.

    Raises what `find` raises.
    """
    found = find(kind, name)
    if kind not in ENGINES:
        return ""
    try:
        return str(found.missing())
    except (Exception, SystemExit) as error:
        told = f"the {kind} engine {name!r} broke in `missing`: {type(error).__name__}: {error}"
        raise BrokenEngine(told) from error


def weights(kind: str, name: str, settings: Any) -> tuple[str, ...]:
    """Names in the manifest of the models that an engine needs under these settings.

    Raises what `find` raises.
    """
    engine = find(kind, name)
    try:
        named = tuple(engine.weights(settings))
        if not all(isinstance(one, str) for one in named):
            raise TypeError("they are no names")
    except (Exception, SystemExit) as error:
        told = f"the {kind} engine {name!r} broke in `weights`: {type(error).__name__}: {error}"
        raise BrokenEngine(told) from error
    return named


def origin(kind: str, name: str) -> str:
    """The distribution that declares it, with its version ("visavis 0.1.0"), and those that declare
    the same name in vain; "" for none."""
    declared = _declared(kind).get(name)
    if declared is None or not (used := _distribution(declared)):
        return ""
    every = (_distribution(point) for point in _every(kind) if point.name == name)
    vain = ", ".join(dict.fromkeys(one for one in every if one and one != used))
    return f"{used} (and not that of {vain})" if vain else used


@cache
def _declared(kind: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in reversed(_every(kind))}


def _every(kind: str) -> list[EntryPoint]:
    """By rank: whoever declares a name of ours as well doesn't take its place."""
    found = entry_points(group=f"visavis.{kind}")
    return sorted(found, key=lambda point: not _distribution(point).startswith("visavis "))


def _distribution(point: EntryPoint) -> str:
    return "" if point.dist is None else f"{point.dist.name} {point.dist.version}"


def _class(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def _lacks(kind: str, found: Any) -> str:
    """What a plug-in of this kind should have been; "" when it is that."""
    if kind == "functions":
        return "" if callable(found) and not isinstance(found, type) else "function"
    if kind == "trainers":
        return "" if isinstance(found, type) and hasattr(found, "train") else "class with a `train`"
    whole = isinstance(found, type) and all(hasattr(found, name) for name in OF_AN_ENGINE)
    if not whole:
        return "class with a `load` that extends visavis.engines.base.Engine"
    options = found.Options
    settable = isinstance(options, type) and issubclass(options, BaseModel)
    return "" if settable else "class whose `Options` are a pydantic model"
