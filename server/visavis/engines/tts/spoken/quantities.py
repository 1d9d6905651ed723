"""Money and measures."""

import re

from visavis.engines.tts.spoken.numerals import cardinal, scale
from visavis.engines.tts.spoken.rule import ALONE, NUMBER, SpokenForm, rule
from visavis.engines.tts.spoken.units import PER, POWERS, UNITS

_MONEY = {
    "$": ("dollar", "cent"),
    "US$": ("U S dollar", "cent"),
    "A$": ("Australian dollar", "cent"),
    "C$": ("Canadian dollar", "cent"),
    "€": ("euro", "cent"),
    "£": ("pound", "penny"),
    "¥": ("yen", ""),
    "₹": ("rupee", "paisa"),
    "₽": ("rouble", "kopek"),
    "₩": ("won", ""),
    "₺": ("lira", "kurush"),
    "USD": ("dollar", "cent"),
    "EUR": ("euro", "cent"),
    "GBP": ("pound", "penny"),
    "CHF": ("franc", "centime"),
    "JPY": ("yen", ""),
    "SEK": ("krona", "öre"),
    "NOK": ("krone", "öre"),
    "DKK": ("krone", "öre"),
    "PLN": ("zloty", "grosz"),
}
_PLURALS = {"penny": "pence", "yen": "yen", "won": "won", "krona": "kronor", "krone": "kroner"}
_LINKED = ("dollar", "U S dollar", "Australian dollar", "Canadian dollar")
"""Of these "and … cents" is said; of others the second number alone: "twelve euros fifty"."""
_SIGN = r"(?:US\$|A\$|C\$|[$€£¥₹₽₩₺])"
_CODE = r"(?:USD|EUR|GBP|CHF|JPY|SEK|NOK|DKK|PLN)"
_SCALE = r"(?:\s?(k|K|m|M|mn|bn|B|b|tn|T|thousand|million|billion|trillion)\b)?"
_DASH = r"\s?[-–—]\s?"

_NO_PLURAL = ("hertz", "percent", "per mille", "P S I", "lux", "kelvin", "bar")
_IRREGULAR = {"foot": "feet"}
_UNIT = "|".join(map(re.escape, sorted(UNITS, key=len, reverse=True)))
_PER_UNIT = "|".join(map(re.escape, sorted(PER, key=len, reverse=True)))


def plural(unit: str) -> str:
    """ "mile per hour" -> "miles per hour"; "degree Celsius" -> "degrees Celsius"."""
    head, gap, tail = unit.partition(" ")
    if unit in _NO_PLURAL or head in _NO_PLURAL:
        return unit
    if unit.startswith(
        (
            "square ",
            "cubic ",
            "watt h",
            "kilowatt h",
            "megawatt h",
            "milliampere h",
            "U S",
            "Australian",
            "Canadian",
        )
    ):
        return unit + "s"
    return _IRREGULAR.get(head, _PLURALS.get(head, head + "s")) + gap + tail


def _minor(name: str, cents: int) -> str:
    if name == "penny":
        return "penny" if cents == 1 else "pence"
    return name if cents == 1 or name in ("öre", "grosz") else name + "s"


def _sum(sign: str, amount: str, times: str | None) -> str:
    """An amount of money in words."""
    major, minor = _MONEY[sign]
    if times:
        return f"{cardinal(amount)} {scale(times)} {plural(major)}"
    whole, _, part = amount.replace(",", "").partition(".")
    if not part or not minor or len(part) > 2:
        return f"{cardinal(amount)} {major if amount == '1' else plural(major)}"
    cents = int(part.ljust(2, "0"))
    units = f"{cardinal(whole)} {major if whole == '1' else plural(major)}"
    if not cents:
        return units
    said = f"{cardinal(str(cents))} {_minor(minor, cents)}"
    if whole == "0":
        return said
    return f"{units} and {said}" if major in _LINKED else f"{units} {cardinal(str(cents))}"


def _comma(amount: str) -> str:
    """ "12,50" as it is written elsewhere."""
    return re.sub(r",(\d{2})$", r".\1", amount)


