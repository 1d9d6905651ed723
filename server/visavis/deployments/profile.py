"""A deployment's profile: a TOML file of settings, below all that a person sets, above defaults.

``deployment_type`` names a packaged one (``kiosk``, ``video_call``, …) or is the path of a file
of one's own. A profile has the same fields as ``visavis.toml``; one that doesn't exist is an
error that names the file, the field and what exists.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from visavis.engines import registry

FOLDER = Path(__file__).parent
OURS = ("deployment", "deployment_type", "database_url")
"""What a profile can't set: whose it is, and where it is kept."""


class ProfileError(Exception):
    """A profile, or a settings file, can't be used; the message says why, and what exists."""


def names() -> list[str]:
    """The packaged profiles."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def path_of(kind: str) -> Path:
    """The file of a profile: packaged, or the path of one's own. Raises `ProfileError`."""
    if kind in names():
        return FOLDER / f"{kind}.toml"
    own = Path(kind).expanduser()
    if own.suffix == ".toml" and own.is_file():
        return own
    listed = ", ".join(names())
    raise ProfileError(
        f"deployment_type: there is no profile {kind!r}. Packaged are {listed}; "
        "one of your own is the path of a .toml file."
    )


def descriptor(kind: str) -> str:
    """What the type is called in the records: a packaged name, or a file's name."""
    return path_of(kind).stem


def load(kind: str, settings: type[BaseModel]) -> dict[str, Any]:
    """The fields that a profile sets, as TOML says them. Raises `ProfileError`."""
    path = path_of(kind)
    found = read(path)
    check(path, found, settings)
    for name in OURS:
        if name in found:
            raise ProfileError(f"{path}: a profile can't set {name}.")
    return found


def read(path: Path) -> dict[str, Any]:
    """A TOML file. Raises `ProfileError`."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path}: {error}") from error


def check(path: Path, found: Mapping[str, Any], model: type[BaseModel], inside: str = "") -> None:
    """Raise `ProfileError` for the first field that ``model`` doesn't have."""
    for name, value in found.items():
        field = model.model_fields.get(name)
        if field is None and name == "options" and hasattr(model, "kind"):
            # Of an engine that nobody declares, which another source may name: checked as it loads.
            _check_values(path, f"{inside}{name}", dict[str, Any], value)
            continue
        kind = field.annotation if field is not None else _options(model, name)
        if kind is None:
            where = inside.rstrip(".") or "a profile"
            listed = ", ".join(sorted(model.model_fields))
            raise ProfileError(f"{path}: there is no field {inside}{name}; {where} has {listed}.")
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if not isinstance(value, dict):
                raise ProfileError(f"{path}: {inside}{name} is a section: write [{inside}{name}].")
            check(path, value, kind, f"{inside}{name}.")
        if not inside or field is None:
            _check_values(path, f"{inside}{name}", kind, value)


def _options(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The options of the engine of this name, if `model` is its kind and it is installed."""
    kind = getattr(model, "kind", None)
    if kind is None or name not in registry.names(kind):
        return None
    found: type[BaseModel] = registry.find(kind, name).Options
    return found


def _check_values(path: Path, name: str, kind: Any, value: Any) -> None:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(map(str, (name, *first["loc"])))
        told = first["msg"].removeprefix("Value error, ")
        raise ProfileError(f"{path}: {where}: {told}.") from None
