"""Giving spoken times back to written words."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import accumulate, pairwise

from visavis.engines.tts.speech import Word

TimeSpan = tuple[float, float]


def spread(
    written: Sequence[str], spoken: Sequence[str], spans: Sequence[TimeSpan]
) -> list[TimeSpan]:
    """When each ``written`` word is heard, given when each ``spoken`` word is.

    "It costs $5" is spoken "It costs five dollars": equal words take their own span; where the two
    texts differ, the written words share the time of the spoken ones by their length in letters.
    A written word that is not spoken at all (an emoji, a dash) gets no time, at the place where it
    stands. Spans are (start, end) in any unit; the result has one for each written word, in order
    and never overlapping.
    """
    matcher = SequenceMatcher(a=[_key(w) for w in written], b=[_key(w) for w in spoken])
    result: list[TimeSpan] = []
    at = spans[0][0] if spans else 0.0
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        if tag == "equal":
            result += spans[b0:b1]
        elif tag == "replace":
            result += _shares(written[a0:a1], spans[b0][0], spans[b1 - 1][1])
        elif tag == "delete":
            result += [(at, at)] * (a1 - a0)
        elif result:  # "C#" is spoken "C sharp": the rest belongs to the word before
            result[-1] = (result[-1][0], spans[b1 - 1][1])
        at = result[-1][1] if result else at
    return result


def _shares(words: Sequence[str], start: float, end: float) -> list[TimeSpan]:
    """``start`` to ``end`` divided among ``words`` by their letters; a symbol counts as one."""
    ends = list(accumulate(max(len(_key(word)), 1) for word in words))
    edges = [start + (end - start) * e / ends[-1] for e in (0, *ends)]
    return list(pairwise(edges))


def _key(word: str) -> str:
    return "".join(c for c in word.casefold() if c.isalnum())


def by_length(text: str, duration_ms: float) -> tuple[Word, ...]:
    """The words of ``text``, which share ``duration_ms`` by their letters: for a voice that tells
    nothing of its timing."""
    written = text.split()
    if not written:
        return ()
    return tuple(
        Word(word, start, end)
        for word, (start, end) in zip(written, _shares(written, 0.0, duration_ms), strict=True)
    )
