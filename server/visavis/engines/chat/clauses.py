"""A stream of tokens as clauses, each ready to be spoken.

The first clause decides how long the caller waits, so it ends at the first comma or joint; what
follows are whole sentences, which sound better. Only where the model is slower than the voice does
a later clause end at a joint, too, so that the voice need not stop in mid-sentence.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator

from visavis.discourse import own_word
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
_OPEN = (
    r"(?<!\bof)(?<!\bon)(?<!\bin)(?<!\bat)(?<!\bto)(?<!\bfor)(?<!\bwith)(?<!\bfrom)(?<!\bby)"
    r"(?<!\babout)(?<!\bthan)(?<!\bas)(?<!\blike)(?<!\bis)(?<!\bare)(?<!\bwas)(?<!\bwere)(?<!\bbe)"
    r"(?<!\bthe)(?<!\ba)(?<!\ban)(?<!\band)(?<!\bor)(?<!\bbut)(?<!\bnot)(?<!\bthat)(?<!\bjust)"
    r"(?<!\bonly)(?<!\beven)(?<!\bvery)(?<!\bso)"
)
"""Words that belong to what comes after them: nobody breathes behind one."""
_SUBJECT = (
    r"(?:it|its|the|they|we|you|he|she|i|that|this|there|then|my|your|some|most)(?:['’]\w+)?\s"
)
_JOINT = re.compile(
    _OPEN + r"\s(?=(?:but|because|which|who|when|where|while|if|although|though|until|unless)\s"
    r"|(?:and|or|so)\s" + _SUBJECT + ")",
    re.I,
)
"""Before a clause that could stand by itself; not between two words of one phrase."""
_WEAK_JOINT = re.compile(
    _OPEN + r"\s(?=(?:and|or|with|without|from|by|through|during|across|between|under|near|inside|"
    r"along|around|after|before|since|in|on|at)\s)",
    re.I,
)
"""Before a phrase: one breathes there when one speaks slowly."""
_ENDED = re.compile(r"[.!?…][\"'”’)\]*_]*$")
_FIRST_WORDS = 2
_JOINT_WORDS = 4
_MOST_WORDS = 24
_MOST_CHARACTERS = 200
_WORD_S = 0.33
"""How long the voice is busy with a word, about."""
_DRY_S = 0.5
"""With less than this left to say, the next clause is wanted: it has to be made, too."""
_SLOW_S = 0.4
"""Silence for which a breath before a phrase is better than more of it."""


async def clauses(deltas: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """Speakable clauses of ``deltas``, stripped, never without a letter or digit, in order.

    No word is lost, only white space and marks without words; but of deltas that are `CutShort`,
    a sentence that hasn't ended, unless it is under way or the only one: then its whole words are
    given, with "…". Closing this generator closes ``deltas``.
    """
    buffer = clause = ""
    first = True
    clock = asyncio.get_running_loop().time
    spoken: float | None = None  # when what was given is said, if it was asked for in time
    try:
        async for delta in deltas:
            buffer = _REST.sub("", buffer + delta)
            if spoken is None and buffer:
                spoken = clock()
            left = 0.0 if spoken is None else spoken - clock()
            while cut := _cut(buffer, first, left):
                clause, buffer = buffer[:cut].strip(), _REST.sub("", buffer[cut:])
                yield clause
                spoken = max(spoken or 0.0, clock()) + _words(clause) * _WORD_S
                first, left = False, _DRY_S
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


def _cut(text: str, first: bool, left: float) -> int:
    """Where the first clause of ``text`` ends, 0 while it has no end yet; ``left`` s of what was
    given before are still to be said."""
    end = _sentence(text)
    if end:
        return (_breath(text[:end], _FIRST_WORDS) if first else 0) or end
    certain = _CERTAIN.search(text)
    if certain and certain[0] in "!?" and _words(text):
        return len(text)
    if first or left < _DRY_S:
        least = _FIRST_WORDS if first else _JOINT_WORDS
        if place := _breath(text, least) or _joint(text, _JOINT):
            return place
        if certain and _enough(text, least):
            return len(text)
        if left < -_SLOW_S and (place := _joint(text, _WEAK_JOINT)):
            return place
    if _words(text) > _MOST_WORDS or len(text) > _MOST_CHARACTERS:
        return _breath(text, _JOINT_WORDS) or _joint(text, _JOINT) or _space(text)
    return 0


def _sentence(text: str) -> int:
    """The end of the first sentence, 0 while there is none."""
    for match in _SENTENCE.finditer(text):
        head = text[: match.end()]
        if _words(head) and not _ABBREVIATION.search(head.rstrip("\"'”’)]*_")):
            return match.end()
    return 0


def _breath(text: str, least: int) -> int:
    """The first mark at which one breathes, behind so many words and before another; 0: none."""
    for match in _BREATH.finditer(text):
        if _enough(text[: match.end()], least) and _words(text[match.end() :]):
            return match.end()
    return 0


def _joint(text: str, joint: re.Pattern[str]) -> int:
    """The first such joint behind enough words; 0: none."""
    for match in joint.finditer(text):
        if _enough(text[: match.start()], _JOINT_WORDS):
            return match.start()
    return 0


def _space(text: str) -> int:
    """Where to cut what has no end."""
    space = text.rfind(" ", 0, _MOST_CHARACTERS)
    return space if space > 0 else min(len(text), _MOST_CHARACTERS)


def _enough(text: str, least: int) -> bool:
    """Whether it is worth saying by itself: "Oh, well," only leads up to what it leads up to."""
    return _words(text) >= least and own_word(text.split()) is not None


def _words(text: str) -> int:
    return sum(any(c.isalnum() for c in word) for word in text.split())
