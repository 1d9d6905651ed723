"""What is said digit by digit or letter by letter: telephone numbers, codes, addresses."""

import re

from visavis.engines.tts.spoken.numerals import DIGITS, cardinal, spelled, year
from visavis.engines.tts.spoken.rule import ALONE, SpokenForm, rule

_NAMED = (
    r"(?:pass ?codes?|codes?|pins?|passwords?|references?|ref|ids?|serials?|extensions?|accounts?|"
    r"zips?|post ?codes?|flights?|bookings?|tickets?|confirmations?|reservations?|invoices?|"
    r"tracking|order numbers?|customer numbers?|numbers?|licen[cs]e|combination|phone|telephone|"
    r"mobile|cell|fax|hotline|helpline)"
)
_IS = r"(?:\.|:)?(?: (?:number|no\.?|code))?(?: (?:is|was|are|reads|says))?:?\s+#?"
_CALL = r"(?:call|dial|ring|phone|text|telephone|calling|dialling|dialing)"
_CALLED = r"(?: (?:us|me|them|him|her))?(?: (?:on|at))?"
_DOMAINS = (
    "com|org|net|edu|gov|io|dev|app|info|biz|co|uk|de|fr|es|it|nl|at|ch|eu|us|ca|au|pl|se|no|dk|fi|"
    "ie|jp|cn|in|br|tv|me|ai|museum|example|local|html?|pdf|txt|py|js|zip|jpe?g|png"
)
_STREETS = (
    r"(?:[A-Z][\w']+\.? ){1,3}(?:St|Ave|Rd|Blvd|Dr|Ln|Street|Avenue|Road|Lane|Drive|Boulevard|Way|"
    r"Place|Square|Court|Terrace|Row)\b"
)


def _phone(m: re.Match[str]) -> str:
    """Group by group, with a breath between them."""
    groups = re.findall(r"\d+", m[0])
    if sum(map(len, groups)) < 7:
        return m[0]
    plus = "plus " if m[0].lstrip("( ").startswith("+") else ""
    return plus + ", ".join(spelled(group) for group in groups)


def _mixed(code: str) -> str:
    """Letters one by one; one or two digits behind letters as a number, others one by one."""
    short = re.fullmatch(r"([A-Z]{1,3})([1-9]\d?)", code)
    if short:
        return f"{' '.join(short[1])} {cardinal(short[2])}"
    return " ".join(DIGITS[int(c)] if c.isdecimal() else c.upper() for c in code if c.isalnum())


def _led(m: re.Match[str]) -> str:
    """A word that says what follows, and its digits."""
    return m[1] + spelled(m[2])


def _address(host: str) -> str:
    host = re.sub(r"(?i)^www\.", "", host)
    return host.replace(".", " dot ").replace("-", " dash ").replace("_", " underscore ")


def _local(name: str) -> str:
    name = name.replace(".", " dot ").replace("_", " underscore ").replace("-", " dash ")
    return re.sub(r"\d+", lambda m: f" {spelled(m[0])} ", name).replace("+", " plus ")


