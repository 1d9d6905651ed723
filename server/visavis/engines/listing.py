"""What is installed, what of it is in force, and what that lacks."""

from dataclasses import dataclass

from visavis.engines import loading, registry
from visavis.settings import Settings


@dataclass(frozen=True)
class ListedPlugin:
    """A plug-in of any of `registry.KINDS`."""

    kind: str
    name: str
    origin: str
    """The distribution that brings it, with its version; "" for one that the settings name."""
    in_force: bool
    missing: str = ""
    """What one that is in force lacks, or why it is broken; "" when all is there."""
    broken: bool = False
    """Whether one that is in force can't be used as it is installed, or as it is set."""


def listed(settings: Settings) -> list[ListedPlugin]:
    """All of them, by kind and name. Imports those that are in force, which may take a while."""
    found = []
    for kind in registry.KINDS:
        force = loading.in_force(settings, kind)
        names = registry.names(kind)
        for name in [*names, *(name for name in force if name not in names)]:
            used = name in force
            lacks = _lacks(settings, kind, name) if used else ("", False)
            found.append(ListedPlugin(kind, name, registry.origin(kind, name), used, *lacks))
    return found


def _lacks(settings: Settings, kind: str, name: str) -> tuple[str, bool]:
    try:
        missing = registry.missing(kind, name)
        if kind in registry.ENGINES:
            loading.own(settings, kind, name, registry.find(kind, name))
    except (registry.BrokenEngine, registry.UnknownEngine, loading.WrongOptions) as reason:
        return str(reason), True
    return missing, False
