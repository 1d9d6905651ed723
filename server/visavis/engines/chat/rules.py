"""Expert rules: what has one right answer is answered at once, and never by a guessing model.

A rule is data of the persona: patterns over the caller's words and answers to choose from. A rule
fires only when the whole utterance is what it looks for: "Hello, how tall is Everest?" holds a
greeting and is a question, so it is left to the language model.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from visavis.engines.chat.introductions import NameTold, Setting, told
from visavis.engines.chat.matching import Matcher, RuleData
from visavis.engines.chat.ordinary import REASON, SURELY, TELLING
from visavis.engines.chat.plain import Phrase, asides, parts, sentences
from visavis.personas.patterns import LONGEST


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
class _Hit:
    rule: RuleData
    heard: Phrase


class Rules:
    """The rules of one persona, ready to answer; holds nothing of any call.

    Raises what `Matcher` raises.
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
        self._matcher = Matcher(rules, persona)
        self._persona = persona
        self._silence_lines = silence_lines
        self._fallback_lines = fallback_lines
        self._declined_lines = declined_lines

    def answer(self, text: str, memory: Memory) -> RuleAnswer | None:
        """The answer to what the caller said, or None when it is no matter for rules.

        Remembers a name that is told, also when the rest of the words is left to others.
        """
        whole = len(text) <= LONGEST
        first, last = _ends(text)
        setting = Setting.after(memory.last, (memory.name, self._persona), text[:LONGEST])
        memory.name = told(self._told(first, setting), text[:LONGEST], memory.name)
        hit = self._whole(last, setting, memory) if whole else None
        hit = hit or self._farewell(last, setting, memory)
        answer = self._say(hit.rule, memory) if hit else None
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

    def _told(self, said: list[Phrase], setting: Setting) -> Iterator[NameTold]:
        """The names that are told in these."""
        for sentence in said:
            for heard in dict.fromkeys((sentence, *parts(sentence))):
                yield from self._matcher.told(heard, setting)

    def _whole(self, said: list[Phrase], setting: Setting, memory: Memory) -> _Hit | None:
        """What to answer where a rule fits every sentence, or every part of it: a farewell, else
        the last question, else the last that is no mere courtesy."""
        hits: list[_Hit] = []
        for sentence in said:
            found = self._hits([sentence], setting, memory)
            found = self._hits(parts(sentence), setting, memory) if found is None else found
            if found is None:
                return None
            hits += found
        hits.sort(key=self._weight)
        return hits[-1] if hits else None

    def _weight(self, hit: _Hit) -> int:
        if hit.rule.ends_call:
            return 3
        return 2 if hit.heard.question else 0 if self._matcher.courtesy(hit.heard) else 1

    def _hits(self, said: list[Phrase], setting: Setting, memory: Memory) -> list[_Hit] | None:
        """A rule for each that says something; None when there is one for which there is none."""
        hits = []
        for heard in said:
            rule = self._find(heard, setting, memory)
            if rule is not None:
                hits.append(_Hit(rule, heard))
            elif not self._matcher.empty(heard) and heard.written != memory.name:
                return None
        return hits

    def _farewell(self, said: list[Phrase], setting: Setting, memory: Memory) -> _Hit | None:
        """The farewell that ends statements, "My bus is here, bye", or that is sure and begins
        them: "Bye, my bus is here"."""
        pieces = [piece for sentence in said for piece in asides(sentence)]
        while pieces and (self._matcher.empty(pieces[-1]) or self._matcher.courtesy(pieces[-1])):
            pieces.pop()
        if not pieces or any(sentence.question for sentence in said):
            return None
        before, behind = _words(pieces[:-1]), _words(pieces[1:])
        hit = None if before & TELLING else self._ending(pieces[-1], setting, memory)
        if hit is None and _words(pieces[:1]) & SURELY and behind & REASON:
            hit = None if behind & TELLING else self._ending(pieces[0], setting, memory)
        return hit

    def _ending(self, piece: Phrase, setting: Setting, memory: Memory) -> _Hit | None:
        """The rule that fits, if it ends the call."""
        rule = self._find(piece, setting, memory)
        return _Hit(rule, piece) if rule is not None and rule.ends_call else None

    def _find(self, heard: Phrase, setting: Setting, memory: Memory) -> RuleData | None:
        """The first rule that fits and can answer."""
        fill = self._fill(memory)
        fitting = self._matcher.fitting(heard, setting)
        return next((rule for rule in fitting if any(map(fill, rule.answers))), None)

    def _say(self, rule: RuleData, memory: Memory) -> RuleAnswer | None:
        usable = [text for text in map(self._fill(memory), rule.answers) if text]
        return (
            RuleAnswer(
                memory.pick(rule.name, usable), rule.name, rule.ends_call, rule.interruptible
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


def _ends(text: str) -> tuple[list[Phrase], list[Phrase]]:
    """The sentences from which a name is learnt, and those that may be a farewell: all, or of a
    long text the first and the last."""
    if len(text) <= LONGEST:
        said = sentences(text)
        return said, said
    return sentences(text[:LONGEST])[:-1], sentences(text[-LONGEST:])[1:]


def _words(pieces: Iterable[Phrase]) -> set[str]:
    return {word for piece in pieces for word in piece.words.split()}
