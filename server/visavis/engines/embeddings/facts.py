"""The sentence of what is known that answers a question, or that none does.

A language model of half a billion parameters takes its answer from the wrong sentence, mixes
figures up and never says that it doesn't know. A sentence that somebody has written for callers can
be said as it stands. It is chosen by likeness (the embedding), by the words that it shares with the
question, and by holding what is asked for: an amount for "how much", a time for "when". Where no
sentence does, and the question can only be about the place, it isn't known.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from visavis.engines.embeddings import asking, words
from visavis.engines.embeddings.chunks import Passage

LOOKED_AT = 60
"""The sentences nearest to the question, by their vectors."""
SAID_WORDS = 60
"""A sentence longer than this isn't said as it stands."""
TOLD_WORDS = 40
"""Of a whole paragraph, where that is asked for."""
VOCABULARY = 1_500
"""Words whose vectors are made when the documents are read: 2.3 ms each."""
_SURE, _NEAR, _LIKELY, _OURS = 0.6, 0.45, 0.38, 0.2
_RELATED = 0.55
"""Two words are about the same: measured, bloom and flower 0.67, rose and flower 0.51."""
_OWN, _HEADING, _AROUND, _KIN = 1.0, 0.9, 0.4, 0.7

Embed = Callable[[str], NDArray[np.float32]]


@dataclass(frozen=True)
class Fact:
    """What can be said to a question. ``position``: of the passage; None: it isn't known, and
    ``text`` is empty."""

    text: str
    position: int | None


@dataclass(frozen=True)
class _Words:
    """The stems of a passage, by where they stand."""

    own: frozenset[str]
    heading: frozenset[str]
    around: frozenset[str]


@dataclass(frozen=True)
class _Asked:
    """A question taken apart."""

    question: str
    kind: str
    """What it wants: see `asking.kind_of`."""
    now: dict[str, float]
    """Its words, with their weights."""
    before: dict[str, float]
    """Those of what it follows."""
    strange: dict[str, frozenset[str]]
    """Words that nothing here has, each with what is here and means nearly the same."""
    will: bool
    """It asks for what is to come."""


