"""Answers by meaning: questions that somebody has thought about, and what is said to whoever asks
the same in other words.

A question is taken for one of these when their vectors are alike enough, and nothing in it speaks
against: vectors hardly tell "2024" from "2025", "do you eat" from "don't you eat", the smallest
from the biggest, or how fish sleep from how fish breathe. So both must say the same numbers and
names, deny alike, and every word of weight in the one have something like it in the other.
"""

import re
from collections.abc import Callable, Mapping, Sequence
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
_RELATED = 0.45
"""A word has something like it: chop and cut, husband and boyfriend; not sleep and breathe."""
_IDLE = (
    "world earth exist form able look different every travel human humans age "
    "real reason mean cause "
    "happen nowadays ever actually possible certain land intelligent"
)
"""In a question about something else they change nothing."""
_OPPOSITES = (
    "small little tiny short low slow young new least last late worst cold narrow light dry",
    "big large great huge long tall high fast old most first early best hot wide heavy wet",
)
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<!^)(?<![.?!:] )\b[A-Z][\w'’-]+")


Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Match:
    """An answer that was taken, the question by which, and its cosine with what was asked."""

    ready: ReadyAnswer
    question: str
    score: float


class _Bank:
    """The questions of answers, in rows: ``vectors`` (N,D) float32 in the order of ``asked``."""

    def __init__(
        self,
        answers: Sequence[ReadyAnswer],
        embed: Callable[[str], Vector],
        before: Mapping[str, Vector],
    ) -> None:
        """``before``: vectors that have been made already, by their text."""
        self.asked = [(one, question) for one in answers for question in one.questions]
        self.words = [_weighty(question) for _, question in self.asked]
        texts = [question for _, question in self.asked]
        texts += [word for known in self.words for word in known.values()]
        self.made = {text: before[text] if text in before else embed(text) for text in set(texts)}
        vectors = [self.made[question] for _, question in self.asked]
        self.vectors = np.stack(vectors) if vectors else None


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
        """From now on these are the bank's answers. Takes some 10 ms a question that is new."""
        before = self._banks.get(bank)
        made_before = before.made if before is not None else {}
        made = _Bank(answers, self._embedder.embed, made_before)
        with self._lock:
            self._banks[bank] = made

    def find(self, said: str) -> Match | None:
        """The answer to what a caller has ``said``, if there is one. Takes ms."""
        question = self._bare(said)
        if not question or len(question) > LONGEST_QUESTION:
            return None
        with self._lock:
            banks = list(self._banks.values())
        vector = self._embedder.embed(question)
        for bank in banks:
            if bank.vectors is None:
                continue
            scores = bank.vectors @ vector
            for n in np.argsort(-scores, kind="stable")[:3]:
                score = float(scores[n])
                ready, known = bank.asked[n]
                if score < self._threshold:
                    break
                if _same(question, known) and self._like(question, bank, int(n)):
                    return Match(ready, known, round(score, 4))
        return None

    def _like(self, question: str, bank: _Bank, position: int) -> bool:
        """Whether each word of weight has something like it in the known question."""
        known = bank.words[position]
        forms = {form for stem in known for form in words.alike(stem)}
        foreign = [word for stem, word in _weighty(question).items() if stem not in forms]
        if not foreign:
            return True
        if not known:
            return False
        there = np.stack([bank.made[word] for word in known.values()])
        return all(
            float((there @ self._embedder.embed(word)).max()) >= _RELATED for word in foreign
        )

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
    if asking.is_question(question) != asking.is_question(known):
        return False
    mine, theirs = (set(words.words(one)) for one in (question, known))
    for these, those in (_OPPOSITES, _OPPOSITES[::-1]):
        if _grades(mine, these) - _grades(theirs, these) and _grades(theirs, those):
            return False
    there = set(words.content(known))
    named = {words.stem(name.lower()) for name in _NAME.findall(question)}
    return named - {"i", "i'm", "i'd", "i'll"} <= there


def _grades(spoken: set[str], degrees: str) -> set[str]:
    """Those of these degrees that are spoken of, in whatever form: "smallest" is "small"."""
    return {one for one in degrees.split() for word in spoken if _graded(word, one)}


def _graded(word: str, degree: str) -> bool:
    root = degree.removesuffix("e")
    return word == degree or word in {
        root + ending for ending in ("er", "est", degree[-1] + "er", degree[-1] + "est")
    }


def _weighty(question: str) -> dict[str, str]:
    """The words of a question that say something by themselves, by their stems."""
    spoken = {words.stem(word): word for word in words.words(question)}
    said = (stem for stem in words.content(question) if not words.light(stem))
    return {stem: spoken[stem] for stem in said if spoken[stem] not in _IDLE.split()}
