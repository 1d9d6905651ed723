"""Ids that nobody needs to ask for: things that are named have the id that their name gives."""

from uuid import UUID, uuid5

NAMED = UUID("6d6a3f5e-6a0b-5c0e-9d4b-2f7b1c1f7a52")
"""Namespace of the version 5 ids of things that are named and don't happen; arbitrary, fixed."""


def named_id(*parts: str) -> UUID:
    """The id that everyone gives to the thing of this name."""
    return uuid5(NAMED, "\0".join(parts))
