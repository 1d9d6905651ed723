"""What is known, in memory: finding the chunks that a question is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.compute.asker import Asker
from visavis.engine_settings import KnowledgeSettings
from visavis.engines.base import asked_by
from visavis.engines.embeddings.base import Embedder
from visavis.engines.embeddings.names import names

BEHIND = 0.05
"""A chunk so much less alike than the best one is not told beside it: each costs the local model
some 100 ms, and a small model takes its answer from the wrong one."""
LONGEST_QUESTION = 400
"""Characters; of a longer one the end counts."""


@dataclass(frozen=True)
class Chunk:
    """``id`` is its row's."""

    id: UUID
    text: str
    source: str


@dataclass(frozen=True)
class Found:
    """A chunk, and its cosine with the question."""

    chunk: Chunk
    score: float


class Knowledge:
    """Chunks with their ``vectors`` (N,D) float32, in the same order. Methods may be called from
    several threads."""

    def __init__(
        self,
        embedder: Embedder,
        chunks: Sequence[Chunk],
        vectors: NDArray[np.float32],
        *,
        threshold: float = KnowledgeSettings().threshold,
        most: int = KnowledgeSettings().most,
    ) -> None:
        self._embedder = embedder
        self._chunks = chunks
        self._vectors = vectors
        self._threshold = threshold
        self._most = most

    def of(self, asker: Asker) -> "Knowledge":
        """See `engines.base.Hosted`."""
        return Knowledge(
            asked_by(self._embedder, asker),
            self._chunks,
            self._vectors,
            threshold=self._threshold,
            most=self._most,
        )

    def __len__(self) -> int:
        return len(self._chunks)

    @property
    def names(self) -> list[str]:
        """The names in it, the most frequent first: see `names`."""
        return names(chunk.text for chunk in self._chunks)

    def find(self, question: str) -> list[Found]:
        """The chunks that ``question`` is about, best first; none for small talk. Takes ms."""
        if not self._chunks or not question.strip():
            return []
        return self.nearest(self._embedder.embed(question[-LONGEST_QUESTION:]))

    def nearest(self, vector: NDArray[np.float32]) -> list[Found]:
        """The same for a question's vector."""
        scores = self._vectors @ vector
        order = np.argsort(-scores, kind="stable")[: self._most]
        least = max(self._threshold, float(scores[order[0]]) - BEHIND)
        return [
            Found(self._chunks[n], round(float(scores[n]), 4)) for n in order if scores[n] >= least
        ]
