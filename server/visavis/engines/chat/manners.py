"""What of a model's clauses a persona says: no script, no markup, nothing again and again.

A model writes as it has read: a script with names before the words, a list, a word in bold, a
smile. Pure; one `Manners` for each reply.
"""

import html
import re
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing

_OTHERS = r"(?:user|caller|human|visitor|customer|guest|question|q)"
_SCRIPT = re.compile(rf"^\W*{_OTHERS}\s*:", re.I)
"""The model goes on with the other's part."""
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$|^[\s|:+-]+$")
_BEGIN = re.compile(
    r"^\s*(?:>+\s*|#{1,6}\s+|[-*•‣◦+]\s+(?:\[[ xX]\]\s+)?|\(?\d{1,2}[.)]\s+(?=\D))+"
)
"""Quotation, heading, item of a list."""
_ACTION = re.compile(r"^\s*[*_(]{1}[a-z][^*_()]{1,60}[*_)]{1}(?=\s|$)")
"""What an actor does: "*smiles*"."""
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,60}>")
_EMPHASIS = re.compile(r"(?<![\w*])[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?![\w*])|\*{2,3}|~~|`+")
_PICTURES = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\u2300-\u23ff\ufe0f\u200d\u20e3"
    "\U000e0020-\U000e007f\u2190-\u21ff\u25a0-\u25ff]+"
)
_CELLS = re.compile(r"\s*\|\s*")
_AGAIN = re.compile(
    r"\b(\w+(?:[^\w.!?]+\w+){2,12}?)(?:[^\w.!?]+\1){1,}\b|\b(\w+(?:\W+\w+)?)(?:\W+\2){3,}\b", re.I
)
"""Three words and more twice running, or one or two four times."""
_SERVILE = re.compile(
    r"^(?:(?:and|but|so|please|well|oh|sure|of course)\W+)*(?:"
    r"(?:i'?m|i am) (?:just |always |only )?here to (?:help|assist|answer)\b"
    r"|(?:just )?(?:let me know|feel free|don't hesitate)\b.{0,20}?\b(?:if|to (?:ask|let|reach))\b"
    r"|if you (?:have|need) (?:any|some|more|anything|something|help)\b"
    r"|(?:do|did) you have any (?:other|more|further) (?:questions?|requests?)\b"
    r"|is there (?:anything|something) else\b"
    r"|(?:is|are) there (?:anything|something|any other)\b.{0,30}\b(?:help|assist|questions?)\b"
    r"|(?:how|what) (?:can|may|could|else can) i (?:help|assist|do for)\b"
    r"|what (?:do|would|can) you (?:like|need|want) (?:some |any |my )?(?:help|assistance)\b"
    r"|what (?:else )?(?:do|would) you (?:like|want) to know\W*$"
    r")",
    re.I,
)
"""What a clerk says at a counter, behind any answer."""
_PROGRAM = re.compile(
    r"\b(i'?m|i am|as)( just| only| simply)? an? (?:large )?(?:ai|artificial intelligence|"
    r"(?:virtual |digital )?assistant|chat ?bot|language model|computer|machine|software|bot)"
    r"(?: (?:program|assistant|language model|model))?\b(?! (?:that|who|which))",
    re.I,
)
"""What models have read about themselves."""
_ENDED = re.compile(r"[.!?…][\"'”’)\]]*$")
_SHORT = 2
"""Clauses of so many words ("Ha.") may be said again,"""
_MAY_RETURN = 3
"""so often."""
_MOST_AGAIN = 3
"""Clauses that were said already; a model that brings so many of them goes round in circles."""


class Manners:
    """Judges the clauses of one reply, in their order: strips names and markup, leaves out the
    phrases of a counter, and ends a reply that goes round in circles or goes on with the caller's
    part."""

    def __init__(self, persona: str) -> None:
        """`persona`: her name, which a script has before her words."""
        names = "|".join({re.escape(persona.strip() or "assistant"), "assistant", "ai", "bot"})
        self._named = re.compile(rf"^\W*(?:{names})\W{{0,3}}:\W*", re.I)
        self._only = re.compile(rf"\W*(?:{names})\W*", re.I)
        self._first = True
        self._counts: Counter[str] = Counter()
        self._again = 0
        self._last = ""
        self._ended = True
        """The clause before ended a sentence."""
        self._serving = False
        """The sentence under way is a phrase of a counter."""

    def fit(self, clause: str) -> str | None:
        """What is said of the clause, "" nothing; None: nothing more of this reply."""
        if not self._first and _SCRIPT.match(clause):
            return None
        clause = self._named.sub("", clause)
        if (
            self._first
            and self._only.fullmatch(clause)
            and not clause.rstrip().endswith((".", "!"))
        ):
            return ""
        said = _PROGRAM.sub(r"\1\2 an animated persona", speakable(clause, begins=self._first))
        begins, ends = self._ended, _ENDED.search(said) is not None
        self._serving = self._serving and not begins
        if not self._first and _SERVILE.match(said):
            self._serving = True
        self._ended = ends
        if self._serving:  # to the end of its sentence
            return ""
        words = re.sub(r"[\W_]+", " ", said).strip().lower()
        if not words:
            return ""
        self._first = False
        self._counts[words] += 1
        short = len(words.split()) <= _SHORT
        inside = not short and set(words.split()) <= set(self._last.split())
        self._last = self._last if inside else words
        if inside or self._counts[words] > (_MAY_RETURN if short else 1):
            self._again += 1
            return None if self._again >= _MOST_AGAIN else ""
        return said


def speakable(clause: str, *, begins: bool = False) -> str:
    """The clause without markup, pictures and words that repeat themselves at once; ``begins``:
    it is a reply's first."""
    lines = (_unmarked(line, begins) for line in clause.split("\n"))
    return _AGAIN.sub(r"\1\2", " ".join(filter(None, lines)))


def _unmarked(line: str, begins: bool) -> str:
    if _RULE.match(line):
        return ""
    text = html.unescape(_TAG.sub(" ", line))
    if begins:
        text = _ACTION.sub("", text)
    text = _LINK.sub(r"\1", _BEGIN.sub("", text))
    text = _PICTURES.sub(" ", _EMPHASIS.sub("", text))
    return " ".join(_CELLS.sub(", ", text.strip().strip("|")).split())


async def mannered(clauses: AsyncGenerator[str, None], persona: str) -> AsyncGenerator[str, None]:
    """The clauses as this persona says them. Closing this generator closes ``clauses``."""
    manners = Manners(persona)
    async with aclosing(clauses):
        async for clause in clauses:
            said = manners.fit(clause)
            if said is None:
                return
            if said:
                yield said
