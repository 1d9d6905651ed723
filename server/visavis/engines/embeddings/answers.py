"""Answers by meaning: questions that somebody has thought about, and what is said to whoever asks
the same in other words.

A question is taken for one of these when their vectors are alike enough, and both say the same
numbers and names, and neither denies what the other doesn't: vectors hardly tell "2024" from
"2025", or "do you eat" from "don't you eat".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from visavis.compute.asker import Asker
from visavis.engines.base import asked_by
from visavis.engines.embeddings import asking, words
from visavis.engines.embeddings.base import Embedder
from visavis.personas.table import ReadyAnswer

THRESHOLD = 0.70
"""Measured by tests/bench/answers.py."""
LONGEST_QUESTION = 200
"""Characters; who says more wants more than a ready answer."""
_NOT = re.compile(r"\b(?:not|never|no longer|without|except|unless|\w+n't|cannot)\b", re.I)
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<!^)(?<![.?!:] )\b[A-Z][\w'’-]+")


@dataclass(frozen=True)
class Match:
    """An answer that was taken, the question by which, and its cosine with what was asked."""

    ready: ReadyAnswer
    question: str
    score: float


class _Bank:
    """The questions of answers, in rows: ``vectors`` (N,D) float32 in the order of ``asked``."""

    def __init__(self, embedder: Embedder, answers: Sequence[ReadyAnswer]) -> None:
        self.asked = [(one, question) for one in answers for question in one.questions]
        made = [embedder.embed(question) for _, question in self.asked]
        self.vectors = np.stack(made) if made else None


class Answers:
    """Answers by meaning, in banks; those of an earlier bank come first. Methods may be called from
    several threads."""

    def __init__(
        self, embedder: Embedder, *, threshold: float = THRESHOLD, persona: str = ""
    ) -> None:
        """``persona``: the name by which she may be called, which is no name in a question."""
        self._embedder, self._threshold = embedder, threshold
        self._persona = persona
        self._banks: dict[str, _Bank] = {}
        self._lock = Lock()

    def of(self, asker: Asker) -> "Answers":
        """See `engines.base.Hosted`."""
        mine = Answers(
            asked_by(self._embedder, asker), threshold=self._threshold, persona=self._persona
        )
        mine._banks = self._banks
        return mine

    def serve(self, bank: str, answers: Sequence[ReadyAnswer]) -> None:
        """From now on these are the bank's answers. Takes 5 ms a question."""
        made = _Bank(self._embedder, answers)
        with self._lock:
            self._banks[bank] = made

    def find(self, said: str) -> Match | None:
        """The answer to what a caller has ``said``, if there is one. Takes ms."""
        question = self._bare(said)
        if not question or len(question) > LONGEST_QUESTION:
            return None
        with self._lock:
            banks = list(self._banks.values())
        vector: NDArray[np.float32] = self._embedder.embed(question)
        for bank in banks:
            if bank.vectors is None:
                continue
            scores = bank.vectors @ vector
            for n in np.argsort(-scores, kind="stable")[:3]:
                score = float(scores[n])
                ready, known = bank.asked[n]
                if score < self._threshold:
                    break
                if _same(question, known):
                    return Match(ready, known, round(score, 4))
        return None

    def _bare(self, said: str) -> str:
        """What is asked, without "So," and the persona's name."""
        called = re.escape(self._persona)
        question = asking.bare(said)
        if called:
            vocative = rf"^{called}[,.!]? +|,? {called}(?=[.?!]*$)"
            question = re.sub(vocative, "", question, flags=re.I)
        return question.strip()


def _same(question: str, known: str) -> bool:
    """Whether two questions of like meaning are one: by numbers, names, and what is denied."""
    if set(_NUMBER.findall(question)) != set(_NUMBER.findall(known)):
        return False
    if bool(_NOT.search(question)) != bool(_NOT.search(known)):
        return False
    there = set(words.content(known))
    named = {words.stem(name.lower()) for name in _NAME.findall(question)}
    return named - {"i", "i'm", "i'd", "i'll"} <= there
