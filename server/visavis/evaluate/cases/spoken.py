"""Rows like ``spoken_text.tsv``: what is written, and what must be said for it."""

import re
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from visavis.engines.tts.normalise import speakable
from visavis.engines.tts.reading import STRESS, PhonemeReader, is_sound
from visavis.evaluate.cases import rows
from visavis.evaluate.cases.rows import CaseRow
from visavis.evaluate.scenario import Scenario
from visavis.settings import Settings

KIND = "spoken"
_BEFORE_AND = [
    "hundred",
    "thousand",
    "million",
    "dollar",
    "dollars",
    "euro",
    "euros",
    "pound",
    "pounds",
]
"""Behind these an "and" may be there or not."""
_AND = re.compile(rf"\b((?:{'|'.join(_BEFORE_AND)})s?) and\b")
_NOT_WORDS = re.compile(r"[^\w']+")


def fits(row: CaseRow) -> bool:
    """Whether a row is one of these."""
    return "written" in row and "spoken" in row


def scenarios(found: Sequence[CaseRow], path: Path) -> list[Scenario]:
    """None: nobody can be made to say a text from outside."""
    return []


async def run(
    found: Sequence[CaseRow], path: Path, settings: Settings
) -> AsyncGenerator[CaseRow, None]:
    """What the voice reads for each, compared with the variants as sounds."""
    ear = SoundOfText(PhonemeReader())
    for row in found:
        written = row["written"].replace("\\n", "\n")
        text = speakable(written)
        variants = [one.strip() for one in row["spoken"].split("|")]
        said = ear.sounds(written)
        right = any(said == ear.sounds(variant) for variant in variants) or (
            plain(text) in {plain(variant) for variant in variants}
        )
        wrong = [] if right else [f"it should be said: {row['spoken'] or '(nothing)'}"]
        yield rows.told(row, wrong, written=written, spoken=text, sounds=said)


class SoundOfText:
    """Tells what is heard of texts, the same for what may be said in either way: "a hundred and
    one", "a hundred one"; "zero", "oh"."""

    def __init__(self, reader: PhonemeReader) -> None:
        self._reader = reader
        before = "|".join(map(self._heard, _BEFORE_AND))
        self._and = re.compile(f"((?:{before})[sz]?)[æəᵊ]nd")
        self._zero, self._oh = self._heard("zero"), self._heard("oh")

    def sounds(self, text: str) -> str:
        """Its phonemes without stress and pauses."""
        return self._and.sub(r"\1", self._heard(text)).replace(self._zero, self._oh)

    def _heard(self, text: str) -> str:
        words = (word for one in self._reader.sentences(text) for word in one.phonemes)
        return "".join(p for word in words for p in word if is_sound(p) and p not in STRESS)


def plain(text: str) -> str:
    """Words without case, punctuation, and what may be left out."""
    return " ".join(_NOT_WORDS.sub(" ", _AND.sub(r"\1", text.lower())).split())
