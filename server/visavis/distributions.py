"""Folders that installed distributions bring: a persona's, or one with deployment profiles.

A distribution declares each by an entry point in its ``pyproject.toml``::

    [project.entry-points."visavis.personas"]
    otto = "otto_persona"

whose value names a package that travels in it, or a folder inside of that one
(``otto_persona.otto``). To find the folder imports nothing of it.
"""

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path


class NotAFolder(ValueError):
    """What an entry point names can't be found; the message names it and its distribution."""


@dataclass(frozen=True)
class Brought:
    """A folder that is declared under ``name``, by which distribution and in which version."""

    name: str
    package: str
    distribution: str
    version: str

    def folder(self) -> Path:
        """Where it is. Raises `NotAFolder`."""
        top, *inside = self.package.split(".")
        try:
            spec = find_spec(top)
        except (ImportError, ValueError):
            spec = None
        for place in (spec and spec.submodule_search_locations) or ():
            folder = Path(place, *inside)
            if folder.is_dir():
                return folder
        raise NotAFolder(
            f"{self.distribution} {self.version} declares {self.name!r} to be in the folder of the "
            f"package {self.package!r}, which there is none of"
        )


def brought(group: str) -> dict[str, Brought]:
    """What is declared in ``group``, by name; of two of one name, the first that is found."""
    found: dict[str, Brought] = {}
    for point in entry_points(group=group):
        if point.name not in found:
            found[point.name] = _read(point)
    return found


def _read(point: EntryPoint) -> Brought:
    told = (point.dist.name, point.dist.version) if point.dist is not None else ("unknown", "")
    return Brought(point.name, point.value.strip(), *told)
