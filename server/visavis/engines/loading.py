"""The engines that the settings choose: loaded, and what they need."""

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from visavis.engines import registry
from visavis.engines.base import Context
from visavis.settings import Kind, Settings


class WrongOptions(ValueError):
    """The table of an engine's own settings can't be used; the message says why."""


def table(settings: Settings, kind: str) -> Kind:
    """The settings of a kind. Embeddings serve the knowledge, and are set there."""
    found: Kind = getattr(settings, "knowledge" if kind == "embeddings" else kind)
    return found


async def load(kind: str, context: Context) -> Any:
    """The engine of this kind that is in force, ready; None when it is off or isn't installed.

    Raises `registry.UnknownEngine`, `registry.BrokenEngine`, `WrongOptions`, and whatever the
    engine raises.
    """
    wanted = table(context.settings, kind)
    name = wanted.chosen
    if name == registry.OFF:
        return None
    engine = registry.find(kind, name)
    if engine.missing():
        return None
    options = own(context.settings, kind, name, engine)
    return await engine.load(replace(context, options=options))


def own(settings: Settings, kind: str, name: str, engine: type[Any]) -> Any:
    """The `Options` of an engine. Raises `WrongOptions`."""
    try:
        return engine.Options.model_validate(table(settings, kind).own(name))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(map(str, (kind, name, *first["loc"])))
        raise WrongOptions(f"{where}: {first['msg']}.") from None


def chosen(settings: Settings) -> list[tuple[str, str, Any]]:
    """Kind, name and class of each engine in force. Raises what `registry.find` raises."""
    names = [(kind, table(settings, kind).chosen) for kind in registry.KINDS]
    return [(kind, name, registry.find(kind, name)) for kind, name in names if name != registry.OFF]
