"""The persona's own voice, come back through the caller's loudspeaker: known by its words.

A microphone that hears the loudspeaker sends the persona what it just said. What is transcribed
of that is like what was said, begins while it is said, and is no turn. Pure; times are ms of the
caller's audio.
"""

from collections import deque
from dataclasses import dataclass
from difflib import SequenceMatcher

from visavis.engines.chat.plain import plain

JUST_MS = 2_000.0
"""What was said to its end so long ago may still come back."""
LATE_MS = 600.0
"""The way through the loudspeaker, the room and two networks: an echo begins no later than so long
after the voice has ended."""
CLAUSES = 8
"""So many of what was said last are remembered."""
LIKE = 0.7
"""The part of the words heard that must be words said, in their order."""
MANY, FEW = 4, 2
"""Words that are an echo by likeness, and those that must be the same, one behind the other. Fewer
are none: who is asked "Tea or coffee?" says "Coffee"."""


@dataclass(frozen=True)
class _Said:
    words: tuple[str, ...]
    begin: float
    end: float


class OwnWords:
    """What the persona has said lately in one call."""

    def __init__(self) -> None:
        self._said: deque[_Said] = deque(maxlen=CLAUSES)

    def says(self, clause: str, now: float, ms: float) -> None:
        """It begins to say a clause that takes so long."""
        self._said.append(_Said(tuple(plain(clause).split()), now, now + ms))

    def ends(self, now: float) -> None:
        """Its voice was heard until now, whatever was expected: it may have been held."""
        if self._said:
            last = self._said.pop()
            self._said.append(_Said(last.words, last.begin, now))

    def echoed(self, heard: str, begin: float, *, asked: bool) -> bool:
        """Whether words whose sound begins at `begin` are an echo; `asked`: they may answer a
        question that is just being asked, which takes words from it."""
        words = plain(heard).split()
        about = [one for one in self._said if one.begin <= begin <= one.end + JUST_MS]
        if len(words) < FEW or not about or begin > max(one.end for one in about) + LATE_MS:
            return False
        # it may begin in one clause and go on in the next
        said = [word for one in self._said if one.end + JUST_MS >= begin for word in one.words]
        matcher = SequenceMatcher(None, said, words, autojunk=False)
        if len(words) < MANY:
            speaking = begin <= max(one.end for one in about) and not asked
            longest = matcher.find_longest_match().size
            return speaking and longest == len(words)
        return sum(block.size for block in matcher.get_matching_blocks()) >= LIKE * len(words)
