"""What every part of the recorder writes with: rows to the journal, ids, and a clock."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.journal.journal import Journal

Json = Mapping[str, Any]


class TableRows:
    """Puts rows; one journal and one clock for all parts. Returns at once and never raises."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._latest = datetime.now(UTC)

    def put(self, table: str, **row: Any) -> None:
        """A row, or more columns of one that was put before (`Journal.put`)."""
        self._journal.put(table, row)

    def add(self, table: str, **columns: Any) -> UUID:
        """A new row of this moment; its id."""
        row = uuid7()
        self.put(table, id=row, created=self.now(), **columns)
        return row

    def now(self) -> datetime:
        """Never earlier than before, even when the machine's clock is set back."""
        self._latest = max(self._latest, datetime.now(UTC))
        return self._latest
