"""What was forgotten, and why somebody can't be. Holds nothing of the person."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


class UnknownUser(Exception):
    """Nobody is kept under that name or id."""


class InACall(Exception):
    """A call of that person is going on; the message says what to do."""


class NotWritten(Exception):
    """Rows still wait for the database; the message says what to do."""


@dataclass
class Forgotten:
    """What went."""

    blanked: Counter[str] = field(default_factory=Counter)
    """Rows by table that have lost what they held."""
    removed: Counter[str] = field(default_factory=Counter)
    """Rows by table that are gone."""
    files: int = 0
    bytes: int = 0
    missing: int = 0
    """Files that a row named and that weren't there any more."""
    uploaded: int = 0
    """Files that an online service was given, under URLs of its own, and that only it can
    delete."""
    letters: int = 0
    """Rows that the database had refused, in the journal's folder."""

    def __bool__(self) -> bool:
        return bool(self.blanked or self.removed or self.files or self.letters)

    def as_json(self) -> dict[str, Any]:
        """For the page, the command and the row that is kept."""
        return {
            "blanked": dict(self.blanked),
            "removed": dict(self.removed),
            "files": self.files,
            "bytes": self.bytes,
            "missing": self.missing,
            "uploaded": self.uploaded,
            "letters": self.letters,
        }
