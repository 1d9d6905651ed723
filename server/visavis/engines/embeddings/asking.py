"""What a question wants to know, and whether a sentence could be the answer to it. Pure."""

import re

from visavis.engines.embeddings.asked_for import HOLDS, WANTS

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
_OF_THE_PLACE = re.compile(
    r"\bhere\b|^(?:is|are) there (?:an?|any|some)\b|where (?:is|are|'s) (?:the|a|an|your)\b|"
    r"\bnearest\b|\bopen(?:ing)? (?:hours|times?)|\b(?:you|we) (?:open|close|sell|charge|offer)\b|"
    r"\b(?:entrance|admission|ticket|visitors?|staff|wi-?fi|toilets?|parking)\b",
    re.I,
)
_OF_US = re.compile(r"\b(?:do|did|have|are|can|could|may|will) (?:you|we|i)\b", re.I)
_OF_HER = re.compile(
    r"\byour (?:favou?rite|name|age|opinion|hobb|dream|friend|family|mother|father)|"
    r"\bdo you (?:like|love|think|feel|want|prefer|believe|dream|understand|remember|hear|see me)"
    r"\b|"
    r"\bcan you (?!tell (?:me|us) (?:wh|how|if))|\bare you (?!open|closed|shut)|\bmakes? you\b|"
    r"tell me a\b|\bhelp me\b",
    re.I,
)
_TO_COME = re.compile(
    r"\b(?:next|will|until|again|can't|cannot|foretold|planned|not known)\b", re.I
)
_BACK = re.compile(r"\b(?:it|he|she|they|him|her|them|there|that|one|its|his|their|those)\b", re.I)
_AND = re.compile(
    r"^(?:and|but|what about|how about|or|then|also|for how|until when|since when)\b", re.I
)


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
    return next((kind for kind, pattern in WANTS.items() if pattern.search(question)), "")


def holds(sentence: str, kind: str) -> bool:
    """Whether there is something of that kind in the sentence; True for kinds without a mark."""
    return kind not in HOLDS or bool(HOLDS[kind].search(sentence))


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
    for kind, pattern in WANTS.items():
        if kind not in ("leave", "food") and (found := pattern.search(question)):
            return f"{question[: found.start()]} {question[found.end() :]}"
    return question


def to_come(sentence: str) -> bool:
    """Whether it tells of what is to come."""
    return bool(_TO_COME.search(sentence))
