"""Chunks of documents by their vectors: ``embeddings``.

The column is pgvector's ``vector`` where the database has it, and ``real[]`` elsewhere: then the
nearest are found here, exactly, in numpy.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from visavis.records.postgres.connection import connected

TIMEOUT_S = 5.0
_FORM = """
select format_type(typbasetype, null) from pg_type where typname = 'sentence_embedding'
"""
_OF_DOCUMENT = """
select position, embedding::real[] as vector from embeddings
where source = $1 and document_hash = $2 and system = $3 order by position
"""
_NEAREST = """
select id, text, source, 1 - (embedding <=> $2::real[]::vector) as score from embeddings
where document_hash = any($1) order by embedding <=> $2::real[]::vector, id limit $3
"""
_ALL = """
select id, text, source, embedding::real[] as vector from embeddings
where document_hash = any($1) order by id
"""


@dataclass(frozen=True)
class Nearest:
    """A chunk's row, and its cosine with what was asked."""

    id: UUID
    text: str
    source: str
    score: float


class Vectors:
    """The chunks in the database at ``url``. Methods raise one of `connection.AWAY` when it is
    away."""

    def __init__(self, url: str, timeout: float = TIMEOUT_S) -> None:
        self._url = url
        self._timeout = timeout

    async def pgvector(self) -> bool:
        """Whether the vectors are pgvector's."""
        async with self._connected() as connection:
            return await _pgvector(connection)

    async def of(self, source: str, document_hash: str, system: str) -> NDArray[np.float32]:
        """The vectors (N,384) that are kept of a document, in its order; N may be 0."""
        async with self._connected() as connection:
            rows = await connection.fetch(_OF_DOCUMENT, source, document_hash, system)
        return np.array([row["vector"] for row in rows], np.float32)

    async def nearest(
        self, vector: NDArray[np.float32], documents: Sequence[str], count: int = 3
    ) -> list[Nearest]:
        """The chunks of these documents (their hashes) most like ``vector``, best first."""
        wanted = [float(x) for x in vector]
        async with self._connected() as connection:
            if await _pgvector(connection):
                rows = await connection.fetch(_NEAREST, list(documents), wanted, count)
                return [Nearest(*row.values()) for row in rows]
            rows = await connection.fetch(_ALL, list(documents))
        if not rows:
            return []
        scored = np.array([row["vector"] for row in rows], np.float32) @ vector
        order = np.argsort(-scored, kind="stable")[:count]
        return [
            Nearest(rows[n]["id"], rows[n]["text"], rows[n]["source"], float(scored[n]))
            for n in order
        ]

    def _connected(self) -> AbstractAsyncContextManager[asyncpg.Connection]:
        return connected(self._url, timeout=self._timeout, command_timeout=self._timeout)


async def _pgvector(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval(_FORM) == "vector")
