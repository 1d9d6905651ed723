"""What is known, in memory: finding the chunks that a question is about, and the one that says the
answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.compute.asker import Asker
from visavis.engine_settings import KnowledgeSettings
from visavis.engines.base import asked_by
from visavis.engines.embeddings import asking
from visavis.engines.embeddings.base import Embedder
from visavis.engines.embeddings.facts import Facts
from visavis.engines.embeddings.names import names

BEHIND = 0.05
"""A chunk so much less alike than the best one is not told beside it: each costs the local model
some 100 ms, and a small model takes its answer from the wrong one."""
LONGEST_QUESTION = 400
"""Characters; of a longer one the end counts."""
TURNS_BACK = 3
"""So many turns a follow-up may lie behind what it follows."""


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


@dataclass(frozen=True)
class Consulted:
    """What is known about a question: the chunks that it is about, best first, and what can be said
    to it as it stands. ``said``: "" where nothing can; ``unknown``: it is about the place, and
    isn't told anywhere."""

    found: list[Found] = field(default_factory=list)
    said: str = ""
    unknown: bool = False


class Knowledge:
    """Chunks with their ``vectors`` (N,D) float32, in the same order. The first of them are those
    of ``facts``, which may be said as they stand; None: there are none such. Methods may be called
    from several threads."""

    def __init__(
        self,
        embedder: Embedder,
        chunks: Sequence[Chunk],
        vectors: NDArray[np.float32],
        *,
        threshold: float = KnowledgeSettings().threshold,
        most: int = KnowledgeSettings().most,
        facts: Facts | None = None,
    ) -> None:
        self._embedder = embedder
        self._chunks = chunks
        self._vectors = vectors
        self._threshold = threshold
        self._most = most
        self._facts = facts

    def of(self, asker: Asker) -> "Knowledge":
        """See `engines.base.Hosted`."""
        return Knowledge(
            asked_by(self._embedder, asker),
            self._chunks,
            self._vectors,
            threshold=self._threshold,
            most=self._most,
            facts=self._facts,
        )

    def __len__(self) -> int:
        return len(self._chunks)

    @property
    def names(self) -> list[str]:
        """The names in it, the most frequent first: see `names`."""
        return names(chunk.text for chunk in self._chunks)

    def find(self, question: str) -> list[Found]:
        """The chunks that ``question`` is about, best first; none for small talk. Takes ms."""
        return self.consult(question).found

    def consult(self, said: str, earlier: Sequence[str] = ()) -> Consulted:
        """What is known about what a caller has ``said``; ``earlier``: their turns before, oldest
        first, with which a follow-up is looked up. Takes ms."""
        if not self._chunks or not said.strip():
            return Consulted()
        question, before = asking.bare(said), _before(said, earlier)
        vector = self._embedder.embed(f"{before} {question}".strip()[-LONGEST_QUESTION:])
        found = self.nearest(vector)
        if self._facts is None or not asking.is_question(said):
            return Consulted(found)
        scores = self._vectors @ vector
        own, others = np.split(scores, [len(self._facts)])
        fact = self._facts.find(question, before, own, self._threshold, self._embedder.embed)
        if fact is None:
            return Consulted(found)
        if fact.position is None:
            # What the persona knows of herself is the model's to tell.
            return Consulted(found, unknown=float(others.max(initial=0)) < float(own.max()))
        chosen = Found(self._chunks[fact.position], round(float(own[fact.position]), 4))
        rest = [one for one in found if one.chunk is not chosen.chunk]
        return Consulted([chosen, *rest][: self._most], said=fact.text)

    def nearest(self, vector: NDArray[np.float32]) -> list[Found]:
        """The chunks that a question with this vector is about."""
        scores = self._vectors @ vector
        order = np.argsort(-scores, kind="stable")[: self._most]
        least = max(self._threshold, float(scores[order[0]]) - BEHIND)
        return [
            Found(self._chunks[n], round(float(scores[n]), 4)) for n in order if scores[n] >= least
        ]


def _before(said: str, earlier: Sequence[str]) -> str:
    """What a follow-up follows, back to a turn that stands by itself; "" for one that does."""
    led: list[str] = []
    for turn in reversed(earlier[-TURNS_BACK:]):
        if not asking.follows(led[0] if led else said):
            break
        led.insert(0, turn)
    return " ".join(led)
