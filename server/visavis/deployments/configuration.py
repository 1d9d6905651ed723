"""The configuration in force, as it may be kept: every setting, and no secret.

A secret is left out by its type (`SecretStr`), by its name, or as the user part of a URL. Only
that there is one is said.
"""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, SecretStr

HIDDEN = "**********"
LEFT_OUT = ("database_url", "access")
"""Settings that are secrets as a whole: a password's place, and who may come in by which token."""

_NAMED = re.compile(r"(^|_)(key|token|secret|password|passwd|credential|credentials)s?$")
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")


def in_force(settings: BaseModel) -> dict[str, Any]:
    """All settings as JSON, secrets hidden."""
    shown = settings.model_dump(mode="json", exclude=set(LEFT_OUT))
    return dict(_hide(shown))


def of_profile(profile: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The fields that a profile sets, secrets hidden."""
    kept = {name: value for name, value in profile.items() if name not in LEFT_OUT}
    return dict(_hide(_without(kept, model)))


def _without(found: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Fields whose type is a secret, hidden."""
    shown: dict[str, Any] = {}
    for name, value in found.items():
        field = model.model_fields.get(name)
        kind = field.annotation if field is not None else None
        if kind is SecretStr:
            value = HIDDEN
        elif isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(value, Mapping):
            value = _without(value, kind)
        shown[name] = value
    return shown


def _hide(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: HIDDEN
                if _NAMED.search(name) and isinstance(inner, str) and inner
                else _hide(inner)
                for name, inner in value.items()
            }
        case list() | tuple():
            return [_hide(inner) for inner in value]
        case str():
            return _USERINFO.sub(f"{HIDDEN}@", value)
    return value
