"""A new persona: a folder that works at once, with a comment on each key."""

import json
import os
import string
from pathlib import Path

from visavis.personas.finding import FILE, PACKAGED, PersonaError, check_name, find
from visavis.personas.reading import LORE

_TEMPLATES = {FILE: PACKAGED / "new" / "persona.txt", LORE: PACKAGED / "new" / "lore.txt"}


def make(folder: Path, extends: str = "iris") -> None:
    """Write a persona into ``folder``, which must not be there yet. A path in ``extends`` begins
    at the working folder. Raises `PersonaError`."""
    folder = folder.absolute()
    check_name(folder.name)
    named, parent = extends, find(extends)
    if "/" in extends or extends.startswith((".", "~")):
        extends = str(parent.folder)
        if not Path(named).expanduser().is_absolute():
            # Both may be moved together.
            extends = os.path.relpath(parent.folder.resolve(), folder.resolve())
    given = {
        "display_name": folder.name.replace("_", " ").title(),
        "extends": json.dumps(extends, ensure_ascii=False),  # as TOML writes it, too
    }
    try:
        folder.mkdir(parents=True)
        for name, template in _TEMPLATES.items():
            text = string.Template(template.read_text("utf-8")).substitute(given)
            (folder / name).write_text(text, "utf-8")
    except FileExistsError:
        raise PersonaError(
            f"{folder} is there already, and nothing is written over: choose another name, or "
            "remove it."
        ) from None
    except (OSError, ValueError) as error:
        raise PersonaError(f"{folder} can't be written: {error}.") from None
