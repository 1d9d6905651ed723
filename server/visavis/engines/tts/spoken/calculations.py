"""Formulas and fractions."""

import re

from visavis.engines.tts.spoken.numerals import cardinal, fraction
from visavis.engines.tts.spoken.rule import ALONE, NUMBER, SpokenForm, rule

_VULGAR = {
    "½": ("1", "2"),
    "⅓": ("1", "3"),
    "⅔": ("2", "3"),
    "¼": ("1", "4"),
    "¾": ("3", "4"),
    "⅕": ("1", "5"),
    "⅖": ("2", "5"),
    "⅗": ("3", "5"),
    "⅘": ("4", "5"),
    "⅙": ("1", "6"),
    "⅚": ("5", "6"),
    "⅛": ("1", "8"),
    "⅜": ("3", "8"),
    "⅝": ("5", "8"),
    "⅞": ("7", "8"),
    "⅒": ("1", "10"),
}
_POWERS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ", "0123456789-n", strict=True))
_SIGNS = {
    "+": "plus",
    "-": "minus",
    "–": "minus",
    "−": "minus",
    "×": "times",
    "*": "times",
    "·": "times",
    "⋅": "times",
    "x": "times",
    "÷": "divided by",
    "/": "divided by",
    ":": "divided by",
    "=": "equals",
    "≈": "is about",
    "<": "is less than",
    ">": "is greater than",
    "≤": "is at most",
    "≥": "is at least",
    "≠": "is not",
}
_TERM = rf"(?:[-−]?\(?(?:{NUMBER}|[a-zA-Zπ])(?:[²³⁴-⁹]|\^\d+)?\)?|√{NUMBER})"
_OPERATOR = r"[+\-–−×*·⋅x÷/:]"
_RELATION = r"[=≈<>≤≥≠]"
_SUM = rf"{_TERM}(?:\s?{_OPERATOR}\s?{_TERM})*"
_EDGE = r"(?<![\w.,/:$£€#&;<-])"
_SPLIT = re.compile(rf"√?(?:{NUMBER}|[a-zA-Zπ])(?:[²³⁴-⁹]+|\^\d+)?|[^\s()]")


def _formula(m: re.Match[str]) -> str:
    """A formula, sign by sign; a minus before anything is the number's own."""
    words: list[str] = []
    for part in _SPLIT.findall(m[0]):
        if part in _SIGNS and not (part == "x" and (not words or words[-1] in _SIGNS.values())):
            words.append(_SIGNS[part])
        else:
            words.append(_term(part))
    return " ".join(words)


def _term(part: str) -> str:
    if part.startswith("√"):
        return f"the square root of {_term(part[1:])}"
    base, power = re.fullmatch(r"(.+?)((?:[²³⁴-⁹]+|\^\d+)?)", part).groups()  # type: ignore[union-attr]
    said = cardinal(base) if base[0].isdecimal() else {"π": "pi"}.get(base, base)
    return f"{said}{_power(power)}" if power else said


def _power(mark: str) -> str:
    power = "".join(_POWERS.get(c, c) for c in mark.lstrip("^"))
    if power == "2":
        return " squared"
    if power == "3":
        return " cubed"
    minus = "minus " if power.startswith("-") else ""
    power = power.lstrip("-")
    return f" to the power of {minus}{cardinal(power) if power.isdecimal() else power}"


def _mixed(whole: str, numerator: str, denominator: str) -> str:
    part = "a half" if denominator == "2" and numerator == "1" else fraction(numerator, denominator)
    if part == "one quarter":
        part = "a quarter"
    return f"{cardinal(whole)} and {part}"


def _part_of(m: re.Match[str], numerator: str, denominator: str) -> str:
    """A fraction by itself; of a thing that follows "half a cup", "half an hour"."""
    if (numerator, denominator) == ("1", "2"):
        after = m.string[m.end() :]
        if re.match(
            r" (?!of\b|the\b|a\b|an\b|my\b|your\b|is\b|was\b|and\b|or\b|past\b)[a-z]", after
        ):
            return "half an" if re.match(r" (?:[aeio]|hour)", after) else "half a"
    return fraction(numerator, denominator)


def _slashed(m: re.Match[str]) -> str:
    """ "2/3" is a fraction, "8/10" a mark, "10/2" a division."""
    top, bottom = m[1], m[2]
    if int(bottom) in (10, 100) and not re.match(r" of\b", m.string[m.end() :]):
        return f"{cardinal(top)} out of {cardinal(bottom)}"
    if 0 < int(top) < int(bottom) <= 100:
        return _part_of(m, str(int(top)), str(int(bottom)))
    return f"{cardinal(top)} divided by {cardinal(bottom)}"


_MARKS = "".join(_VULGAR)
CALCULATIONS: tuple[SpokenForm, ...] = (
    rule(
        "mixed vulgar", rf"(?<![\w.])(\d+)\s?([{_MARKS}])", lambda m: _mixed(m[1], *_VULGAR[m[2]])
    ),
    rule("vulgar", rf"[{_MARKS}]", lambda m: _part_of(m, *_VULGAR[m[0]])),
    rule(
        "mixed",
        rf"{ALONE}(\d+) ([1-9])/([2-9]|1[0-9])(?![\w/]|[.,]\d)",
        lambda m: _mixed(m[1], m[2], m[3]),
    ),
    rule(
        "equations",
        rf"{_EDGE}{_SUM}(?:\s?{_RELATION}\s?{_SUM})+(?![\w(])",
        lambda m: _formula(m) if re.search(r"\d|[²³^=]", m[0]) else m[0],
    ),
    rule(
        "sums",
        rf"{_EDGE}(?:{NUMBER}|\([^()]*\d\))(?:\s?[+×*·⋅÷]\s?[-−]?\(?(?:{NUMBER})\)?)+(?![\w(])",
        _formula,
    ),
    rule("products", rf"{_EDGE}{NUMBER} x {NUMBER}(?!\w)", _formula),
    rule("differences", rf"{_EDGE}{NUMBER}(?: [-−] {NUMBER})+(?!\w)", _formula),
    rule("how much", rf"(?<=[Ww]hat is )({NUMBER})([-−/])({NUMBER})(?=\?|$)", _formula),
    rule(
        "powers",
        r"(?<=[\w)])(?:\^(?:-?\d+|n)|[²³⁴-⁹⁰¹⁻ⁿ]+)",
        lambda m: (
            _power(m[0])
            if m.string[m.start() - 1].isalpha() or m.string[m.start() - 1] == ")"
            else m[0]
        ),
    ),
    rule(
        "powers of numbers",
        rf"{ALONE}({NUMBER})((?:\^(?:-?\d+|n)|[²³⁴-⁹⁰¹⁻ⁿ]+))",
        lambda m: cardinal(m[1]) + _power(m[2]),
    ),
    rule(
        "fractions",
        rf"{ALONE}(\d{{1,4}})\s?[/⁄]\s?([1-9]\d{{0,3}})(?:ths?|rds?)?(?![\w/]|[.,]\d)",
        _slashed,
    ),
    rule("roots", rf"√\s?({NUMBER})", lambda m: f"the square root of {cardinal(m[1])}"),
    rule("than", r"(?<=\w) ?([<>]) ?(?=\d)", lambda m: f" {_SIGNS[m[1]].removeprefix('is ')} "),
)
