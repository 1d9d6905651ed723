"""What went wrong: ``faults``."""

from visavis.records.reading.chosen import Wanted, chosen
from visavis.records.reading.reader import Reader, Row


async def faults(reader: Reader, wanted: Wanted, limit: int) -> list[Row]:
    """The newest first."""
    return await chosen(reader, "faults", "type", wanted, limit)