class Facts:
    """Passages that may be said. Methods may be called from several threads."""

    def __init__(self, passages: Sequence[Passage], embed: Embed) -> None:
        """Takes 2.3 ms a word of the passages."""
        self._passages = passages
        self._words = [
            _Words(*(words.held(text) for text in (one.text, one.heading, one.around)))
            for one in passages
        ]
        in_headings = Counter(stem for one in self._words for stem in one.heading)
        most = len(passages) / 2
        self._title = frozenset(stem for stem, count in in_headings.items() if count > most)
        kept = [one.own | one.heading for one in self._words]
        self._count = Counter(stem for stems in kept for stem in stems)
        common = [stem for stem, _ in self._count.most_common(VOCABULARY)]
        self._place = {stem: n for n, stem in enumerate(common)}
        spoken = {words.stem(word): word for one in passages for word in words.words(one.chunk)}
        made = [embed(spoken.get(stem, stem)) for stem in common]
        self._vectors = np.stack(made) if made else None

    def __len__(self) -> int:
        return len(self._passages)

    def find(
        self,
        question: str,
        before: str,
        scores: NDArray[np.float32],
        threshold: float,
        embed: Embed,
    ) -> Fact | None:
        """The answer to ``question``, which follows ``before`` ("" for one that stands by itself);
        ``scores`` (N,) are the passages' cosines with both. None: it is for others to answer."""
        if not self._passages or asking.of_her(question):
            return None
        if asking.about(question):
            return self._about(question)
        asked = self._asked(question, before, embed)
        order = np.argsort(-scores, kind="stable")[:LOOKED_AT]
        ranked = sorted(
            ((self._rank(asked, int(n), float(scores[n])), int(n)) for n in order), reverse=True
        )
        _, best = ranked[0]
        if self._answers(asked, best, float(scores[best]), threshold):
            said = self._passages[best].text
            return Fact(said, best) if len(said.split()) <= SAID_WORDS else None
        return Fact("", None) if _of_here(asked, float(scores.max()), threshold) else None

    def _asked(self, question: str, before: str, embed: Embed) -> _Asked:
        kind = asking.kind_of(question) or (asking.kind_of(before) if before else "")
        rest = asking.rest(question)
        now = {stem: self._weight(stem) for stem in words.content(rest)}
        # Only what isn't written here is compared by its vector: that takes time.
        spoken = {words.stem(word): word for word in words.words(rest)}
        strange = {
            stem: self._kin(embed(spoken[stem]))
            for stem in now
            if not words.light(stem) and not self._known(stem)
        }
        earlier = words.content(asking.rest(before))
        then = {stem: self._weight(stem) / 2 for stem in earlier if stem not in now}
        future = any(word in ("will", "next", "again") for word in words.words(question))
        return _Asked(question, kind, now, then, strange, future)

    def _weight(self, stem: str) -> float:
        """Rare words say more; a word in every heading nearly nothing."""
        there = max((self._count[one] for one in words.alike(stem)), default=0)
        rarity = log((len(self._passages) + 1) / (there + 0.5)) / log(len(self._passages) + 2)
        return max(0.05, rarity) * (0.25 if words.light(stem) else 1.0)

    def _known(self, stem: str) -> bool:
        return any(one in self._count for one in words.alike(stem)) or any(
            stem in one.around for one in self._words
        )

    def _kin(self, vector: NDArray[np.float32]) -> frozenset[str]:
        """The words here that mean nearly this."""
        if self._vectors is None:
            return frozenset()
        alike = self._vectors @ vector
        return frozenset(stem for stem, n in self._place.items() if alike[n] >= _RELATED)

    def _covered(self, asked: _Asked, weights: Mapping[str, float], position: int) -> float:
        """The share of these words that the passage has, 0 to 1; of none, 1."""
        total = sum(weights.values())
        if not total:
            return 1.0
        there = self._words[position]
        found = 0.0
        for stem, weight in weights.items():
            kin = asked.strange.get(stem, frozenset())
            found += weight * max(_degree(stem, there), _KIN * bool(kin & self._told(there)))
        return found / total

    def _told(self, there: _Words) -> frozenset[str]:
        """The passage's own words and its heading's, without the title over all."""
        return there.own | (there.heading - self._title)

    def _rank(self, asked: _Asked, position: int, cosine: float) -> float:
        text = self._passages[position].text
        own = self._words[position].own
        rank = cosine + 0.25 * self._covered(asked, asked.now | asked.before, position)
        rank += 0.12 if asking.holds(text, asked.kind) else -0.3
        if asked.before and not self._covered(asked, asked.now, position):
            rank -= 0.15
        if asked.will and asking.to_come(text):
            rank += 0.12
        beside = len(own - {form for stem in asked.now for form in words.alike(stem)})
        return rank - min(0.12, 0.012 * beside)

    def _answers(self, asked: _Asked, position: int, cosine: float, threshold: float) -> bool:
        """Whether the passage may be said as the answer."""
        there = self._words[position]
        if not asking.holds(self._passages[position].text, asked.kind):
            return False
        for kin in asked.strange.values():
            if cosine < (_NEAR if kin & self._told(there) else _SURE):
                return False
        if self._covered(asked, asked.now, position) < 0.25:
            return False
        covered = self._covered(asked, asked.now | asked.before, position)
        if asked.kind in ("why", "manner") and not asking.of_us(asked.question):
            return cosine >= _LIKELY and covered >= 0.5
        if covered >= 0.5:
            return cosine >= (_OURS if covered >= 0.9 else threshold)
        rare = (stem for stem in asked.now if not words.light(stem))
        return cosine >= _LIKELY and any(words.alike(stem) & there.own for stem in rare)

    def _about(self, question: str) -> Fact | None:
        """The beginning of the section whose heading it names; None when there is none."""
        named = frozenset(words.content(question))
        for position, there in enumerate(self._words):
            own = there.heading - self._title
            if named and own and named <= there.heading and named & own:
                return Fact(self._beginning(position), position)
        return None

    def _beginning(self, position: int) -> str:
        heading, told = self._passages[position].heading, ""
        for passage in self._passages[position:]:
            more = f"{told} {passage.text}".strip()
            if passage.heading != heading or (told and len(more.split()) > TOLD_WORDS):
                break
            told = more
        return told


def _degree(stem: str, there: _Words) -> float:
    forms = words.alike(stem)
    if stem in there.own:
        return _OWN
    if forms & there.own or stem in there.heading:
        return _HEADING
    return _AROUND if forms & (there.heading | there.around) else 0.0


def _of_here(asked: _Asked, nearest: float, threshold: float) -> bool:
    """Whether the question can only be about the place."""
    if asking.of_the_place(asked.question):
        return True
    if asking.of_us(asked.question):
        return nearest >= _OURS
    return nearest >= threshold and asked.kind not in ("why", "manner")
