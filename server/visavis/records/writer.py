"""What every part of the recorder writes with: rows to the journal, ids, and a clock."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from visavis.records.journal import Journal

Json = Mapping[str, Any]

NAMED = UUID("6d6a3f5e-6a0b-5c0e-9d4b-2f7b1c1f7a52")
"""Namespace of the version 5 ids of things that are named and don't happen; arbitrary, fixed."""


def named_id(*parts: str) -> UUID:
    """The id that everyone gives to the thing of this name."""
    return uuid5(NAMED, "\0".join(parts))


class Writer:
    """The base of the recorder's parts; one journal and one clock for all of them."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._latest = datetime.now(UTC)

    def _put(self, table: str, **row: Any) -> None:
        self._journal.put(table, row)

    def _now(self) -> datetime:
        """Never earlier than before, even when the machine's clock is set back."""
        self._latest = max(self._latest, datetime.now(UTC))
        return self._latest
