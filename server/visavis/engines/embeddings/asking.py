"""What a question wants to know, and whether a sentence could be the answer to it. Pure."""

import re

from visavis.engines.embeddings.words import MONTHS, WEEKDAYS

_LEAD = re.compile(
    r"^(?:(?:um+|uh+|er|oh|ah|so|well|hello|hi|hey|please|excuse me|sorry|okay|ok|and|but|then|"
    r"good (?:morning|afternoon|evening)|(?:can|could|would) you (?:please )?tell (?:me|us)"
    r"(?= wh| how| if))\b[,.!]? *)+",
    re.I,
)
_QUESTION = re.compile(
    r"^(?:what|which|who|whose|whom|when|where|why|how|is|are|was|were|do|does|did|can|could|may|"
    r"must|should|will|would|has|have|am|at what|in which|in what|on which|on what|from when|"
    r"until when|till when|for how|by what|to whom|tell me|i(?:'d| would) like to know|"
    r"do you know|i want to know|i wonder)\b",
    re.I,
)
_ABOUT = re.compile(
    r"\b(?:tell (?:me|us) (?:something |more )?about|what (?:can you tell (?:me|us)|do you know) "
    r"about)",
    re.I,
)
_KINDS = (
    ("money", r"how much(?! (?:time|water|light|space|is (?:left|known)))|\bcosts?\b|price|\bpay\b|fees?\b|how expensive|for free"),
    ("age", r"how old"),
    ("length", r"how (?:high|tall|big|large|wide|deep|long is the|heavy|far|fast)|what (?:height|size)"),
    ("warmth", r"how (?:warm|hot|cold)|(?:what )?temperature"),
    ("duration", r"(?:for )?how long(?! (?:is|are|was) the)(?!.*\bopen)"),
    ("number", r"how many"),
    ("year", r"(?:in )?(?:what|which) year"),
    ("day", r"(?:what|which) (?:day|date)"),
    ("time", r"\bwhen\b|what time|how (?:late|early)|how long(?=.*\bopen)|until when|till when|at what hour|what are (?:your|the) (?:opening )?hours"),
    ("person", r"\bwho\b|\bwhose\b|\bwhom\b"),
    ("colour", r"(?:what|which) colou?rs?"),
    ("place", r"\bwhere\b"),
    ("food", r"\b(?:eat|drink|lunch|menu|serve)\b"),
    ("leave", r"^(?:can|could|may|must|am|are) (?:i|we|my|dogs|children|kids|visitors|people)\b.*|allowed"),
    ("why", r"\bwhy\b|how come"),
    ("manner", r"\bhow\b"),
)  # fmt: skip
_KIND = tuple((kind, re.compile(pattern, re.I)) for kind, pattern in _KINDS)
_NUMBER = (
    r"(?:\d+|\bone\b|\btwo|\bthree|\bfour|\bfive|\bsix\b|\bseven|\beight|\bnine\b|\bten\b|eleven|"
    r"twelve|thirteen|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|"
    r"thousand|\bno\b|dozen)"
)
_CALENDAR = "|".join(name.capitalize() for name in (*MONTHS, *WEEKDAYS, "christmas", "easter", "day"))
_HOLDS = {
    "money": rf"{_NUMBER}[^.]{{0,12}}(?:euros?|cents?|pounds?|dollars?|pence|francs?|crowns?)|[€£$]|"
    r"\bfree\b|costs? nothing|without charge|no charge|\bdonation",
    "food": r"serv|soup|cake|sandwich|coffee|food|meal|lunch|dinner|breakfast|drink|snack|menu",
    "age": r"(?:under|over|aged|from|to) \d|\b1\d{3}\b|\b20\d\d\b|\bcentur|years? (?:old|ago)|thousand years",
    "length": rf"{_NUMBER}[^.]{{0,16}}(?:met(?:re|er)s?|kilomet|centimet|\bcm\b|\bkm\b|\bm\b|feet|foot|"
    r"inch|miles?|yards?|hectares?|acres?|tonn?e?s?|kilo|square|minutes)",
    "warmth": r"degrees|°|warm|cold|hot\b",
    "duration": r"(?:second|minute|hour|day|night|week|month|year|centur)s?\b|\blong\b",
    "number": _NUMBER.replace(r"\d+", r"(?<![:\d])\d+(?![:\d]| in the)", 1),
    "year": r"\b1\d{3}\b|\b20\d\d\b|centur",
    "day": r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|every day|daily|weekend|weekday|"
    r"\b\d{1,2}(?:st|nd|rd|th)\b|\d{4}-\d\d-\d\d|january|february|march|april|june|july|august|"
    r"september|october|november|december",
    "time": r"\bat (?:\d|noon|midnight|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)|"
    r"\b(?:1\d|20)\d\d\b|\d:\d\d|\d to \d|until|till|o'clock|morning|noon|afternoon|evening|night|(?:mon|tues|wednes|thurs|fri|satur|"
    r"sun)day|every|daily|spring|summer|autumn|winter|january|february|march|april|june|july|"
    r"august|september|october|november|december|hour|minute|week|year|centur|foretold|before|after",
    "person": rf"\bby [A-Z]|(?<![.:] )(?<!^)\b(?!{_CALENDAR})[A-Z][a-zà-ÿ]+|"
    r"\b(?:Dr|Mrs?|Ms|Prof)\b|\b(?:he|she|who)\b",
    "colour": r"\b(?:white|black|red|green|blue|yellow|pink|orange|purple|violet|brown|grey|gray|gold|"
    r"golden|silver|cream|scarlet|turquoise)\b",
    "place": r"\b(?:in|at|on|by|behind|beside|under|near|next to|opposite|between|above|below|from|"
    r"outside|inside|room|floor|basement|upstairs|downstairs|to the|through|around|beyond|across|left|right)\b",
    "leave": r"allow|welcome|\bcan\b|can't|cannot|\bmay\b|must|\bnot\b|n't|free|only|please|borrow|"
    r"forbid|prohibit|permit|open|closed|\bno\b|sold|costs?|possible",
}
_HOLD = {kind: re.compile(pattern, re.I if kind != "person" else 0) for kind, pattern in _HOLDS.items()}
_OF_THE_PLACE = re.compile(
    r"\bhere\b|^(?:is|are) there (?:an?|any|some)\b|where (?:is|are|'s) (?:the|a|an|your)\b|"
    r"\bnearest\b|\bopen(?:ing)? (?:hours|times?)|\b(?:you|we) (?:open|close|sell|charge|offer)\b|"
    r"\b(?:entrance|admission|ticket|visitors?|staff|wi-?fi|toilets?|parking)\b",
    re.I,
)
_OF_US = re.compile(r"\b(?:do|did|have|are|can|could|may|will) (?:you|we|i)\b", re.I)
_OF_HER = re.compile(
    r"\byour (?:favou?rite|name|age|opinion|hobb|dream|friend|family|mother|father)|"
    r"\bdo you (?:like|love|think|feel|want|prefer|believe|dream|understand|remember|hear|see me)\b|"
    r"\bcan you (?!tell (?:me|us) (?:wh|how|if))|\bare you (?!open|closed|shut)|\bmakes? you\b|"
    r"tell me a\b|\bhelp me\b",
    re.I,
)
_TO_COME = re.compile(r"\b(?:next|will|until|again|can't|cannot|foretold|planned|not known)\b", re.I)
_BACK = re.compile(r"\b(?:it|he|she|they|him|her|them|there|that|one|its|his|their|those)\b", re.I)
_AND = re.compile(r"^(?:and|but|what about|how about|or|then|also|for how|until when|since when)\b", re.I)


