"""Expert rules: what has one right answer is answered at once, and never by a guessing model.

A rule is data of the persona: patterns over the caller's words and answers to choose from. A rule
fires only when the whole utterance is what it looks for: "Hello, how tall is Everest?" holds a
greeting and is a question, so it is left to the language model.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from visavis.personas.patterns import LONGEST, Endless, longest

_CONTRACTIONS = (
    ("can't", "can not"),
    ("cannot", "can not"),
    ("won't", "will not"),
    ("n't", " not"),
    ("let's", "let us"),
    ("i'm", "i am"),
    ("'re", " are"),
    ("'ve", " have"),
    ("'ll", " will"),
    ("'d", " would"),
)
_IS = re.compile(r"\b(what|who|where|how|when|that|it|there|here|she|he|name)(?:'s|s(?= ))")
_NOT_WORDS = re.compile(r"[^a-z0-9à-ÿ ]+")
_SPACES = re.compile(r"\s+")
_FILLER = re.compile(
    r"^(?:(?:um+|uh+|er+|erm|ah|oh|well(?! done)|so|okay|ok|alright|right|and|but|please|"
    r"hey(?! there)|hmm+|now|then|sorry|excuse me|just) )+(?=\S)|"
    r"(?: (?:please|then|now|though|for me))+$"
)
_GREETING = re.compile(
    r"^(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))"
    r"(?: (?:there|again|everyone))?\b ?"
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")


class RuleData(Protocol):
    """A rule as the persona's file gives it.

    ``patterns`` are regular expressions, each matched against the whole of one sentence in
    ``plain`` form; a group ``name`` is remembered as the caller's. ``answers`` may hold {name},
    {persona}, {time}, {day}, {date} and {last}; an answer with a hole that cannot be filled yet is
    passed over, and a rule without a usable answer doesn't fire.
    """

    @property
    def name(self) -> str: ...
    @property
    def patterns(self) -> Sequence[str]: ...
    @property
    def answers(self) -> Sequence[str]: ...
    @property
    def ends_call(self) -> bool: ...
    @property
    def interruptible(self) -> bool: ...


@dataclass(frozen=True)
class RuleAnswer:
    """What to say, the rule that says so, and whether the call is over after it."""

    text: str
    rule: str
    ends_call: bool = False
    interruptible: bool = True


@dataclass
class Memory:
    """What the rules know of one call.

    ``seed`` decides which variant of an answer comes first: the same call gives the same words.
    ``clock`` tells the caller's local time. ``last`` is what the persona said last: rules set it to
    their own answers, and whoever speaks another reply sets it too.
    """

    seed: int = 0
    clock: Callable[[], datetime] = field(default=lambda: datetime.now().astimezone())
    name: str = ""
    last: str = ""
    used: dict[str, int] = field(default_factory=dict)

    def said(self, text: str) -> None:
        """The persona has said this; nothing leaves what it said before."""
        self.last = text or self.last

    def pick(self, kind: str, variants: Sequence[str]) -> str:
        """The next of ``variants``, each once before any comes again."""
        count = self.used.get(kind, 0)
        self.used[kind] = count + 1
        return variants[(zlib.crc32(f"{self.seed}/{kind}".encode()) + count) % len(variants)]


@dataclass(frozen=True)
class _Rule:
    data: RuleData
    pattern: re.Pattern[str]
    longest: int
    """Characters of a sentence that it may be tried on: see `personas.patterns`."""

    def match(self, words: str) -> re.Match[str] | None:
        return self.pattern.fullmatch(words) if len(words) <= self.longest else None


class Rules:
    """The rules of one persona, ready to answer; holds nothing of any call.

    Raises ValueError naming the rule whose pattern is no regular expression, or none that can be
    used (`personas.patterns`).
    """

    def __init__(
        self,
        rules: Iterable[RuleData],
        *,
        persona: str,
        silence_lines: Sequence[str] = (),
        fallback_lines: Sequence[str] = (),
        declined_lines: Sequence[str] = (),
    ) -> None:
        self._rules = [_compile(rule) for rule in rules]
        self._persona = persona
        called = re.escape(plain(persona))
        self._vocative = re.compile(rf"^{called} (?=\S)| {called}$")
        self._silence_lines = silence_lines
        self._fallback_lines = fallback_lines
        self._declined_lines = declined_lines

    def answer(self, text: str, memory: Memory) -> RuleAnswer | None:
        """The answer to what the caller said, or None when it is no matter for rules.

        Remembers a name that is told, also when the rest of the words is left to others.
        """
        if len(text) > LONGEST:
            return None
        hits: list[tuple[_Rule, str]] = []
        whole = True
        for sentence in _SENTENCES.split(text.strip()):
            words = self._bare(sentence)
            if not words:
                continue
            hit = self._find(words, memory)
            whole = whole and hit is not None
            if hit:
                hits.append((hit, words))
        if not whole or not hits:
            return None
        chosen = next((hit for hit, _ in hits if hit.data.ends_call), hits[-1][0])
        answer = self._say(chosen, memory)
        if answer and answer.rule != "repeat":
            memory.last = answer.text
        return answer

    def silence(self, memory: Memory) -> RuleAnswer | None:
        """What to say into a long silence of the caller; None without such lines."""
        return self._line("silence", self._silence_lines, memory)

    def fallback(self, memory: Memory) -> RuleAnswer | None:
        """What to say when no rule fits and there is no language model; None without lines."""
        return self._line("fallback", self._fallback_lines, memory)

    def declined(self, memory: Memory) -> RuleAnswer | None:
        """What to say where the language model has declined to answer; None without lines."""
        return self._line("declined", self._declined_lines, memory)

    def _line(self, kind: str, lines: Sequence[str], memory: Memory) -> RuleAnswer | None:
        usable = [line for line in map(self._fill(memory), lines) if line]
        return RuleAnswer(memory.pick(kind, usable), kind) if usable else None

    def _bare(self, sentence: str) -> str:
        """One sentence in plain form, without filler and the persona's name."""
        words = plain(sentence)
        for _ in range(2):
            words = _FILLER.sub("", self._vocative.sub("", words)).strip()
        return words

    def _find(self, words: str, memory: Memory) -> _Rule | None:
        greeted = _GREETING.sub("", words, count=1).strip()
        for form in (words, self._bare(greeted)) if greeted else (words,):
            for rule in self._rules:
                match = rule.match(form)
                if match and self._usable(rule, memory, match):
                    return rule
        return None

    def _usable(self, rule: _Rule, memory: Memory, match: re.Match[str]) -> bool:
        told = match.groupdict().get("name")
        if told:
            memory.name = " ".join(part.capitalize() for part in told.split())
        return any(map(self._fill(memory), rule.data.answers))

    def _say(self, rule: _Rule, memory: Memory) -> RuleAnswer | None:
        usable = [text for text in map(self._fill(memory), rule.data.answers) if text]
        data = rule.data
        return (
            RuleAnswer(
                memory.pick(data.name, usable), data.name, data.ends_call, data.interruptible
            )
            if usable
            else None
        )

    def _fill(self, memory: Memory) -> Callable[[str], str]:
        """Fills the holes of an answer; "" when one cannot be filled."""
        now = memory.clock()
        values = {
            "persona": self._persona,
            "name": memory.name,
            "last": memory.last,
            "time": f"{now.hour % 12 or 12}:{now:%M} {'AM' if now.hour < 12 else 'PM'}",
            "day": f"{now:%A}",
            "date": f"{now:%B} {now.day}, {now.year}",
        }

        def fill(answer: str) -> str:
            holes = re.findall(r"{(\w+)}", answer)
            return answer.format_map(values) if all(values.get(hole) for hole in holes) else ""

        return fill


def plain(text: str) -> str:
    """``text`` as patterns see it: lower case, contractions written out, words and single spaces.

    "What's your name?" gives "what is your name".
    """
    words = text.lower().replace("’", "'")
    for short, long in _CONTRACTIONS:
        words = words.replace(short, long)
    words = _IS.sub(r"\1 is", words)
    return _SPACES.sub(" ", _NOT_WORDS.sub(" ", words.replace("'", ""))).strip()


def _compile(rule: RuleData) -> _Rule:
    pattern = "|".join(f"(?:{p})" for p in rule.patterns)
    try:
        return _Rule(rule, re.compile(pattern), longest(pattern))
    except (re.error, Endless) as error:
        raise ValueError(f"rule {rule.name!r}: bad pattern: {error}") from None
