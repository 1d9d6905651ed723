"""Kinds of things that questions want ("how much": money), and how a sentence shows that it holds
one. A table; English."""

import re

from visavis.engines.embeddings.words import MONTHS, WEEKDAYS

_NUMBER = (
    r"(?:\d+|\bone\b|\btwo|\bthree|\bfour|\bfive|\bsix\b|\bseven|\beight|\bnine\b|\bten\b|eleven|"
    r"twelve|thirteen|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|"
    r"thousand|\bno\b|dozen)"
)
_COUNT = _NUMBER.replace(r"\d+", r"(?<![:\d])\d+(?![:\d]| in the)", 1)
"""No time of the day."""
_CLOCK = r"(?:\d|noon|midnight|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_DAYS = "|".join(WEEKDAYS)
_DATES = "|".join([name for name in MONTHS if name != "may"])
_CALENDAR = "|".join(
    name.capitalize() for name in (*MONTHS, *WEEKDAYS, "christmas", "easter", "day")
)
_YEAR = r"\b(?:1\d|20)\d\d\b"

_WANTS = {
    "money": r"how much(?! (?:time|water|light|space|is (?:left|known)))|\bcosts?\b|price|\bpay\b|"
    r"fees?\b|how expensive|for free",
    "age": r"how old",
    "length": r"how (?:high|tall|big|large|wide|deep|long is the|heavy|far|fast)|"
    r"what (?:height|size)",
    "warmth": r"how (?:warm|hot|cold)|(?:what )?temperature",
    "duration": r"(?:for )?how long(?! (?:is|are|was) the)(?!.*\bopen)",
    "number": r"how many",
    "year": r"(?:in )?(?:what|which) year",
    "day": r"(?:what|which) (?:day|date)",
    "time": r"\bwhen\b|what time|how (?:late|early)|how long(?=.*\bopen)|until when|till when|"
    r"at what hour|what are (?:your|the) (?:opening )?hours",
    "person": r"\bwho\b|\bwhose\b|\bwhom\b",
    "colour": r"(?:what|which) colou?rs?",
    "place": r"\bwhere\b",
    "food": r"\b(?:eat|drink|lunch|menu|serve)\b",
    "leave": r"^(?:can|could|may|must|am|are) "
    r"(?:i|we|my|dogs|children|kids|visitors|people)\b.*|allowed",
    "why": r"\bwhy\b|how come",
    "manner": r"\bhow\b",
}
"""What says in a question that it wants this; the first that fits."""
_HOLDS = {
    "money": rf"{_NUMBER}[^.]{{0,12}}(?:euros?|cents?|pounds?|dollars?|pence|francs?|crowns?)|"
    r"[€£$]|\bfree\b|costs? nothing|without charge|no charge|\bdonation",
    "food": r"serv|soup|cake|sandwich|coffee|food|meal|lunch|dinner|breakfast|drink|snack|menu",
    "age": rf"(?:under|over|aged|from|to) \d|{_YEAR}|\bcentur|years? (?:old|ago)|thousand years",
    "length": rf"{_NUMBER}[^.]{{0,16}}(?:met(?:re|er)s?|kilomet|centimet|\bcm\b|\bkm\b|\bm\b|feet|"
    r"foot|inch|miles?|yards?|hectares?|acres?|tonn?e?s?|kilo|square|minutes)",
    "warmth": r"degrees|°|warm|cold|hot\b",
    "duration": r"(?:second|minute|hour|day|night|week|month|year|centur)s?\b|\blong\b",
    "number": _COUNT,
    "year": rf"{_YEAR}|centur",
    "day": rf"{_DAYS}|every day|daily|weekend|weekday|\b\d{{1,2}}(?:st|nd|rd|th)\b|"
    rf"\d{{4}}-\d\d-\d\d|{_DATES}",
    "time": rf"\bat {_CLOCK}|{_YEAR}|\d:\d\d|\d to \d|until|till|o'clock|morning|noon|afternoon|"
    rf"evening|night|{_DAYS}|every|daily|spring|summer|autumn|winter|{_DATES}|hour|minute|week|"
    r"year|centur|foretold|before|after",
    "person": rf"\bby [A-Z]|(?<![.:] )(?<!^)\b(?!{_CALENDAR})[A-Z][a-zà-ÿ]+|"
    r"\b(?:Dr|Mrs?|Ms|Prof)\b|\b(?:he|she|who)\b",
    "colour": r"\b(?:white|black|red|green|blue|yellow|pink|orange|purple|violet|brown|grey|gray|"
    r"gold|golden|silver|cream|scarlet|turquoise)\b",
    "place": r"\b(?:in|at|on|by|behind|beside|under|near|next to|opposite|between|above|below|"
    r"from|outside|inside|room|floor|basement|upstairs|downstairs|to the|through|around|beyond|"
    r"across|left|right)\b",
    "leave": r"allow|welcome|\bcan\b|can't|cannot|\bmay\b|must|\bnot\b|n't|free|only|please|"
    r"borrow|forbid|prohibit|permit|open|closed|\bno\b|sold|costs?|possible",
}
"""What says in a sentence that it holds this; a kind that isn't here can't be told."""
_CASED = ("person",)
"""Capitals say something."""
WANTS = {kind: re.compile(pattern, re.I) for kind, pattern in _WANTS.items()}
HOLDS = {
    kind: re.compile(pattern, 0 if kind in _CASED else re.I) for kind, pattern in _HOLDS.items()
}
