"""English text to the sounds that it is read as, word by word.

The alphabet is misaki's; the reader is hibari's, without its voice. A voice that tells its phonemes
and one whose sound must be listened to for them share it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hibari import Hibari
from hibari.g2p import G2P
from hibari.g2p.normalize import normalize

from visavis.engines.tts.normalise import speakable

MOST_PHONEMES = 380
"""hibari was taught on up to 400 a sentence; longer ones are cut at a word."""
STRESS = frozenset("ˈˌ")
LENGTH = frozenset("ːʰʲ\u0303")
SILENT = frozenset(';:,.!?—…"()“”')
PAD = "\0"
"""Stands for silence at the ends."""

_SAYINGS = {
    "nguyen": "wˈɪn",
    "nguyễn": "wˈɪn",
    "visavis": "vˌizəvˈi",
    "postgres": "pˈOstɡɹɛs",
    "postgresql": "pˈOstɡɹɛs",
    "qwen": "kwˈɛn",
    "hibari": "hibˈɑɹi",
    "aiortc": "ˌAˌI ˌɑɹtˌisˈi",
    "vad": "vˈæd",
    "onnx": "ˈɑnɪks",
}
"""How names are said that no lexicon knows; keys in lower case."""


@dataclass(frozen=True)
class Reading:
    """One sentence: its words as they are spoken, and the phonemes of each."""

    words: list[str]
    phonemes: list[str]

    @property
    def size(self) -> int:
        """Phonemes and marks, with one more a word for the space."""
        return sum(len(p) + 1 for p in self.phonemes)

    def symbols(self, known: Iterable[str] | None = None) -> tuple[list[str], list[int]]:
        """All of it as single symbols after a `PAD`, and whose word each is; -1: no word's.

        ``known``: the symbols that are kept; None keeps all.
        """
        symbols, owners = [PAD], [-1]
        for i, phonemes in enumerate(self.phonemes):
            if len(symbols) > 1:
                symbols.append(" ")
                owners.append(-1)
            kept = [p for p in phonemes if known is None or p in known]
            symbols += kept
            owners += [i] * len(kept)
        return symbols, owners


class PhonemeReader:
    """Reads aloud, on paper; may be used by several threads at once."""

    def __init__(self, g2p: G2P | None = None) -> None:
        """``g2p``: one that is loaded already; loading costs half a second."""
        self._g2p = g2p if g2p is not None else G2P()

    def sentences(self, text: str) -> Iterator[Reading]:
        """The sayable sentences of ``text``, those that hold a sound."""
        for sentence in Hibari.split_sentences(speakable(text)):
            reading = Reading([], [])
            for word, phonemes in self._words(normalize(sentence)):
                if reading.size + len(phonemes) > MOST_PHONEMES:
                    yield reading
                    reading = Reading([], [])
                reading.words.append(word)
                reading.phonemes.append(phonemes[:MOST_PHONEMES])
            if any(is_sound(p) for word in reading.phonemes for p in word):
                yield reading

    def _words(self, sentence: str) -> Iterator[tuple[str, str]]:
        """Each whitespace-separated word of a normalised sentence with its phonemes."""
        tokens = self._g2p.tokenize(sentence)
        for token in tokens:
            saying = _SAYINGS.get(token.text.lower())
            if saying:
                token.phonemes, token.rating = saying, 5
        word = phonemes = ""
        for token in self._g2p.phonemize_tokens(tokens):
            word += token.text
            phonemes += token.phonemes or ""
            if token.whitespace:
                yield word, phonemes
                word = phonemes = ""
        if word:
            yield word, phonemes


def is_sound(symbol: str) -> bool:
    """Whether it is heard: no punctuation, stress mark or space."""
    return not (symbol in SILENT or symbol in STRESS or symbol in (" ", PAD))
