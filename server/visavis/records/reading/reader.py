"""Questions to the database, from a small pool that connects when it is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from visavis.records.postgres.connection import AWAY, speak_jsonb

Row = dict[str, Any]

CONNECTIONS = 4
"""At once; who comes then waits, for 5 s at most."""


OURS = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.SyntaxOrAccessError,
)
"""What a wrong question raises, which waiting doesn't mend."""


class Away(Exception):
    """The database can't answer now; calls go on and their rows wait in the journal."""


class Reader:
    """Of the database at ``url``. Every method raises `Away` while it can't answer."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool | None = None
        self._making = asyncio.Lock()

    async def rows(self, query: str, *arguments: object) -> list[Row]:
        """All rows of an answer; ``jsonb`` comes as what it holds."""
        async with self.connection() as connection:
            return [dict(row) for row in await connection.fetch(query, *arguments)]

    async def row(self, query: str, *arguments: object) -> Row | None:
        """The first row, if there is one."""
        found = await self.rows(query, *arguments)
        return found[0] if found else None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """For more than one question, or for a transaction."""
        try:
            pool = await self._ready()
            async with pool.acquire(timeout=5.0) as connection:
                yield connection  # type: ignore[misc]  # a proxy of one
        except AWAY as error:
            if isinstance(error, OURS):
                raise
            raise Away(f"{type(error).__name__}: {error}") from error

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection beside the pool, for what holds it for minutes."""
        try:
            connection = await asyncpg.connect(self._url, timeout=5.0)
        except AWAY as error:
            raise Away(f"{type(error).__name__}: {error}") from error
        try:
            yield connection
        finally:
            await asyncio.shield(connection.close(timeout=2.0))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def _ready(self) -> asyncpg.Pool:
        async with self._making:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=CONNECTIONS,
                    timeout=5.0,
                    command_timeout=15.0,
                    init=speak_jsonb,
                )
            return self._pool
