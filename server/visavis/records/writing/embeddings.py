"""Chunks of documents with their vectors: ``embeddings``."""

from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.records.ids import named_id
from visavis.records.writing.rows import TableRows


def chunk_id(source: str, document_hash: str, position: int, system: str) -> UUID:
    """The id of a chunk's row: the same for everyone who embeds the same document."""
    return named_id("embeddings", source, document_hash, str(position), system)


class EmbeddingsRows:
    """Returns at once and never raises."""

    def __init__(self, rows: TableRows) -> None:
        self._rows = rows

    def add(
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
        self._rows.put(
            "embeddings",
            id=row,
            created=self._rows.now(),
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
