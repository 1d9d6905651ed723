"""Words that begin an answer and are none of it yet: "Well,", "Oh,", "So,", "Hm,".

Who waits for an answer waits for what comes after them. So they are passed over wherever it is
measured how soon an answer came: by the server and by our own caller.
"""

import re
from collections.abc import Sequence
from itertools import zip_longest

_SOUND = re.compile(r"a+h+a?|eh|e+rm?|hu+h|h+m+|m+(?:-?hm+)?|o+h+|u+h+m*|u+m+")
"""Never an answer."""
_WORDS = frozenset(["alright", "anyway", "look", "now", "ok", "okay", "right", "so", "well"])
"""Markers where a pause follows them ("So, the sea"), else words like others ("So far")."""
_PAUSES = ",;:.!?…—–-"
_QUOTES = "\"'“”‘’*_()[]"


def own_word(words: Sequence[str]) -> int | None:
    """The place of the first of ``words``, as written, that is no discourse marker; None when all
    are."""
    for place, (word, after) in enumerate(zip_longest(words, words[1:], fillvalue="")):
        dash = "" if any(map(str.isalnum, after)) else after
        if any(map(str.isalnum, word)) and not _is_marker(word + dash):
            return place
    return None


def _is_marker(word: str) -> bool:
    """Whether this word, with the marks that it is written with, only leads up to others."""
    inside = word.strip(_QUOTES)
    bare = inside.rstrip(_PAUSES).casefold()
    return _SOUND.fullmatch(bare) is not None or (bare in _WORDS and len(bare) < len(inside))
