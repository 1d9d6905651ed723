"""Whether somebody needs help, by what they say: pure, from words to a kind of need.

A sentence is looked at in three steps: what only sounds like need ("dying of laughter") is taken
out, and hides nothing beside it; what tells of need is looked for in the rest; and what only
speaks about such things (a film, a question of knowledge, what was years ago) is let go.
"""

from enum import StrEnum

from visavis.call.need import table
from visavis.call.need.normal import sentences

LONGEST = 1_000
"""Characters of one sentence that are looked at: its beginning, and as many of its end."""


class Need(StrEnum):
    """What somebody needs help with, the most urgent first."""

    MEDICAL = "medical"
    FIRE = "fire"
    DANGER = "danger"
    SELF_HARM = "self_harm"
    ABUSE = "abuse"

    @property
    def rule(self) -> str:
        """What its answer is kept as: ``emergency`` where minutes count, else ``distress``."""
        return "distress" if self in (Need.SELF_HARM, Need.ABUSE) else "emergency"


_PHRASES = table.read("phrases.txt")
_TRAPS = table.read("traps.txt")


def need(text: str) -> Need | None:
    """What ``text`` asks help for, whether or not it asks; None where it tells of no need."""
    found = {one for sentence in sentences(text) for one in _of(_bounded(sentence))}
    return min(found, key=list(Need).index, default=None)


def sorrow(text: str) -> bool:
    """Whether ``text`` tells of a loss or of grief: nothing that may be declined or joked about."""
    return any(_PHRASES["sorrow"].search(_bounded(sentence)) for sentence in sentences(text))


def _bounded(sentence: str) -> str:
    if len(sentence) <= 2 * LONGEST:
        return sentence
    return f"{sentence[:LONGEST]} {sentence[-LONGEST:]}"


def _of(sentence: str) -> set[Need]:
    rest = _TRAPS["figures"].sub("_", sentence)
    return {one for one in Need if _PHRASES[one].search(rest) and not _aside(one, rest)}


def _aside(one: Need, sentence: str) -> bool:
    """It is spoken about, and nobody is in it."""

    def says(section: str) -> bool:
        return _TRAPS[section].search(sentence) is not None

    if says("now"):
        return False
    if says("told") or (says("about") and not says("own")):
        return True
    if one in (Need.SELF_HARM, Need.ABUSE):
        return False  # what was, or might be, is borne today
    return says("former") or says("imagined")
