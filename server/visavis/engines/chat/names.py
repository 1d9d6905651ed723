"""Which of the words that follow "my name is" are a name, and how it is written.

Recognisers and most people write names with capitals, and some type none at all; so capitals count
where there are any, and lists of ordinary words where there are none. The name is kept as it was
written: with its accents, apostrophes and hyphens, in any script.
"""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import Enum

from visavis.engines.chat.ordinary import (
    ENDINGS,
    FUNCTION,
    NAMES_TOO,
    ORDINARY,
    PARTICLES,
    PEOPLES,
    PLACES,
    TITLES,
)
from visavis.engines.chat.plain import fold, plain

LONGEST = 40
"""Letters of a name; whole words beyond it are left out."""
_MOST = 5
"""Words of a name."""
_SMALL = 3
"""Words without any capital that may be a name; more are a sentence."""
_ASKS = re.compile(
    r".*\b(?:your(?: \w+)? name|(?:call|address) you|who (?:are you|am i (?:talking|speaking))|"
    r"who is (?:this|there|calling|speaking)|you called)\b.*"
)
_LETTERS = "LM"
_INSIDE = "'’-‐‑.·"


class Manner(Enum):
    """How sure it is that a name follows; a group of the pattern has its name."""

    SURE = "name"
    """"My name is …": in small letters too."""
    PERHAPS = "perhaps"
    """"I'm …": only what is written with a capital, and is no people, creed or place."""
    ASKED = "asked"
    """"… " alone, "it's …": where a name has been asked for or said just now."""


def taken(words: Sequence[str], manner: Manner) -> tuple[str, int]:
    """The name with which ``words``, as they were written, begin, and how many words it has.

    ("", 0) when they begin with none.
    """
    name: list[str] = []
    for written in words[:_MOST]:
        word = _bare(written)
        if not word or not _fits(word, name, manner):
            break
        name.append(word)
        if written[-1] in ",;:!?":
            break
    while name and (_particle(name[-1]) or _title(name[-1]) or len(" ".join(name)) > LONGEST):
        name.pop()
    if len(name) > _SMALL and not any(map(_tall, name)):
        return "", 0
    return _written(name), len(name)


def asks(line: str) -> bool:
    """Whether this asks for somebody's name: "What should I call you?"."""
    return "?" in line and _ASKS.fullmatch(plain(line)) is not None


def alike(name: str, other: str) -> bool:
    """Whether one may be the other, spelled: "Sunneva" and "Sunniva"."""
    return SequenceMatcher(None, fold(name), fold(other)).ratio() > 0.6


def _bare(written: str) -> str:
    """A word without the marks around it; "" for one that holds what no name does."""
    word = unicodedata.normalize("NFC", written)
    letters = [at for at, one in enumerate(word) if unicodedata.category(one)[0] in _LETTERS]
    if not letters:
        return ""
    begin, end = letters[0], letters[-1] + 1
    if word[begin:end].lower() == "t" and begin and word[begin - 1] in "'’":
        begin -= 1  # "van 't Hoff"
    if word[end : end + 1] == "." and _title(word[begin:end]):
        end += 1
    word = word[begin:end]
    owner = word.lower().endswith(("'s", "’s"))
    fine = all(one in _INSIDE or unicodedata.category(one)[0] in _LETTERS for one in word)
    return word if fine and not owner else ""


def _fits(word: str, before: Sequence[str], manner: Manner) -> bool:
    """Whether it may be the name's next word."""
    key, begins = fold(word), all(map(_particle, before))
    if before and _particle(word):
        return begins or any(map(_tall, before)) or manner is not Manner.PERHAPS
    if key in FUNCTION:
        return key in NAMES_TOO and manner is Manner.SURE and _tall(word)
    if _tall(word):
        return not (begins and _refused(word, key, manner))
    if any(map(_tall, before)):
        return False
    small = manner is not Manner.PERHAPS or _particle(word)
    return small and key not in ORDINARY | PEOPLES and not _worded(key)


def _refused(word: str, key: str, manner: Manner) -> bool:
    """Whether a word with a capital is none to begin with."""
    if key in PEOPLES or manner is Manner.SURE:
        return key in PEOPLES
    shouted = len(word) > 2 and word.isupper()
    return key in ORDINARY or key in PLACES or (shouted and manner is Manner.PERHAPS)


def _worded(key: str) -> bool:
    return len(key) > 5 and key.endswith(ENDINGS)


def _particle(word: str) -> bool:
    return word.islower() and fold(word).strip("'’") in PARTICLES


def _title(word: str) -> bool:
    return fold(word).strip(".") in TITLES


def _tall(word: str) -> bool:
    """Written as names are: with a capital, or in a script that has none."""
    return any(map(str.isupper, word)) or not any(map(str.islower, word))


def _written(name: Sequence[str]) -> str:
    """As it was written; what was typed without capitals, or with nothing else, gets its own."""
    typed = " ".join(name)
    plainly = not any(map(str.isupper, typed)) or (typed.isupper() and len(typed) > 3)
    if not plainly:
        return typed
    return " ".join(word if _particle(word) and len(name) > 1 else _capitals(word) for word in name)


def _capitals(word: str) -> str:
    """ "jean-luc" as "Jean-Luc", "o'brien" as "O'Brien"."""
    return re.sub(r"[^\W\d_]+", lambda run: run[0].capitalize(), word)