CODES: tuple[SpokenForm, ...] = (
    rule(
        "mail",
        r"\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)\b",
        lambda m: f"{_local(m[1])} at {_address(m[2])}",
    ),
    rule(
        "addresses",
        r"\b(?:https?://|ftp://|www\.)([^\s/?#<>\"')]+)[^\s<>\"')]*(?<![.,;:!?])",
        lambda m: _address(m[1].rpartition("@")[2].partition(":")[0].rstrip(".,;:!?")),
        re.I,
    ),
    rule(
        "sites",
        rf"\b(?:[A-Za-z][\w-]*\.)+(?:{_DOMAINS})\b(?!\.\w)(?:/[\w./-]*\w)?",
        lambda m: _address(m[0].partition("/")[0]),
    ),
    rule(
        "internet addresses",
        r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]\d)",
        lambda m: " dot ".join(map(spelled, m[0].split("."))),
    ),
    rule("telephones abroad", r"(?<![\w+])\+\d[\d ().-]{5,18}\d(?!\w)", _phone),
    rule("area codes", r"(?<![\w+])\(\d{2,5}\)[ -]?\d[\d -]{3,12}\d(?!\w)", _phone),
    rule(
        "telephones",
        rf"{ALONE}0\d{{1,4}}[ -/]\d{{2,5}}(?:[ -]\d{{2,5}}){{0,4}}(?![\w-]|[.,]\d)",
        lambda m: m[0] if re.fullmatch(r"\d\d[-/.]\d\d(?:[-/.]\d{2,4})?", m[0]) else _phone(m),
    ),
    rule(
        "telephones of ten", rf"{ALONE}(?:1[-. ])?\d{{3}}[-. ]\d{{3}}[-. ]\d{{4}}(?![\w-])", _phone
    ),
    rule("telephones of seven", rf"{ALONE}\d{{3}}[-.]\d{{4}}(?![\w-])", _phone),
    rule(
        "numbers to call",
        rf"\b({_CALL}{_CALLED}\s+)(\d{{3,}}(?:[ -]\d{{2,}})*)"
        r"(?=[.,;:!?)]|\s*$|\s(?:or|if|for|now|before|and|in|at|right|immediately|when|from|free|"
        r"anytime|to|as|after)\b)",
        _led,
        re.I,
    ),
    rule(
        "numbers of",
        rf"\b({_NAMED}{_IS})(\d[\d -]+\d)(?![\w%$€£]|[.,:/]\d| (?:percent|people|"
        r"euros?|dollars?|pounds?|times|years?|days?|minutes?|hours?))",
        _led,
        re.I,
    ),
    rule(
        "rooms", r"\b((?:room|suite|gate|extension|bus|locker)\s+)([1-9]\d{3,})(?!\w)", _led, re.I
    ),
    rule("cards", r"(?<![\w.])\d{4}(?:[ -]\d{4}){2,4}(?!\w)", _phone),
    rule(
        "zips",
        r"\b([A-Z]{2} )(\d{5})(?:-\d{4})?(?!\w)",
        lambda m: f"{' '.join(m[1].strip())} {spelled(m[2])}",
    ),
    rule("house numbers", rf"\b([1-9]\d{{3}})(?= {_STREETS})", lambda m: year(m[1])),
    rule("houses", r"\b(\d{1,3})([A-D])(?= [A-Z][a-z])", lambda m: f"{cardinal(m[1])} {m[2]}"),
    rule(
        "letters and numbers",
        r"\b([A-Z]{2,5}|[A-Z])-(\d+)(?![\w]|[.,]\d)",
        lambda m: _hyphened(m[1], m[2]),
    ),
    rule(
        "named with numbers",
        r"\b([A-Z][a-z]+)-(\d{1,3})(?!\w|[.,]\d)",
        lambda m: f"{m[1]} {cardinal(m[2])}",
    ),
    rule(
        "numbered things",
        r"\b((?:orders?|tickets?|cases?|invoices?|bookings?|issues?) )#(\d{3,})(?!\w)",
        lambda m: f"{m[1]}number {spelled(m[2])}",
        re.I,
    ),
    rule(
        "flights",
        r"\b([Ff]light )([A-Z][A-Z0-9]) ?(\d{2,4})(?!\w)",
        lambda m: f"{m[1]}{_mixed(m[2])} {spelled(m[3])}",
    ),
    rule(
        "codes in parts",
        r"(?<![\w-])(?=[A-Z-]*\d)(?=[\d-]*[A-Z])(?![A-Z]+-\d+\b)[A-Z0-9]{2,}(?:-[A-Z0-9]{2,})+(?![\w-])",
        lambda m: ", ".join(_mixed(part) for part in m[0].split("-")),
    ),
    rule(
        "degrees of heat",
        r"(?<=\d)\s?([CF])(?= (?:outside|today|tonight|now)\b|\.(?:\s|$))",
        lambda m: " degrees " + {"C": "Celsius", "F": "Fahrenheit"}[m[1]],
    ),
    rule(
        "mixed codes",
        r"(?<![\w$£€.,-])(?!\d+(?:AM|PM|GB|MB|KB|TB|KM|KG|K|M|B|C|F|W|V|L|GHZ|MHZ|HZ|MPH|DB)\b)"
        r"(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{2,}(?![\w])(?!\.\d)",
        lambda m: _mixed(m[0]),
    ),
    rule("leading noughts", rf"{ALONE}(?<!\d[ '’])0\d+(?![\w/:-]|[.,]\d)", lambda m: spelled(m[0])),
)


def _hyphened(letters: str, digits: str) -> str:
    """ "COVID-19", "AB-123": a word stays one, fewer than three digits are a number."""
    if len(letters) <= 3:
        letters = " ".join(letters)
    return f"{letters} {cardinal(digits) if len(digits) < 3 else spelled(digits)}"
