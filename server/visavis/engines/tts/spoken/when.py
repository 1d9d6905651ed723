"""Times of day, dates, years."""

import re
from datetime import date

from visavis.engines.tts.spoken.numerals import DIGITS, cardinal, decade, ordinal, spelled, year
from visavis.engines.tts.spoken.rule import ALONE, SpokenForm, rule

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_SHORT = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTH = rf"(?:{'|'.join(MONTHS)})"
_DAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Tues": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Thur": "Thursday",
    "Thurs": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}
_DAY = rf"(?:{'|'.join(sorted(_DAYS, key=len, reverse=True))})"
_DASH = r"\s?[-–—]\s?"
_HALF = r"(?:\s?([AaPp])\.?\s?[Mm]\b\.?)"
_CLOCK = rf"(\d{{1,2}})[:.h](\d{{2}})(?::(\d{{2}}))?{_HALF}?"
_YEAR = r"(?:1[0-9]|20)\d{2}"
_IN = (
    r"(?:in|since|of|by|from|until|till|before|after|around|circa|about|year|during|to|and|"
    r"between|late|early|mid|summer|winter|spring|autumn|fall|back in|class of|than|season|"
    r"through|throughout|for|c\.|©)"
)
_COUNTED = (
    r"(?:people|men|women|children|meters?|metres?|feet|inches|miles?|degrees|percent|dollars?|"
    r"euros?|pounds?|cents|(?!(?:was|is|has|as|this|its|his|yes|us|plus|thus|perhaps|always)\b)"
    r"[a-z]{2,}s)\b"
)


def _half(letter: str | None) -> str:
    return f" {letter.upper()} M" if letter else ""


def _clock(hour: str, minute: str, half: str | None) -> str:
    """ "9", "05", "a" -> "nine oh five A M"."""
    at, of = int(hour), int(minute)
    if of:
        minutes = f"oh {DIGITS[of]}" if of < 10 else cardinal(str(of))
        return f"{cardinal(str(at))} {minutes}{_half(half)}" if at else f"twelve {minutes} A M"
    if half:
        return cardinal(str(at)) + _half(half)
    if at in (0, 24):
        return "midnight"
    return f"{cardinal(str(at))} o'clock" if at <= 12 else f"{cardinal(str(at - 12))} P M"


def _time(m: re.Match[str]) -> str:
    if int(m[1]) > 24 or int(m[2]) > 59:
        return m[0]
    said = _clock(m[1], m[2], m[4])
    if m[3]:
        said = (
            f"{cardinal(m[1])} {cardinal(str(int(m[2])))} {cardinal(str(int(m[3])))}{_half(m[4])}"
        )
    return said + _stop(m)


def _stop(m: re.Match[str]) -> str:
    """The full stop of "p.m." at the end of a sentence."""
    return "." if m[0].endswith(".") and re.match(r"\s*$|\s+[A-Z]", m.string[m.end() :]) else ""


def _span(m: re.Match[str]) -> str:
    """From one hour to another; what is said of the second holds for the first."""
    first = cardinal(m[1]) + _half(m[2])
    return f"{first} to {cardinal(m[3])}{_half(m[4])}{_stop(m)}"


def _day(month: int, day: str, of: str = "") -> str:
    return f"{MONTHS[month - 1]} {ordinal(day)}" + (f", {year(of)}" if of else "")


def _full(m: re.Match[str], y: str, month: str, day: str) -> str:
    """A date that exists; else what was written."""
    if len(y) == 2:
        y = ("19" if int(y) > 50 else "20") + y
    if int(month) > 12 >= int(day):
        month, day = day, month
    try:
        date(int(y), int(month), int(day))
    except ValueError:
        return m[0]
    return _day(int(month), day, y)


def _numbered(m: re.Match[str]) -> str:
    """ "12/03/2026": the day is the number over twelve; where both may be, the month is first."""
    return _full(m, m[4], m[1], m[3])


def _dotted(m: re.Match[str]) -> str:
    """ "29.11.2026" and "29-11-2026", whose day is first."""
    return _full(m, m[4], m[3], m[1])


def _short_date(m: re.Match[str]) -> str:
    first, second = int(m[2]), int(m[3])
    if 1 <= first <= 12 and 1 <= second <= 31:
        return f"{m[1]}{_day(first, m[3])}"
    if 1 <= second <= 12 and 1 <= first <= 31:
        return f"{m[1]}{_day(second, m[2])}"
    return m[0]


