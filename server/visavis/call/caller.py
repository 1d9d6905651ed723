"""Who calls."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """A person as the call knows them."""

    user_id: str
    username: str
    """What others know them as."""
    known: bool = False
    """They, or who looks after them, have said who they are; else callers share the name."""
