"""What went wrong: ``faults``."""

from visavis.records.reading.filtered import RowFilter, filtered
from visavis.records.reading.reader import Reader, Row


async def faults(reader: Reader, wanted: RowFilter, limit: int) -> list[Row]:
    """The newest first."""
    return await filtered(reader, "faults", "type", wanted, limit)
