"""A stream of tokens as clauses, each ready to be spoken.

The first clause decides how long the caller waits, so it ends at the first comma behind two words;
the later ones have time, and whole sentences sound better.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator

from visavis.engines.chat.base import CutShort

_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|mt|prof|vs|etc|no|jr|sr|e\.g|i\.e|approx)|\b[A-Za-z]|^\W*\d+)\.$",
    re.I,
)
_SENTENCE = re.compile(r"[.!?…]+[\"'”’)\]*_]*(?=\s)|\n")
_BREATH = re.compile(r"[,;:](?=\s)|(?<=\s)[—–](?=\s)|—")
_CERTAIN = re.compile(r"(?<=[a-z])[!?,;]$")
"""An end that the next character cannot undo, as it may "3," or "example."."""
_REST = re.compile(r"^(?:[\s!?,;:)\]…]|\.(?!\w))+")
"""Marks of a clause that has been given already."""
_JOINT = re.compile(
    r"\s(?=(?:and|but|because|so|which|who|when|where|while|if|although|though|or)\s)", re.I
)
_ENDED = re.compile(r"[.!?…][\"'”’)\]*_]*$")
_FIRST_WORDS = 2
_LATER_WORDS = 8
_JOINT_WORDS = 4
_MOST_WORDS = 24
_MOST_CHARACTERS = 200


async def clauses(deltas: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """Speakable clauses of ``deltas``, stripped, never without a letter or digit, in order.

    No word is lost, only white space and marks without words; but of deltas that are `CutShort`,
    a sentence that hasn't ended, unless it is under way or the only one: then its whole words are
    given, with "…". Closing this generator closes ``deltas``.
    """
    buffer = clause = ""
    first = True
    try:
        async for delta in deltas:
            buffer = _REST.sub("", buffer + delta)
            while cut := _cut(buffer, first):
                clause, buffer = buffer[:cut].strip(), _REST.sub("", buffer[cut:])
                yield clause
                first = False
        if _words(buffer):
            yield buffer.strip()
    except CutShort:
        if not _ENDED.search(clause) and (rest := _whole_words(buffer)):
            yield rest
        raise
    finally:
        close = getattr(deltas, "aclose", None)
        if close is not None:
            await close()


def _whole_words(text: str) -> str:
    """The text without its last word, of which more may have been to come."""
    if _ENDED.search(text.rstrip()) and _words(text):
        return text.strip()
    kept = text.rpartition(" ")[0].rstrip(" ,;:–—-")
    return f"{kept}…" if _words(kept) else ""


def _cut(text: str, first: bool) -> int:
    """Where the first clause of ``text`` ends, 0 while it has no end yet."""
    for match in _SENTENCE.finditer(text):
        head = text[: match.end()]
        if _words(head) and not _ABBREVIATION.search(head.rstrip("\"'”’)]*_")):
            return _earlier(text, match.end(), first)
    return _earlier(text, 0, first)


def _earlier(text: str, sentence: int, first: bool) -> int:
    """A place before the ``sentence`` end (0: none yet) where one breathes already."""
    least = _FIRST_WORDS if first else _LATER_WORDS
    limit = sentence or len(text)
    if first or not sentence:
        for match in _BREATH.finditer(text, 0, limit):
            if _words(text[: match.end()]) >= least and _words(text[match.end() : limit]):
                return match.end()
    if sentence:
        return sentence
    certain = _CERTAIN.search(text)
    if certain and _words(text) >= (1 if certain[0] in "!?" else least):
        return len(text)
    if first:
        for match in _JOINT.finditer(text):
            if _words(text[: match.start()]) >= _JOINT_WORDS:
                return match.start()
    if _words(text) > _MOST_WORDS or len(text) > _MOST_CHARACTERS:
        space = text.rfind(" ", 0, _MOST_CHARACTERS)
        return space if space > 0 else min(len(text), _MOST_CHARACTERS)
    return 0


def _words(text: str) -> int:
    return sum(any(c.isalnum() for c in word) for word in text.split())