def bare(said: str) -> str:
    """The question in what was said: the last sentence that is one, without "So," and "Hello"."""
    parts = [part for part in re.split(r"(?<=[.!?])\s+", said.strip()) if part]
    asked = [part for part in parts if is_question(part)]
    return _LEAD.sub("", asked[-1] if asked else said.strip()) or said.strip()


def is_question(said: str) -> bool:
    """Whether somebody who says this wants to know something."""
    return said.rstrip().endswith("?") or bool(_QUESTION.search(_LEAD.sub("", said.strip())))


def about(question: str) -> bool:
    """Whether it asks for whatever there is to tell: "Tell me about the palm house."."""
    return bool(_ABOUT.search(question))


def kind_of(question: str) -> str:
    """What would answer it: "money", "time", "place"…; "" for anything else."""
    return next((kind for kind, pattern in _KIND if pattern.search(question)), "")


def holds(sentence: str, kind: str) -> bool:
    """Whether there is something of that kind in the sentence; True for kinds without a mark."""
    return kind not in _HOLD or bool(_HOLD[kind].search(sentence))


def of_the_place(question: str) -> bool:
    """Whether it can only be about where one is: "Is there a cash machine here?"."""
    return bool(_OF_THE_PLACE.search(question))


def of_us(question: str) -> bool:
    """Whether it asks for the house, or for the persona: "Do you have roses?"."""
    return bool(_OF_US.search(question))


def of_her(question: str) -> bool:
    """Whether it asks for the persona herself, or wants something of her."""
    return bool(_OF_HER.search(question))


def follows(said: str) -> bool:
    """Whether it can't be understood without what was said before."""
    return bool(
        _AND.search(said.strip())
        or _BACK.search(said)
        or (len(said.split()) <= 6 and not _QUESTION.search(_LEAD.sub("", said.strip())))
    )


def rest(question: str) -> str:
    """The question without the words that say what kind of thing it wants."""
    for kind, pattern in _KIND:
        if kind not in ("leave", "food") and (found := pattern.search(question)):
            return f"{question[: found.start()]} {question[found.end() :]}"
    return question


def to_come(sentence: str) -> bool:
    """Whether it tells of what is to come."""
    return bool(_TO_COME.search(sentence))
