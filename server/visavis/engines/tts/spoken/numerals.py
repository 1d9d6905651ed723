"""Numbers as English says them: words for digits, so that no voice has to guess how they are read.

All functions take digits as text, with or without commas between thousands, and give lower-case
words joined by spaces and hyphens ("two thousand six", "twenty-one").
"""

import inflect

_words = inflect.engine()

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LONGEST = 15
"""Of more digits than these nobody hears the size; they are said one by one."""
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_SCALES = {
    "k": "thousand",
    "m": "million",
    "mn": "million",
    "mio": "million",
    "b": "billion",
    "bn": "billion",
    "tn": "trillion",
}


def cardinal(number: str) -> str:
    """A number, perhaps with a point: "1,204" -> "one thousand two hundred four", "3.14" ->
    "three point one four", "007" -> digit by digit."""
    whole, point, decimals = number.replace(",", "").partition(".")
    if point:
        return f"{cardinal(whole) if whole else ''} point {spelled(decimals)}".strip()
    if len(whole) > _LONGEST or (len(whole) > 1 and whole[0] == "0"):
        return spelled(whole)
    return str(_words.number_to_words(whole, andword="", comma="")).replace("  ", " ")


def ordinal(number: str) -> str:
    """ "21" -> "twenty-first"."""
    return str(_words.ordinal(cardinal(number.replace(",", "").lstrip("0") or "0")))


def spelled(digits: str) -> str:
    """Digit by digit; what isn't a digit is passed over."""
    return " ".join(DIGITS[int(d)] for d in digits if d.isdecimal())


def year(number: str) -> str:
    """Four digits as a year: "1905" -> "nineteen oh five", "2031" -> "twenty thirty-one"."""
    century, rest = number[:2], number[2:]
    if number[1:3] == "00" or len(number) != 4:
        return cardinal(number)
    if rest == "00":
        return f"{cardinal(century)} hundred"
    return (
        f"{cardinal(century)} {f'oh {DIGITS[int(rest[1])]}' if rest[0] == '0' else cardinal(rest)}"
    )


def decade(number: str) -> str:
    """ "1990" or "90" as the ten years that begin then: "nineteen nineties", "nineties"."""
    if number.endswith("00"):
        return f"{year(number)}s"
    head = f"{cardinal(number[:2])} " if len(number) == 4 else ""
    return head + cardinal(number[-2:])[:-1] + "ies" if number[-2] > "1" else f"{year(number)}s"


def fraction(numerator: str, denominator: str) -> str:
    """ "2", "3" -> "two thirds"."""
    one = int(numerator) == 1
    if int(denominator) == 2:
        return "half" if one else f"{cardinal(numerator)} halves"
    part = "quarter" if int(denominator) == 4 else ordinal(denominator)
    return f"{cardinal(numerator)} {part}{'' if one else 's'}"


def scale(mark: str) -> str:
    """ "m" -> "million"; a word stays one."""
    return _SCALES.get(mark.lower(), mark.lower())


def roman(numeral: str) -> int:
    """The value of a Roman numeral in capitals; 0 where it is written as nobody would."""
    total = 0
    values = [_ROMAN[letter] for letter in numeral]
    for value, after in zip(values, [*values[1:], 0], strict=True):
        total += -value if value < after else value
    return total if _as_roman(total) == numeral else 0


def _as_roman(number: int) -> str:
    marks = "M:1000 CM:900 D:500 CD:400 C:100 XC:90 L:50 XL:40 X:10 IX:9 V:5 IV:4 I:1"
    text = ""
    for mark, _, value in (pair.partition(":") for pair in marks.split()):
        count, number = divmod(number, int(value))
        text += mark * count
    return text
