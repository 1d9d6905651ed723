"""The pictures that faces are drawn from: ``portrait``."""

from uuid import UUID

from visavis.records.files import StoredFile
from visavis.records.ids import named_id
from visavis.records.writing.media import file_columns
from visavis.records.writing.rows import Json, TableRows


class PortraitRows:
    """Masters, and what was made of them."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows

    def add(
        self,
        file: StoredFile,
        *,
        width: int,
        height: int,
        provenance: str,
        master: UUID | None = None,
        details: Json | None = None,
    ) -> UUID:
        """The picture that is drawn from, width and height in px; one row for equal bytes."""
        row = named_id("portrait", file.sha256)
        self._rows.put(
            "portrait",
            id=row,
            created=self._rows.now(),
            master_id=master,
            width=width,
            height=height,
            provenance=provenance,
            details=details or {},
            **file_columns("portrait", file),
        )
        return row
