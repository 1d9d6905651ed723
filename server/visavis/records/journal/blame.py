"""Whose fault a failed statement is: the row's, the database's, or nobody knows.

The row's: it will be refused next time too, so it is set aside at once. The database's: it is away,
full, shutting down or busy with somebody else, and the same rows will pass once it is not; they
wait, however long that takes. All else is neither for sure: a lost connection may be a network, or
a row that makes the server crash. It is tried again some times, and then the row is looked for.
"""

from enum import Enum, auto

import asyncpg


class NoSuchRow(ValueError):
    """An update named a row that isn't there."""


class Blame(Enum):
    """Who must change before a statement can pass."""

    ROW = auto()
    DATABASE = auto()
    UNKNOWN = auto()


_ROW = (
    "09",  # triggered action
    "21",  # cardinality
    "22",  # data: out of range, no such encoding, not JSON, …
    "23",  # integrity: foreign key, check, unique, exclusion
    "27",  # triggered data change
    "2F",  # a function
    "38",
    "39",
    "44",  # a view's check option
    "54",  # too large or too complex: an index row, a statement
    "P0",  # raised by a trigger
)
_DATABASE = (
    "25",  # read only, for it is a standby
    "28",  # who we are isn't known
    "3D",  # no such database
    "40",  # deadlock, serialization
    "53",  # disk full, too many connections
    "55",  # locked by somebody else
    "57",  # shutting down, starting up
    "58",  # its disk fails
    "F0",  # its configuration
)
_UNKNOWN = (
    "53200",  # out of memory, which may be the row's size
    "57014",  # cancelled, which may be because it takes too long
)


def blame(error: Exception) -> Blame:
    """For what a statement has raised, not for what connecting has."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        if state in _UNKNOWN:
            return Blame.UNKNOWN
        if state[:2] in _ROW:
            return Blame.ROW
        return Blame.DATABASE if state[:2] in _DATABASE else Blame.UNKNOWN
    if isinstance(error, ValueError):  # asyncpg's own for a wrong argument is one
        return Blame.ROW
    if isinstance(error, OSError | MemoryError | asyncpg.InterfaceError):
        return Blame.UNKNOWN
    return Blame.ROW


def schema_differs(error: Exception) -> bool:
    """Whether the database lacks what the statement names: it may not be migrated yet."""
    return isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "")[:2] in ("42", "3F")


def name(error: Exception) -> str:
    """What went wrong, without the values that messages quote."""
    constraint = getattr(error, "constraint_name", None)
    return f"{type(error).__name__} {constraint}" if constraint else type(error).__name__
