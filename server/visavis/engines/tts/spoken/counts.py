"""Plain numbers, last: whatever no other rule has taken."""

import re

from visavis.engines.tts.spoken.numerals import cardinal, ordinal, scale
from visavis.engines.tts.spoken.rule import ALONE, NUMBER, SpokenForm, rule

_DASH = r"\s?[-–—]\s?"


def _versions(m: re.Match[str]) -> str:
    return " point ".join(cardinal(part) for part in m[0].split("."))


def _span(m: re.Match[str]) -> str:
    return f"{cardinal(m[1])} to {cardinal(m[2])}"


def _joined(m: re.Match[str]) -> str:
    """Thousands set apart by spaces, apostrophes or points."""
    return cardinal(re.sub(r"\D", "", m[0]))


COUNTS: tuple[SpokenForm, ...] = (
    rule("ordinals", r"(?<![\w.])(\d+(?:,\d{3})*)(?:st|nd|rd|th)\b", lambda m: ordinal(m[1])),
    rule(
        "grouped", rf"{ALONE}\d{{1,3}}(?:([ '’])\d{{3}})(?:\1\d{{3}})*(?![\w]|[ '’]\d|,\d)", _joined
    ),
    rule("grouped by points", rf"{ALONE}\d{{1,3}}(?:\.\d{{3}}){{2,}}(?![\w]|\.\d)", _joined),
    rule("versions by letter", r"\bv(?=\d+(?:\.\d+)*\b)", "version "),
    rule("versions", r"(?<![\w.])\d+(?:\.\d+){2,}(?!\w)", _versions),
    rule(
        "lists of numbers",
        r"(?<![\w.-])\d+(?:-\d+){2,}(?![\w-])",
        lambda m: " ".join(cardinal(n) for n in m[0].split("-")),
    ),
    rule("from one to another", rf"{ALONE}({NUMBER}){_DASH}({NUMBER})(?![\w]|[.,]\d)", _span),
    rule(
        "scores",
        rf"{ALONE}(\d{{1,3}}):(\d{{1,3}})(?![\w:])",
        lambda m: f"{cardinal(m[1])} to {cardinal(m[2])}",
    ),
    rule("below nought", rf"(?<![\w)])[-–−]({NUMBER})(?!\w)", lambda m: f"minus {cardinal(m[1])}"),
    rule("signed", rf"(?<![\w)])\+({NUMBER})(?!\w)", lambda m: f"plus {cardinal(m[1])}"),
    rule("or more", rf"{ALONE}({NUMBER})\+(?!\w)", lambda m: f"{cardinal(m[1])} plus"),
    rule(
        "words of size",
        rf"{ALONE}({NUMBER})-(million|billion|thousand|hundred)",
        lambda m: f"{cardinal(m[1])}-{scale(m[2])}",
    ),
    rule("numbers", rf"(?<![\w])(?:{NUMBER})(?![\w])", lambda m: cardinal(m[0])),
    rule("what is left", r"\d+", lambda m: f" {cardinal(m[0])} "),
)