def _minus(sign: str | None) -> str:
    return {"-": "minus ", "–": "minus ", "−": "minus ", "+": "plus ", "±": "plus or minus "}.get(
        sign or "", ""
    )


def _attributive(m: re.Match[str]) -> str:
    """ "a $20 ticket": one thing, so the unit is one too."""
    unit = _MONEY[m[2]][0]
    return f"{m[1]}{cardinal(m[3])}{' ' + scale(m[4]) if m[4] else ''} {unit}"


def _sums(m: re.Match[str]) -> str:
    """ "$5-10" and "$5-$10"."""
    first = cardinal(m[2]) + (f" {scale(m[3])}" if m[3] and not m[5] else "")
    return f"{first} to {_sum(m[1], m[4], m[5])}"


def _unit(mark: str, power: str | None, per: str | None, one: bool) -> str:
    name = UNITS[mark]
    if power:
        name = POWERS[power] + name
    name = name if one else plural(name)
    return f"{name} per {PER[per]}" if per else name


def _measure(m: re.Match[str]) -> str:
    sign, number, mark, power, per, squared = m[1], m[2], m[3], m[4], m[5], m[6]
    one = number == "1"
    said = f"{_minus(sign)}{cardinal(number)} {_unit(mark, power, per, one)}"
    return said + (" squared" if squared else "")


def _measures(m: re.Match[str]) -> str:
    """ "10-20 km", "-5 to 5 °C"."""
    low, high = _minus(m[1]) + cardinal(m[2]), _minus(m[3]) + cardinal(m[4])
    return f"{low} to {high} {_unit(m[5], m[6], m[7], False)}"


def _by(m: re.Match[str]) -> str:
    return " by ".join(cardinal(n) for n in re.split(r"\s?[x×]\s?", m[0]))


