"""How many rows there are."""

from visavis.records.postgres.connection import ask
from visavis.records.tables import metadata


async def counts(url: str) -> dict[str, int]:
    """By table, in the database at ``url``. Raises one of `connection.AWAY` when it is away."""
    names = [table.name for table in metadata.sorted_tables]
    query = " union all ".join(f"select '{name}' as name, count(*) from {name}" for name in names)
    return {row["name"]: row["count"] for row in await ask(url, query)}