def _iso(m: re.Match[str]) -> str:
    day = _full(m, m[1], m[2], m[3])
    if not m[4] or day == m[0]:
        return day
    return f"{day}, {_clock(m[4], m[5], None)}"


def _in_month(m: re.Match[str]) -> str:
    """ "June 5-7, 2026"."""
    until = f" to {ordinal(m[3])}" if m[3] else ""
    return f"{m[1]} {ordinal(m[2])}{until}" + (f", {year(m[4])}" if m[4] else "")


def _of_month(m: re.Match[str]) -> str:
    """ "21 June 2026"."""
    the = "" if re.search(r"(?i)\bthe $", m.string[: m.start()]) else "the "
    until = f" to the {ordinal(m[2])}" if m[2] else ""
    return f"{the}{ordinal(m[1])}{until} of {m[3]}" + (f", {year(m[4])}" if m[4] else "")


def _years(m: re.Match[str]) -> str:
    until = cardinal(m[2]) if len(m[2]) == 2 and m[2][0] != "0" else year(m[2])
    return f"{year(m[1])} to {until}"


def _month_name(m: re.Match[str]) -> str:
    return MONTHS[_SHORT.index(m[1][:3])]


WHEN: tuple[SpokenForm, ...] = (
    rule(
        "month names",
        rf"\b({'|'.join(_SHORT)}|Sept)\b\.?(?=\s?\d|\s?[-–]\s?(?:{'|'.join(_SHORT)})\b)"
        rf"|(?<=[-–])({'|'.join(_SHORT)})\b\.?",
        lambda m: MONTHS[_SHORT.index((m[1] or m[2])[:3])],
    ),
    rule("months after days", rf"(?<=\d )({'|'.join(_SHORT)}|Sept)\b\.?(?=\s|,|$|\.)", _month_name),
    rule("months", rf"\b({_MONTH}){_DASH}({_MONTH})\b", r"\1 to \2"),
    rule(
        "days",
        rf"\b({_DAY})\.?{_DASH}({_DAY})\b\.?",
        lambda m: f"{_DAYS[m[1]]} to {_DAYS[m[2]]}{_stop(m)}",
    ),
    rule("whole days", r"\b(\w+day)[-–](\w+day)\b", r"\1 to \2"),
    rule(
        "day names",
        r"\b(Mon|Tues?|Wed|Thu(?:rs?)?|Fri)\b\.?(?!\w)",
        lambda m: _DAYS[m[1]] + _stop(m),
    ),
    rule(
        "weekend",
        r"\b(Sat|Sun)\b(?:\.|(?=,? (?:and )?(?:\d|Sat|Sun|Mon|[A-Z][a-z]+day)))",
        lambda m: _DAYS[m[1]] + _stop(m),
    ),
    rule(
        "iso", rf"{ALONE}(\d{{4}})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::\d\d)?Z?)?(?![\w-])", _iso
    ),
    rule("slashes", rf"{ALONE}(\d{{1,2}})(/)(\d{{1,2}})/(\d{{4}}|\d\d)(?![\w/])", _numbered),
    rule("dots", rf"{ALONE}(\d{{1,2}})([.-])(\d{{1,2}})\2(\d{{4}})(?![\w-])", _dotted),
    rule(
        "day and month",
        r"\b((?:on|by|until|from|since|before|after|dated|of|till) (?:the )?)"
        r"(\d{1,2})/(\d{1,2})(?![\w/]|[.,]\d)(?! (?:of|cup|inch|mile|hour|way))",
        _short_date,
        re.I,
    ),
    rule(
        "nought dates",
        rf"{ALONE}()(\d\d)/(0\d|\d\d)(?![\w/=]|[.,]\d)",
        lambda m: _short_date(m) if "0" in (m[2][0], m[3][0]) else m[0],
    ),
    rule(
        "in a month",
        rf"\b({_MONTH})\s(\d{{1,2}})(?:st|nd|rd|th)?(?:{_DASH}(\d{{1,2}})(?:st|nd|rd|th)?)?"
        rf"(?:,? ({_YEAR}))?(?![\w:%°/]|[.,]\d)",
        _in_month,
    ),
    rule(
        "of a month",
        rf"{ALONE}(\d{{1,2}})(?:st|nd|rd|th)?(?:{_DASH}(\d{{1,2}})(?:st|nd|rd|th)?)?"
        rf" (?:of )?({_MONTH})(?:,? ({_YEAR}))?(?!\w)",
        _of_month,
    ),
    rule("month of a year", rf"\b({_MONTH},?) ({_YEAR})(?!\w)", lambda m: f"{m[1]} {year(m[2])}"),
    rule(
        "clock spans",
        rf"{ALONE}{_CLOCK}{_DASH}{_CLOCK}(?!\w)",
        lambda m: (
            f"{_clock(m[1], m[2], m[4])} to {_clock(m[5], m[6], m[8])}{_stop(m)}"
            if max(int(m[1]), int(m[5])) < 25 and ":" in m[0]
            else m[0]
        ),
    ),
    rule("clock", rf"{ALONE}(\d{{1,2}}):(\d{{2}})(?::(\d{{2}}))?{_HALF}?(?![\w:])", _time),
    rule("clock by h", rf"{ALONE}(\d{{1,2}})h([0-5]\d)()()(?!\w)", _time),
    rule("clock with a dot", rf"{ALONE}(\d{{1,2}})\.([0-5]\d)(){_HALF}(?!\w)", _time),
    rule("spans", rf"{ALONE}(\d{{1,2}}){_HALF}?{_DASH}(\d{{1,2}}){_HALF}(?!\w)", _span),
    rule(
        "half days",
        rf"{ALONE}(\d{{1,2}})()(){_HALF}(?!\w)",
        lambda m: cardinal(m[1]) + _half(m[4]) + _stop(m),
    ),
    rule("o'clock", rf"{ALONE}(\d{{1,2}}) o'clock", lambda m: f"{cardinal(m[1])} o'clock"),
    rule("decades", rf"{ALONE}((?:1[0-9]|20)\d0)'?s\b", lambda m: decade(m[1])),
    rule("short decades", r"(?<![\w.])['\u2018\u2019]?([2-9]0)'?s\b", lambda m: decade(m[1])),
    rule("short years", r"(?<![\w.])['\u2018\u2019](\d\d)\b(?! ?[\"'])", lambda m: _two(m[1])),
    rule(
        "from year to year",
        rf"{ALONE}({_YEAR}){_DASH}({_YEAR}|\d\d)(?![\w-]|[.,]\d)(?! {_COUNTED})",
        _years,
    ),
    rule("of our era", r"\b(AD|CE) (\d{1,4})(?!\w)", lambda m: f"{' '.join(m[1])} {_era(m[2])}"),
    rule(
        "before our era",
        r"\b(\d{1,2},\d{3}|\d{1,4}),? ?(BCE|BC|AD|CE|B\.C\.|A\.D\.)(?!\w)",
        lambda m: f"{_era(m[1], m[2])} {' '.join(m[2].replace('.', ''))}",
    ),
    rule("copyright", rf"©\s?({_YEAR})", lambda m: year(m[1])),
    rule(
        "in a year",
        rf"\b({_IN}(?: the year)? )({_YEAR})(?![\w%°/-]|[.,:]\d)(?! {_COUNTED})",
        lambda m: f"{m[1]}{year(m[2])}",
        re.I,
    ),
    rule(
        "years",
        rf"{ALONE}({_YEAR})(?=[.,;:!?)]?\s*$|[.,;!?)] |'s\b| (?:was|is|and|or|when|he|she|"
        r"they|we|it|the|a|after|with|by|to)\b)(?<!00(?=\.))",
        lambda m: _lone(m),
    ),
)


def _two(digits: str) -> str:
    return spelled(digits) if digits[0] == "0" else cardinal(digits)


def _era(number: str, era: str = "AD") -> str:
    return year(number) if len(number) == 4 else cardinal(number)


def _lone(m: re.Match[str]) -> str:
    """A year by itself, unless a word before it counts or calculates."""
    before = m.string[: m.start()].rstrip()
    counts = re.search(
        r"(?i)(?:\b(?:is|are|was|were|equals|makes|has|have|about|over|costs?|only|than|"
        r"number|total|times|plus|minus)|[=+*×/^-])$",
        before,
    )
    return m[0] if counts else year(m[1])
