"""Abbreviations, and Roman numerals, which are one."""

import re

from visavis.engines.tts.spoken.numerals import cardinal, ordinal, roman
from visavis.engines.tts.spoken.rule import SpokenForm, rule

_BEFORE_NAMES = {
    "Dr": "Doctor",
    "Mr": "Mister",
    "Mrs": "Missus",
    "Ms": "Miz",
    "Prof": "Professor",
    "Rev": "Reverend",
    "Gen": "General",
    "Col": "Colonel",
    "Capt": "Captain",
    "Sgt": "Sergeant",
    "Lt": "Lieutenant",
    "Gov": "Governor",
    "Sen": "Senator",
    "Rep": "Representative",
    "Hon": "Honourable",
    "St": "Saint",
    "Mt": "Mount",
    "Ft": "Fort",
}
_AFTER_NAMES = {
    "St": "Street",
    "Ave": "Avenue",
    "Rd": "Road",
    "Blvd": "Boulevard",
    "Dr": "Drive",
    "Ln": "Lane",
    "Sq": "Square",
    "Pl": "Place",
    "Ct": "Court",
    "Hwy": "Highway",
    "Pkwy": "Parkway",
    "Jr": "Junior",
    "Sr": "Senior",
    "Inc": "Incorporated",
    "Ltd": "Limited",
    "Corp": "Corporation",
    "Co": "Company",
    "Bros": "Brothers",
}
_BEFORE_NUMBERS = {
    "No": "number",
    "Nos": "numbers",
    "Nr": "number",
    "p": "page",
    "pp": "pages",
    "pg": "page",
    "fig": "figure",
    "figs": "figures",
    "ch": "chapter",
    "chap": "chapter",
    "vol": "volume",
    "sec": "section",
    "art": "article",
    "para": "paragraph",
    "ed": "edition",
    "ver": "version",
    "v": "version",
    "apt": "apartment",
    "rm": "room",
    "ext": "extension",
    "tel": "telephone",
    "eq": "equation",
    "tab": "table",
    "l": "line",
}
_ANYWHERE = {
    "e.g": "for example",
    "eg": "for example",
    "i.e": "that is",
    "etc": "etcetera",
    "vs": "versus",
    "approx": "approximately",
    "ca": "about",
    "cf": "compare",
    "est": "established",
    "dept": "department",
    "govt": "government",
    "incl": "including",
    "excl": "excluding",
    "max": "maximum",
    "min": "minimum",
    "misc": "miscellaneous",
    "tel": "telephone",
    "ext": "extension",
    "apt": "apartment",
    "assoc": "association",
    "temp": "temperature",
    "fig": "figure",
}
_BARE = {"vs", "etc", "eg"}
"""Those that nobody takes for a word without their full stop."""
_NUMBERED = (
    "chapter|part|war|act|scene|volume|book|section|phase|stage|type|level|class|appendix|article|"
    "title|round|unit|figure|table|bowl|apollo|division|grade|lesson|version|episode|season|day|"
    "step|verse|mark|room|gate|hall|area|zone|category|group|vatican|gemini|saturn|windows"
)
_NOT_NUMERALS = {"MIX", "DIV", "CIV", "CD", "DC", "MC", "MD", "LI", "DI", "MI", "MM", "CC", "CV"}
_PLACES = "Street|Avenue|Road|Lane|Drive|Square|Boulevard|Court|Place|St|Ave|Rd|Blvd"


def _closed(m: re.Match[str], words: str) -> str:
    """The words, and the full stop if it also ended the sentence."""
    ends = m[0].endswith(".") and re.match(r"\s*$|\s+[A-Z]", m.string[m.end() :])
    return f"{words}." if ends else words


def _shapes(table: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(table, key=len, reverse=True))


def _capital(text: str, like: str) -> str:
    return text[0].upper() + text[1:] if like[0].isupper() else text