_AFTER = r"(?![\w²³^]|['’]\w)"
QUANTITIES: tuple[SpokenForm, ...] = (
    rule(
        "notes and coins",
        rf"\b((?:a|the|one|this|that|my|your) )({_SIGN})({NUMBER}){_SCALE}"
        r"(?= (?!and\b|or\b|for\b|per\b|in\b|to\b|a\b|an\b|is\b|of\b|each\b|off\b|on\b|more\b|if\b|"
        r"less\b|at\b|with\b|from\b|was\b|by\b|you\b)[a-z]{3,})",
        _attributive,
        re.I,
    ),
    rule(
        "sums",
        rf"({_SIGN})\s?({NUMBER}){_SCALE}{_DASH}(?:{_SIGN}\s?)?({NUMBER}){_SCALE}(?!\w)",
        _sums,
    ),
    rule(
        "money",
        rf"(?<![\w)])([-–−+]?)({_SIGN})\s?(\d+(?:,\d{{3}})*(?:[.]\d+)?|\d+,\d\d){_SCALE}(?!\d)",
        lambda m: _minus(m[1]) + _sum(m[2], _comma(m[3]), m[4]),
    ),
    rule(
        "money behind",
        rf"{ALONE}(\d+,\d\d|{NUMBER}){_SCALE}\s?({_SIGN}|{_CODE})(?!\w)",
        lambda m: _sum(m[3], _comma(m[1]), m[2]),
    ),
    rule(
        "money by code",
        rf"\b({_CODE})\s?({NUMBER}){_SCALE}(?!\w)",
        lambda m: _sum(m[1], m[2], m[3]),
    ),
    rule(
        "cents", rf"{ALONE}({NUMBER})\s?¢", lambda m: f"{cardinal(m[1])} cent{'s' * (m[1] != '1')}"
    ),
    rule(
        "pence",
        rf"{ALONE}(\d{{1,2}})p{_AFTER}",
        lambda m: f"{cardinal(m[1])} {_minor('penny', int(m[1]))}",
    ),
    rule(
        "per",
        r"(?<=[a-z])/(day|week|month|year|night|person|hour|head|piece|km|kg|h|min)\b",
        lambda m: f" per {PER[m[1]]}",
    ),
    rule(
        "feet and inches",
        r"(?<![\w.])(\d{1,2})(?:'|\s?ft\.?)\s?(\d{1,2})(?:\"|''|\s?in\b\.?)?(?!\w)",
        lambda m: f"{cardinal(m[1])} foot {cardinal(m[2])}",
    ),
    rule("feet", r"(?<![\w.'\"])(\d{1,5})'(?![\w'])", lambda m: f"{cardinal(m[1])} feet"),
    rule(
        "inches",
        rf"{ALONE}({NUMBER})(?:\"(?=[ .,;:!?)]|$)|"
        r"\s?in\b\.?(?=[.,;:]|\s*$| (?:long|wide|tall|high|deep|thick)))",
        lambda m: (
            f"{cardinal(m[1])} inch{'es' * (m[1] != '1')}"
            if m.string.count('"') % 2 or '"' not in m[0]
            else m[0]
        ),
    ),
    rule(
        "square feet",
        r"(?<=\d)\s?(sq|cu)\.?\s?(ft|in|m|km|yd|mi)\b\.?",
        lambda m: (
            " square " * (m[1] == "sq")
            + " cubic " * (m[1] == "cu")
            + {
                "ft": "feet",
                "in": "inches",
                "m": "meters",
                "km": "kilometers",
                "yd": "yards",
                "mi": "miles",
            }[m[2]]
        ),
    ),
    rule(
        "degrees and minutes",
        r"(?<!\w)(\d{1,3})°\s?(\d{1,2})[′'](?:\s?(\d{1,2})[″\"])?",
        lambda m: (
            f"{cardinal(m[1])} degrees {cardinal(m[2])} minutes"
            + (f" {cardinal(m[3])} seconds" if m[3] else "")
        ),
    ),
    rule(
        "areas",
        rf"{ALONE}{NUMBER}(?:\s?[x×]\s?{NUMBER})+(?=\s?(?:{_UNIT})(?!\w))",
        lambda m: _by(m) + " ",
    ),
    rule("pictures", rf"{ALONE}\d+[x×]\d+(?:[x×]\d+)?(?![\w=]| ?=)", _by),
    rule(
        "so many people",
        rf"{ALONE}({NUMBER})\s?m(?= (?:people|users|visitors|residents|inhabitants|copies|dollars|"
        r"euros|pounds|viewers|followers|customers|downloads|years)\b)",
        lambda m: f"{cardinal(m[1])} million",
    ),
    rule(
        "from measure to measure",
        rf"(?<![\w)])([-−]?)({NUMBER})\s?(?:{_UNIT})?(?:{_DASH}| to )([-−]?)({NUMBER})\s?({_UNIT})"
        rf"(²|³|\^?[23])?(?:/({_PER_UNIT}))?{_AFTER}",
        _measures,
    ),
    rule(
        "measures attached",
        rf"{ALONE}({NUMBER})-({_UNIT})(?= [a-z])",
        lambda m: f"{cardinal(m[1])}-{UNITS[m[2]]}",
    ),
    rule(
        "measures",
        rf"(?<![\w.,/:$£€¥)])([-–−+±]?)({NUMBER})\s?({_UNIT})(²|³|\^?[23])?(?:/({_PER_UNIT})(²|\^2)?)?{_AFTER}",
        _measure,
    ),
    rule(
        "thousands", rf"{ALONE}({NUMBER})\s?[kK](?![\w/])", lambda m: f"{cardinal(m[1])} thousand"
    ),
    rule(
        "millions",
        rf"{ALONE}({NUMBER})\s?(M|bn|mn|tn|Mio)(?![\w/])",
        lambda m: f"{cardinal(m[1])} {scale(m[2])}",
    ),
    rule("times", rf"{ALONE}({NUMBER})x(?!\w)", lambda m: f"{cardinal(m[1])} times"),
    rule(
        "bare squares",
        r"\b(km|m|cm|mm)(²|³)",
        lambda m: plural(POWERS[m[2]] + UNITS[m[1]]),
    ),
)
BARE_UNITS: tuple[SpokenForm, ...] = (
    rule(
        "units of parts",
        r"(half an?|quarters?|thirds?|eighths?|fifths?) (tsp|tbsp|oz|lb|km|cm|mm|ml|kg|g|m|l)\b",
        lambda m: f"{m[1]} {UNITS[m[2]]}",
    ),
)
"""What follows a fraction, once that is in words."""
