"""Chunks of documents with their vectors, as rows of ``embeddings``.

The column is pgvector's ``vector`` where the database has it, and ``real[]`` elsewhere: then the
nearest are found here, exactly, in numpy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from visavis.records.writer import Writer, named_id

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


def chunk_id(source: str, document_hash: str, position: int, system: str) -> UUID:
    """The id of a chunk's row: the same for everyone who embeds the same document."""
    return named_id("embeddings", source, document_hash, str(position), system)


class KnowledgeWriter(Writer):
    """The recorder's part that keeps chunks. Returns at once."""

    def chunk(
        self,
        vector: NDArray[np.float32],
        text: str,
        *,
        source: str,
        document_hash: str,
        position: int,
        system: str,
        persona: str | None = None,
        deployment: UUID | None = None,
    ) -> UUID:
        """A chunk of a persona's or a deployment's document; ``vector`` (384,)."""
        row = chunk_id(source, document_hash, position, system)
        self._put(
            "embeddings",
            id=row,
            created=self._now(),
            deployment_id=deployment,
            persona=persona,
            source=source,
            document_hash=document_hash,
            position=position,
            text=text,
            embedding=[float(x) for x in vector],
            system=system,
        )
        return row


class Vectors:
    """The chunks in the database at ``url``. Methods raise one of ``repository.AWAY`` when it is
    away."""

    def __init__(self, url: str, timeout: float = TIMEOUT_S) -> None:
        self._url = url
        self._timeout = timeout

    async def pgvector(self) -> bool:
        """Whether the vectors are pgvector's."""
        connection = await self._connect()
        try:
            return await _pgvector(connection)
        finally:
            await connection.close()

    async def of(self, source: str, document_hash: str, system: str) -> NDArray[np.float32]:
        """The vectors (N,384) that are kept of a document, in its order; N may be 0."""
        rows = await self._fetch(_OF_DOCUMENT, source, document_hash, system)
        return np.array([row["vector"] for row in rows], np.float32)

    async def nearest(
        self, vector: NDArray[np.float32], documents: Sequence[str], count: int = 3
    ) -> list[Nearest]:
        """The chunks of these documents (their hashes) most like ``vector``, best first."""
        wanted = [float(x) for x in vector]
        connection = await self._connect()
        try:
            if await _pgvector(connection):
                rows = await connection.fetch(_NEAREST, list(documents), wanted, count)
                return [Nearest(*row.values()) for row in rows]
            rows = await connection.fetch(_ALL, list(documents))
        finally:
            await connection.close()
        if not rows:
            return []
        scored = np.array([row["vector"] for row in rows], np.float32) @ vector
        order = np.argsort(-scored, kind="stable")[:count]
        return [
            Nearest(rows[n]["id"], rows[n]["text"], rows[n]["source"], float(scored[n]))
            for n in order
        ]

    async def _fetch(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await self._connect()
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            self._url, timeout=self._timeout, command_timeout=self._timeout
        )


async def _pgvector(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval(_FORM) == "vector")
