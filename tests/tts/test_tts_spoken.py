"""What the voice says of what is written: every row of the cases, compared as sounds."""

import csv
import re
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from visavis.engines.tts.reading import STRESS, PhonemeReader, is_sound

AND = re.compile(r"(?<=hundred) and |(?<=thousand) and |(?<=llars) and |(?<=uros) and ")
CASES = Path(__file__).parents[1] / "data" / "cases" / "spoken_text.tsv"


def rows() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def reader() -> PhonemeReader:
    return PhonemeReader()


def sounds(text: str) -> str:
    """All that is heard of a text, without stress; the article "a" is the letter A."""
    heard = (
        "".join(p for p in word if is_sound(p) and p not in STRESS)
        for reading in reader().sentences(text)
        for word in reading.phonemes
    )
    return "".join("A" if word == "ɐ" else word for word in heard)


def variants(spoken: str) -> list[str]:
    """The accepted readings, with "and" behind a hundred or thousand or without, nought as "oh"."""
    found: list[str] = []
    for variant in spoken.split(" | "):
        parts = AND.split(variant)
        for ands in product((" and ", " "), repeat=len(parts) - 1):
            found.append("".join(map("".join, zip(parts, (*ands, ""), strict=True))))
    return found + [re.sub(r"\bzero\b", "oh", each) for each in found]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_it_is_said_as_people_say_it(row: dict[str, str]) -> None:
    written = row["written"].replace("\\n", "\n")
    if not row["spoken"]:
        assert sounds(written) == ""
        return
    assert sounds(written) in {sounds(variant) for variant in variants(row["spoken"])}
