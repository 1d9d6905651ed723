"""A caller's words as patterns see them, and where each of them stands in what was written.

Plain form has small letters, digits and single spaces. Latin letters up to ÿ keep their accents,
others are folded ("Nguyễn" is "nguyen"); each letter of another script is `OTHER`, so that a
pattern for a name fits "李明" too. A name itself is taken from the words as they were written.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

OTHER = "ÿ"
"""Stands for a letter that isn't Latin."""

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼʻ`´", "'"))
_STROKED = {"ß": "ss", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "œ": "oe", "ŋ": "n", "ŧ": "t"}
"""Letters that no Unicode table takes apart."""
_CONTRACTIONS = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\blet's\b"), "let us"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"\bwhat'd\b"), "what did"),
    (re.compile(r"\bmine's\b"), "mine is"),
    (re.compile(r"'d\b"), " would"),
)
_IS = re.compile(r"\b(what|who|where|how|when|that|it|there|here|she|he|name)(?:'s|s(?= ))")
_NOT_WORDS = re.compile(r"[^a-z0-9à-ÿ ]+")
_SPACES = re.compile(r"\s+")
_ABBREVIATED = "".join(rf"(?<!\b{one}\.)" for one in ("Dr", "Mr", "Mrs", "Ms", "Prof", "St"))
_SENTENCES = re.compile(rf"(?<=[.!?]){_ABBREVIATED}\s+")
_BREAKS = r"[,;:…]+\s*|\s*[—–]\s*|\s+-+\s+"
_SO = r"so(?! (?:much|many|long|far|that)\b)"
_PARTS = re.compile(rf"{_BREAKS}|\s+(?:and|{_SO}|but|then)\s+", re.IGNORECASE)
_ASIDES = re.compile(rf"{_BREAKS}|\s+(?:{_SO}|but)\s+", re.IGNORECASE)
_MOST = 8
"""Parts of a sentence are told apart up to here, so that one of commas costs no time."""
_SPELLED = re.compile(r"\b[^\W\d_](?:-[^\W\d_]){2,}\b(?!-)|\b[^\W\d_](?:[., ]{1,2}[^\W\d_]\b){3,}")


def plain(text: str) -> str:
    """``text`` in plain form, contractions written out.

    "What's your name?" gives "what is your name".
    """
    words = fold(text.translate(_APOSTROPHES))
    for short, long in _CONTRACTIONS:
        words = short.sub(long, words)
    words = _IS.sub(r"\1 is", words)
    return _SPACES.sub(" ", _NOT_WORDS.sub(" ", words.replace("'", ""))).strip()


def fold(text: str) -> str:
    """Small letters that patterns know; anything that is no letter stays."""
    return "".join(map(_folded, unicodedata.normalize("NFC", text.lower())))


@lru_cache(4_096)
def _folded(letter: str) -> str:
    if letter in _STROKED:
        return _STROKED[letter]
    if letter <= OTHER:
        return letter
    apart = unicodedata.normalize("NFKD", letter)
    base = "".join(one for one in apart if not unicodedata.combining(one))
    if base.isascii():
        return base
    match unicodedata.category(letter)[0]:
        case "L":
            return OTHER
        case "M":  # a vowel sign belongs to the letter before
            return ""
    return letter


@dataclass(frozen=True)
class Phrase:
    """A sentence or a part of one: ``words`` in plain form, ``written`` as it was."""

    written: str
    words: str

    @classmethod
    def of(cls, written: str) -> "Phrase":
        return cls(written, plain(written))

    @property
    def question(self) -> bool:
        return self.written.rstrip().endswith("?")

    def written_words(self, form: str, begin: int, end: int | None = None) -> list[str]:
        """The words as written that stand behind those from ``begin`` to ``end`` of ``form``, a
        stretch of this one's words; none if the first begins inside of a word as written."""
        tokens = self.written.split()
        stand = [
            (index, word)
            for index, token in enumerate(tokens)
            for word in plain(f"{token} ").split()
        ]
        words, whole = form.split(), [word for _, word in stand]
        places = range(len(whole) - len(words) + 1)
        offset = next((at for at in places if whole[at : at + len(words)] == words), 0)
        first = offset + begin
        last = offset + (len(words) if end is None else end)
        if first and stand[first - 1][0] == stand[first][0]:
            return []
        return [tokens[index] for index in sorted({index for index, _ in stand[first:last]})]


def sentences(text: str) -> list[Phrase]:
    """Those of a text that have words; what is spelled, "S-U-E", is one word."""
    joined = _SPELLED.sub(lambda letters: _joined(letters[0]), text.strip())
    return [one for one in map(Phrase.of, _SENTENCES.split(joined)) if one.words]


def parts(sentence: Phrase) -> list[Phrase]:
    """What stands between commas and conjunctions; of very many, the last are one."""
    pieces = _PARTS.split(sentence.written, maxsplit=_MOST)
    return [one for one in map(Phrase.of, pieces) if one.words]


def asides(sentence: Phrase) -> list[Phrase]:
    """What stands between commas, "so" and "but": what is added to a statement."""
    return [one for one in map(Phrase.of, _ASIDES.split(sentence.written)) if one.words]


def spelled(text: str) -> list[str]:
    """The words that are spelled in it."""
    return [_joined(letters[0]) for letters in _SPELLED.finditer(text)]


def _joined(letters: str) -> str:
    """ "S-U-E" as "Sue"."""
    return "".join(filter(str.isalpha, letters)).capitalize()
