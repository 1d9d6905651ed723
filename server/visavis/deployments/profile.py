"""A deployment's profile: a TOML file of settings, below all that a person sets, above defaults.

``deployment_type`` names a packaged one (``kiosk``, ``video_call``, …), one that an installed
distribution brings, or is the path of a file of one's own. A profile has the same fields as
``visavis.toml``, and may have ``extends``, which names another in the same way (a path from its own
folder): that one's settings are below its own, key by key. One that can't be used is an error that
names the file, the field and what exists.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from visavis.distributions import Brought, NotAFolder, brought
from visavis.engine_settings import SettingsTables
from visavis.engines import registry

FOLDER = Path(__file__).parent
GROUP = "visavis.profiles"
"""The entry points by which a distribution brings profiles: ``lobby = "lobby_package"`` is the file
``lobby.toml`` of that package. See `visavis.distributions`."""
OURS = ("deployment", "deployment_type", "database_url")
"""What a profile can't set: whose it is, and where it is kept."""


class ProfileError(Exception):
    """A profile, or a settings file, can't be used; the message says why, and what exists."""


def names() -> list[str]:
    """The packaged profiles."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def path_of(kind: str, near: Path = Path()) -> Path:
    """The file of a profile: packaged, brought, or a path from ``near``. Raises `ProfileError`."""
    if kind in names():
        return FOLDER / f"{kind}.toml"
    try:
        own = near / Path(kind).expanduser()
        if own.suffix == ".toml" and own.is_file():
            return own
    except (OSError, ValueError, RuntimeError) as error:
        raise ProfileError(f"deployment_type: {kind!r} is no path of a file: {error}.") from None
    others = brought(GROUP)
    if kind in others:
        return _brought(others[kind])
    listed = ", ".join(names())
    more = f", and installed are {', '.join(sorted(others))}" if others else ""
    raise ProfileError(
        f"deployment_type: there is no profile {kind!r}. Packaged are {listed}{more}; "
        "one of your own is the path of a .toml file."
    )


def descriptor(kind: str) -> str:
    """What the type is called in the records: a name, or a file's name."""
    return path_of(kind).stem


def load(kind: str, settings: type[BaseModel]) -> dict[str, Any]:
    """The fields that a profile sets, as TOML says them. Raises `ProfileError`."""
    paths = [path_of(kind)]
    layers = [read(paths[0])]
    while (parent := layers[-1].pop("extends", None)) is not None:
        paths.append(_parent(paths, parent))
        layers.append(read(paths[-1]))
    for path, found in zip(paths, layers, strict=True):
        check(path, found, settings)
        for name in OURS:
            if name in found:
                raise ProfileError(f"{path}: a profile can't set {name}.")
    return reduce(_over, reversed(layers))


def read(path: Path) -> dict[str, Any]:
    """A TOML file. Raises `ProfileError`."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError) as error:  # a TOML error is one, and so is what isn't UTF-8
        raise ProfileError(f"{path}: {error}") from error
    except RecursionError:
        raise ProfileError(f"{path} is nested too deep.") from None


def check(path: Path, found: Mapping[str, Any], model: type[BaseModel], inside: str = "") -> None:
    """Raise `ProfileError` for the first field that ``model`` doesn't have.

    What an engine's table lacks isn't wrong: another source may say it. See `check_engines`.
    """
    try:
        _check(found, model, inside)
    except ProfileError as wrong:
        raise ProfileError(f"{path}: {wrong}") from None


def check_engines(settings: BaseModel) -> None:
    """Raise `ProfileError` for the first table of an engine's own settings that can't be used, now
    that all sources have said theirs. A table of an engine that isn't in force may lack something.

    An engine that is broken is passed over: who loads it tells.
    """
    for name, section in settings:
        if not isinstance(section, SettingsTables):
            continue
        for table, value in (section.model_extra or {}).items():
            named = [one for one in section.used if section.table_of(one) == table]
            for engine in named or [table]:
                if (model := _options(type(section), engine)) is None:
                    continue  # `options` of nobody that is in force
                _check(value, model, f"{name}.{table}.")
                _check_values(f"{name}.{table}", model, value, whole=bool(named))


def _check(found: Mapping[str, Any], model: type[BaseModel], inside: str) -> None:
    for name, value in found.items():
        field = model.model_fields.get(name)
        if field is None and name == "options" and hasattr(model, "kind"):
            # Of an engine that nobody declares, which another source may name: checked as it loads.
            _check_values(f"{inside}{name}", dict[str, Any], value)
            continue
        kind = field.annotation if field is not None else _options(model, name)
        engines = registry.names(model.kind) if hasattr(model, "kind") else []
        if kind is None and name in engines:
            continue  # one that is broken: who loads it tells
        if kind is None:
            where = inside.rstrip(".") or "a profile"
            listed = ", ".join([*sorted(model.model_fields), *(f"[{one}]" for one in engines)])
            listed = listed or "no settings of its own"
            raise ProfileError(f"there is no field {inside}{name}; {where} has {listed}.")
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if not isinstance(value, dict):
                raise ProfileError(f"{inside}{name} is a section: write [{inside}{name}].")
            _check(value, kind, f"{inside}{name}.")
        if not inside or field is None:
            _check_values(f"{inside}{name}", kind, value, whole=field is not None)


def _brought(one: Brought) -> Path:
    try:
        path = one.folder() / f"{one.name}.toml"
    except NotAFolder as reason:
        raise ProfileError(f"deployment_type: {reason}.") from None
    if not path.is_file():
        raise ProfileError(f"deployment_type: {one.distribution} brings no {path}.")
    return path


def _parent(paths: Sequence[Path], named: Any) -> Path:
    """The file that the last of ``paths`` extends."""
    own = paths[-1]
    if not isinstance(named, str):
        raise ProfileError(f"{own}: extends must be the name or the path of a profile.")
    try:
        found = path_of(named, own.parent)
    except ProfileError as unknown:
        told = str(unknown).removeprefix("deployment_type: ")
        raise ProfileError(f"{own}: extends: {told}") from None
    if found.resolve() in [path.resolve() for path in paths]:
        circle = " → ".join(path.stem for path in [*paths, found])
        raise ProfileError(f"{own}: extends goes in a circle: {circle}.")
    return found


def _over(below: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Two profiles as one, tables key by key."""
    merged = dict(below)
    for name, value in own.items():
        inherited = merged.get(name)
        if isinstance(value, Mapping) and isinstance(inherited, Mapping):
            value = _over(inherited, value)
        merged[name] = value
    return merged


def _options(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The options of the engine of this name, if `model` is its kind and it is installed, and can
    be imported."""
    kind = getattr(model, "kind", None)
    if kind is None or (":" not in name and name not in registry.names(kind)):
        return None
    try:
        found: type[BaseModel] = registry.find(kind, name).Options
    except registry.BrokenEngine:
        return None
    return found


def _check_values(name: str, kind: Any, value: Any, *, whole: bool = True) -> None:
    """Not ``whole``: what is missing isn't wrong."""
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as wrong:
        told = [one for one in wrong.errors() if whole or one["type"] != "missing"]
        if not told:
            return
        where = ".".join(map(str, (name, *told[0]["loc"])))
        raise ProfileError(f"{where}: {told[0]['msg'].removeprefix('Value error, ')}.") from None
    except (Exception, SystemExit) as error:  # options may be anybody's
        told_why = f"its options broke: {type(error).__name__}: {error}"
        raise ProfileError(f"{name}: {told_why}.") from error
