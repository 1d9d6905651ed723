"""Where a persona is: packaged here, brought by an installed distribution, or any folder."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from visavis.distributions import NotAFolder, brought

GROUP = "visavis.personas"
"""The entry points by which a distribution brings personas: see `visavis.distributions`."""
FILE = "persona.toml"
PACKAGED = Path(__file__).parent
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
"""A persona's name is its folder's, and begins the names of its prompts: ``otto.system``."""


class PersonaError(Exception):
    """The persona doesn't exist or its file is wrong; the message names file, field and remedy."""


@dataclass(frozen=True)
class Home:
    """A persona's folder.

    ``key`` tells it from every other, also from one of the same name: "iris" is the packaged one,
    "otto@otto-persona" a distribution's, "otto@5c1d09ae" a folder's, by a hash of its path.
    ``origin`` is the distribution with its version; "" for a folder of one's own.
    """

    name: str
    folder: Path
    key: str
    origin: str = ""

    @property
    def file(self) -> Path:
        """Its ``persona.toml``."""
        return self.folder / FILE


def find(named: str, near: Path = Path()) -> Home:
    """The persona of a name, or in the folder of a path: what has a / in it, or begins with . or ~.

    A relative path begins at ``near``. A packaged persona's name is taken by no other. Raises
    `PersonaError`.
    """
    if "/" in named or named.startswith((".", "~")):
        return _at(named, near)
    if NAME.fullmatch(named):
        if (PACKAGED / named / FILE).is_file():
            return Home(named, PACKAGED / named, named, "visavis")
        if (other := brought(GROUP).get(named)) is not None:
            try:
                folder = other.folder()
            except NotAFolder as reason:
                raise PersonaError(f"{reason}.") from None
            if not (folder / FILE).is_file():
                raise PersonaError(f"{other.distribution} brings no {FILE} in {folder}.")
            key = f"{named}@{other.distribution}"
            return Home(named, folder, key, f"{other.distribution} {other.version}")
    raise PersonaError(
        f"There is no persona {named!r}; there are: {', '.join(names())}. "
        "A folder of your own is written with a / in it, as in ./otto."
    )


def names() -> list[str]:
    """The personas that can be named: packaged, and brought by distributions."""
    packaged = {file.parent.name for file in PACKAGED.glob(f"*/{FILE}")}
    return sorted(packaged | {name for name in brought(GROUP) if NAME.fullmatch(name)})


def check_name(name: str) -> None:
    """Raise `PersonaError` for what can't be a persona's name, and so its folder's."""
    if not NAME.fullmatch(name):
        raise PersonaError(
            f"{name!r} can't be the name of a persona, and so of its folder: that is 1 to 60 small "
            "letters (a to z), digits and _, and begins with a letter."
        )


def _at(path: str, near: Path) -> Home:
    try:
        folder = (near / Path(path).expanduser()).resolve()
        found = (folder / FILE).is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise PersonaError(f"{path!r} is no path of a folder: {error}.") from None
    if not found:
        raise PersonaError(
            f"There is no persona in {folder}: it has no {FILE}. "
            f"`visavis persona new` makes a folder that has one."
        )
    check_name(folder.name)
    if folder.parent == PACKAGED.resolve():
        return Home(folder.name, folder, folder.name, "visavis")
    mark = hashlib.sha256(str(folder).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return Home(folder.name, folder, f"{folder.name}@{mark}")
