"""The engines that the settings choose: loaded, and what they need."""

from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from visavis.engine_settings import KindSettings, SettingsTables
from visavis.engines import registry
from visavis.engines.base import Context, Engine
from visavis.engines.interfaces import lacking
from visavis.settings import Settings

_SECTIONS = {"embeddings": "knowledge", "turns": "turn", "filters": "audio"}
"""Where a kind is set, if not in the section of its name."""


class WrongOptions(ValueError):
    """The table of an engine's own settings can't be used; the message says why."""


def table(settings: Settings, kind: str) -> KindSettings:
    """The settings of a kind of which one is chosen. Embeddings serve the knowledge, and are set
    there; the end of a turn is set in ``[turn]``."""
    found: KindSettings = _section(settings, kind)
    return found


def in_force(settings: Settings, kind: str) -> list[str]:
    """Names of a kind's plug-ins that calls use, any number of `registry.KINDS`; without "off".

    Every function and trainer that is installed can be named at any moment.
    """
    if kind not in registry.ENGINES:
        return registry.names(kind)
    return list(_section(settings, kind).used)


def chosen(settings: Settings) -> list[tuple[str, str, Any]]:
    """Kind, name and class of each engine in force. Raises what `registry.find` raises, and says
    where it is set."""
    found = []
    for kind in registry.ENGINES:
        for name in in_force(settings, kind):
            try:
                found.append((kind, name, registry.find(kind, name)))
            except registry.BrokenEngine as reason:
                told = f"{reason}. See [{_SECTIONS.get(kind, kind)}] in the settings."
                raise registry.BrokenEngine(told) from reason
    return found


async def load(kind: str, context: Context) -> Any:
    """The engine of this kind that is in force, ready; None when it is off or isn't installed.

    Raises `registry.UnknownEngine`, `registry.BrokenEngine`, `WrongOptions`, and whatever the
    engine raises.
    """
    name = table(context.settings, kind).chosen
    return None if name == registry.OFF else await named(kind, name, context)


async def named(kind: str, name: str, context: Context) -> Any:
    """The engine of this name, ready; None when what it needs isn't installed. It is closed when
    the context's host stops. Raises as `load`."""
    engine = registry.find(kind, name)
    if registry.missing(kind, name):
        return None
    options = own(context.settings, kind, name, engine)
    made = await engine.load(replace(context, options=options))
    if isinstance(made, Engine):
        context.host.closes(made.close)
    if made is not None and (lacks := lacking(kind, made)):
        told = f"the {kind} engine {name!r} made a {type(made).__name__}, which has no "
        raise registry.BrokenEngine(told + ", ".join(f"`{method}`" for method in lacks))
    return made


def own(settings: Settings, kind: str, name: str, engine: type[Any]) -> BaseModel:
    """The `Options` of an engine, from its own table. Raises `WrongOptions`, and
    `registry.BrokenEngine` where they raise anything but a ValidationError."""
    section = _section(settings, kind)
    try:
        checked: BaseModel = engine.Options.model_validate(section.own(name))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = _SECTIONS.get(kind, kind), section.table_of(name), *first["loc"]
        told = first["msg"].removeprefix("Value error, ")
        raise WrongOptions(f"{'.'.join(map(str, where))}: {told}.") from None
    except (Exception, SystemExit) as error:
        told = f"the {kind} engine {name!r} broke in its `Options`: {type(error).__name__}: {error}"
        raise registry.BrokenEngine(told) from error
    return checked


def table_name(settings: Settings, kind: str, name: str) -> str:
    """What the table of an engine's own settings is called, without brackets."""
    return f"{_SECTIONS.get(kind, kind)}.{_section(settings, kind).table_of(name)}"


def _section(settings: Settings, kind: str) -> Any:
    found: SettingsTables = getattr(settings, _SECTIONS.get(kind, kind))
    return found
