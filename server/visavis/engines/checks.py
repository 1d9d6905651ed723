"""What the doors of the kinds have in common: is a value that a plug-in gave what it should be?

Each function raises ValueError, whose sentence begins with ``what``: the engine, and the thing.
"""

from collections.abc import Mapping
from math import isfinite
from numbers import Real
from typing import Any


def number(what: str, value: Any) -> None:
    """Anything but a finite number."""
    if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value):
        raise ValueError(f"{what} is {value!r:.40} and no number")


def text(what: str, value: Any) -> None:
    """Anything but a text."""
    if not isinstance(value, str):
        raise ValueError(f"{what} is {type(value).__name__} and no text")


def mapping(what: str, value: Any) -> None:
    """Anything but named values."""
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"{what} is {type(value).__name__} and no mapping of names to values")


def made_by(who: str, made: Any) -> None:
    """The fields with which an engine's products name what made them, and how long it took."""
    text(f"{who}: its system", made.system)
    mapping(f"{who}: its parameters", made.parameters)
    number(f"{who}: its ms", made.ms)