def _numeral(m: re.Match[str]) -> str:
    value = roman(m[2])
    return m[0] if not value else f"{m[1]} {cardinal(str(value))}"


def _reigning(m: re.Match[str]) -> str:
    value = roman(m[2])
    if not value or m[2] in _NOT_NUMERALS or (len(m[2]) == 1 and m[2] not in "VX"):
        return m[0]
    return f"{m[1]} the {ordinal(str(value))}"


def _before_number(m: re.Match[str]) -> str:
    return f"{_capital(_BEFORE_NUMBERS[_key(m[1], _BEFORE_NUMBERS)], m[1])} "


def _key(word: str, table: dict[str, str]) -> str:
    return word if word in table else word.lower()


ABBREVIATIONS: tuple[SpokenForm, ...] = (
    rule(
        "centuries",
        r"\b([IVXL]{1,6})(?=(?:st|nd|rd|th)? (?:century|centuries|dynasty))",
        lambda m: ordinal(str(roman(m[1]))) if roman(m[1]) else m[0],
    ),
    rule("parts", rf"\b((?i:{_NUMBERED})) ([IVXLCDM]+)\b(?!'[^s])", _numeral),
    rule(
        "rulers",
        r"\b([A-Z][a-zà-ÿ]+(?<!The)(?<!And)(?<!But)(?<!Am)) ([IVX]{2,6})\b(?!'[^s])",
        _reigning,
    ),
    rule(
        "one who reigns",
        r"\b((?:Louis|Henry|Charles|George|Edward|Philip|Pius|Pope [A-Z]\w+|King [A-Z]\w+|"
        r"Queen [A-Z]\w+)) ([VX])\b",
        _reigning,
    ),
    rule(
        "number",
        rf"\b((?i:{_shapes(_BEFORE_NUMBERS)}))\.\s?(?=\d)",
        _before_number,
    ),
    rule("number marks", r"№\s?(?=\d)|(?<!\w)#(?=\d)", "number "),
    rule("sections", r"§\s?(?=\d)", "section "),
    rule("pages", r"\b(pp?) (?=\d)", _before_number),
    rule(
        "after a name",
        rf"(?<=[a-zà-ÿ,] )({_shapes(_AFTER_NAMES)})(?:\.|(?=\s*$|,))"
        rf"(?! [A-Z][a-z]+ (?:{_PLACES})\b)"
        r"(?!\s+[A-Z][a-z]+(?!\w)(?<!The)(?<!It)(?<!He)(?<!She)(?<!We)(?<!They)(?<!I)(?<!You))",
        lambda m: (
            _closed(m, _AFTER_NAMES[m[1]])
            if m.string[m.start() - 2] != "," or m[1] in ("Jr", "Sr", "Inc", "Ltd", "Corp")
            else m[0]
        ),
    ),
    rule(
        "before a name",
        rf"\b({_shapes(_BEFORE_NAMES)})\.?(?= [A-Z])",
        lambda m: _BEFORE_NAMES[m[1]],
    ),
    rule("titles", r"\b(Mr|Mrs|Ms)\b\.?", lambda m: _BEFORE_NAMES[m[1]]),
    rule(
        "before noon", r"\b([ap])\.\s?m\.?(?!\w)", lambda m: _closed(m, f"{m[1].upper()} M"), re.I
    ),
    rule("that is", r"\b[iI]\.\s?e\.,?", "that is"),
    rule("for example", r"\b[eE]\.\s?g\.,?", "for example"),
    rule("against", r"\bvs\.", "versus"),
    rule(
        "words",
        rf"\b({_shapes(_ANYWHERE)})\.(?!\w)",
        lambda m: _closed(m, _capital(_ANYWHERE[m[1].lower()], m[1])),
        re.IGNORECASE,
    ),
    rule("bare words", rf"\b({'|'.join(_BARE)})\b", lambda m: _ANYWHERE[m[1]]),
)
