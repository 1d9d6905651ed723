"""When the persona fills a wait with a word ("Hm,"), as people do: seldom, and where it fits.

A filler is the beginning of the answer that follows. A model that can goes on from it; what any
other says is joined to it. Where a pause would be kinder, or yes or no is asked for, there is none.
"""

import asyncio
import re
from collections import deque
from dataclasses import dataclass, field
from statistics import median
from time import monotonic

from visavis.call.dialogue.stages import ReplyAnswers
from visavis.call.events import Bus, ReplyChosen
from visavis.discourse import own_word

APART_S = 20.0
"""From one filler to the next, at least."""
KNOWN = 3
"""So many of the model's last answers tell how long the next will take."""

_ASKED = re.compile(
    r"^(?:(?:and|but|so|then|well|oh|ok|okay|please|tell me|hey|iris)\W+)*"
    r"(?:am|are|is|was|were|do|does|did|have|has|had|can|could|will|would|shall|should|may|might|"
    r"must|ain't|aren't|isn't|wasn't|weren't|don't|doesn't|didn't|haven't|hasn't|hadn't|can't|"
    r"couldn't|won't|wouldn't|shouldn't)\b",
    re.I,
)
_CHOICE = re.compile(r"\bor\b(?! not\b)", re.I)
_TAG = re.compile(
    r",\s*(?:right|correct|yes|no|okay|ok|(?:is|are|was|were|do|does|did|have|has|can|could|will|"
    r"would|should)(?:n't)? (?:it|you|he|she|they|we|i|there|that))\s*\?$",
    re.I,
)
_GREETING = re.compile(
    r"^(?:(?:oh|well|and|ah)\W+)*(?:hi|hiya|hello|hey|howdy|greetings|welcome|good (?:morning|"
    r"afternoon|evening|day|night)|nice to (?:meet|see)|pleased to meet|how are you|how do you do|"
    r"how's it going|how is it going|what's up)\b",
    re.I,
)
_FEELING = re.compile(
    r"\b(?:feel|feels|feeling|felt|sad|sadness|lonely|alone|afraid|scared|frightened|anxious|"
    r"anxiety|worried|worry|depressed|depressing|unhappy|happy|upset|angry|furious|hurt|hurts|"
    r"heartbroken|ashamed|guilty|jealous|nervous|stressed|exhausted|hopeless|grief|grieving|"
    r"mourning|funeral|cry|crying|cried|tears|love|hate|miss|missing|sorry for|tired of|"
    r"overwhelmed|excited|proud|thrilled|terrified|desperate|broke up|divorced?|"
    r"lost my|passed away|died|dead|dying|death|cancer|miscarriage)\b",
    re.I,
)
_DISTRESS = re.compile(
    r"\b(?:help me|need help|emergency|ambulance|police|hospital|suicid\w*|kill\w*|die|"
    r"hurt(?:ing)? (?:myself|me)|harm\w*|overdos\w*|bleed\w*|unconscious|can't breathe|chest pain|"
    r"stroke|heart attack|abus\w*|rape\w*|hits me|beats me|threaten\w*|end it all|give up|"
    r"no way out|panic\w*|on fire|in danger|unsafe)\b",
    re.I,
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_STARTER = re.compile(
    r"(?:a|about|above|after|all|although|an|and|another|any|anything|are|as|at|because|before|both|"
    r"but|by|can|did|do|does|each|even|every|everybody|everyone|everything|few|first|for|from|he|"
    r"her|here|his|how|if|in|is|it|its|just|keep|let|like|many|maybe|me|more|most|much|my|never|no|"
    r"nobody|nothing|of|often|on|once|one|only|or|our|over|perhaps|people|she|some|somebody|someone|"
    r"something|sometimes|that|the|their|them|then|there|these|they|think|this|those|though|through|"
    r"to|too|try|under|until|very|we|what|when|where|whether|which|while|who|why|with|without|would|"
    r"yes|you|your)(?:['’](?:s|re|ve|ll|d|t))?[,.;:!?…]*",
    re.I,
)
"""Words that bear their capital only for standing first."""


@dataclass(eq=False)
class Filler:
    """A word that may be said before an answer."""

    text: str
    after_s: float
    """So long the first clause is waited for once the turn is over."""
    expected: bool = False
    """The answer is known to take long: its model is told that it has begun so."""
    small: frozenset[str] = frozenset()
    """Words that the caller wrote small: no names."""
    said: asyncio.Event = field(default_factory=asyncio.Event)

    def joined(self, clause: str) -> str:
        """The answer's first clause as it goes on from the filler, or does without."""
        if not self.said.is_set():
            return clause[:1].upper() + clause[1:] if self.expected else clause
        words = clause.split()
        own = own_word(words)
        rest = words[own:] if own else words
        if rest and (_STARTER.fullmatch(rest[0]) or rest[0].lower().strip(",.;:!?") in self.small):
            rest[0] = rest[0][:1].lower() + rest[0][1:]
        return " ".join(rest)


@dataclass(frozen=True)
class Filled:
    """A filler is said."""


class Fillers:
    """Of one conversation: what has been said of them, and how long its model takes."""

    def __init__(self, bus: Bus, after_s: float) -> None:
        """`after_s`: an answer that is no further away needs none."""
        self._after_s = after_s
        self._at: float | None = None
        self._just_now = False
        self._thought = False
        self._waits: deque[float] = deque(maxlen=KNOWN)
        bus.subscribe(ReplyChosen, self._chosen)
        bus.subscribe(ReplyAnswers, self._answers)
        bus.subscribe(Filled, self._filled)

    def before(self, said: str, text: str, *, first: bool) -> Filler | None:
        """The filler `text` for the answer to the caller's words, `first`: the first that they
        get; None where none may be said."""
        since = None if self._at is None else monotonic() - self._at
        if not text or first or not may_fill(said, twice=self._just_now, since_s=since):
            return None
        expected = bool(self._waits) and median(self._waits) > self._after_s
        small = frozenset(word for word in re.findall(r"[\w'’-]+", said) if word.islower())
        return Filler(text, 0.0 if expected else self._after_s, expected, small)

    def _chosen(self, chosen: ReplyChosen) -> None:
        if chosen.said:
            self._just_now = False
            self._thought = chosen.prompt is not None

    def _answers(self, answers: ReplyAnswers) -> None:
        """What is heard of the model's answers tells how far away the next one is."""
        if self._thought:
            spent = answers.stages
            self._waits.append((spent.get("think", 0.0) + spent.get("speak", 0.0)) / 1000)

    def _filled(self, _: Filled) -> None:
        self._just_now = True
        self._at = monotonic()


def may_fill(said: str, *, twice: bool, since_s: float | None) -> bool:
    """Whether the answer to these words may begin with a filler. `twice`: the answer before did;
    `since_s`: since the last filler, None: there was none."""
    if twice or (since_s is not None and since_s < APART_S):
        return False
    sentences = [one for one in _SENTENCES.split(said.strip().replace("’", "'")) if one]
    if not sentences or yes_or_no(sentences[-1]):
        return False
    text = " ".join(sentences)
    return not (_GREETING.search(text) or _FEELING.search(text) or _DISTRESS.search(text))


def yes_or_no(sentence: str) -> bool:
    """Whether a sentence asks for nothing but yes or no."""
    if _TAG.search(sentence):
        return True
    return _ASKED.search(sentence) is not None and _CHOICE.search(sentence) is None
