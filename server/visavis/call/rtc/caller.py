"""Who calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Caller:
    """A person as the call knows them."""

    user_id: str
    username: str
    """What others know them as."""
    known: bool = False
    """They, or who looks after them, have said who they are; else callers share the name."""


@dataclass(frozen=True)
class Calling:
    """What signalling knows of a call before it is answered."""

    caller: Caller
    initiator: str
    """What begins a session here."""
    meta: Mapping[str, str] = field(default_factory=dict)
    """Of the caller's client."""
