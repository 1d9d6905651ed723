"""Which rules a sentence fits: the sentence in the forms in which rules look at it, and the rules'
patterns, compiled."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from visavis.engines.chat.introductions import GROUPS, Introduction, NameTold, Setting
from visavis.engines.chat.names import Manner
from visavis.engines.chat.plain import Phrase, plain
from visavis.personas.patterns import Endless, longest

_FILLERS = (
    r"um+|uh+|er+|erm|ah|oh|hm+|well(?! done)|okay|ok|alright|all right|right|please|"
    r"hey(?! there)|so(?! (?:what|long)$)|(?:now|and|but)(?! what$)|then|sorry|excuse me|just"
)
_KEEPS_NOW = "".join(
    rf"(?<!{word} )" for word in ("for", "not", "leaving", "going", "off", "bed", "home")
)
"""Behind these, "now" says something: "I'm leaving now"."""
_FILLER = re.compile(
    rf"^(?:(?:{_FILLERS}) )+(?=\S)|(?: (?:please|then|{_KEEPS_NOW}now|though|for me))+$"
)
_SAYS_NOTHING = rf"(?:{_FILLERS}|yes|yeah|yep|no|nope)"
_NOTHING_ELSE = re.compile(rf"{_SAYS_NOTHING}(?: {_SAYS_NOTHING})*")
_GREETING = re.compile(
    r"^(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))"
    r"(?: (?:there|again|everyone))?\b ?"
)
_THANKS = r"(?:thank you|thanks|cheers)(?: (?:so much|very much|a lot))?"
_THANKED = re.compile(rf"^{_THANKS} (?:and )?(?=\S)|(?: and)? {_THANKS}$")
_COURTESY = re.compile(rf"{_THANKS}|please|sorry")


class RuleData(Protocol):
    """A rule as the persona's file gives it.

    ``patterns`` are regular expressions, each matched against the whole of one sentence, or of a
    part of it between commas, in ``plain`` form; what a group ``name``, ``perhaps`` or ``asked``
    matches may be the caller's name (`names.Manner`). ``answers`` may hold {name}, {persona},
    {time}, {day}, {date} and {last}; an answer with a hole that cannot be filled yet is passed
    over, and a rule without a usable answer doesn't fire.
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
class _Compiled:
    data: RuleData
    pattern: re.Pattern[str]
    longest: int
    """Characters of a sentence that it may be tried on: see `personas.patterns`."""
    introductions: Sequence[Introduction]


class Matcher:
    """The patterns of a persona's rules; holds nothing of any call.

    Raises ValueError naming the rule whose pattern is no regular expression, or none that can be
    used (`personas.patterns`).
    """

    def __init__(self, rules: Iterable[RuleData], persona: str) -> None:
        self._rules = [_compile(rule) for rule in rules]
        self._called = plain(persona)
        called = re.escape(self._called)
        self._vocative = re.compile(rf"^{called} (?=\S)| {called}$")

    def fitting(self, heard: Phrase, setting: Setting) -> Iterator[RuleData]:
        """The rules that fit all of it, the most wanted first."""
        for form in self._forms(heard):
            for rule in self._rules:
                if len(form) <= rule.longest and self._fits(rule, heard, form, setting):
                    yield rule.data

    def told(self, heard: Phrase, setting: Setting) -> Iterator[NameTold]:
        """The names with which it begins, after words that introduce one."""
        for form in self._forms(heard):
            for rule in self._rules:
                if rule.introductions and len(form) <= rule.longest:
                    for told in _read(rule, heard, form, setting):
                        if told.manner is not Manner.ASKED or not self._otherwise(form):
                            yield told

    def empty(self, heard: Phrase) -> bool:
        """Whether it says nothing: "Okay", "Well", or the persona's name."""
        words = self._bare(heard.words)
        return words == self._called or _NOTHING_ELSE.fullmatch(words) is not None

    def courtesy(self, heard: Phrase) -> bool:
        """Whether it is no more than thanks or an apology."""
        return _COURTESY.fullmatch(self._bare(heard.words)) is not None

    def _fits(self, rule: _Compiled, heard: Phrase, form: str, setting: Setting) -> bool:
        match = rule.pattern.fullmatch(form)
        if match is None or not any(match.groupdict().get(group) for group in GROUPS):
            return match is not None
        return any(told.whole for told in _read(rule, heard, form, setting))

    def _otherwise(self, form: str) -> bool:
        """Whether a rule takes it for something else than a name: "Stop"."""
        return any(
            rule.pattern.fullmatch(form)
            for rule in self._rules
            if not rule.introductions and len(form) <= rule.longest
        )

    def _forms(self, heard: Phrase) -> list[str]:
        """In plain form, without filler and the persona's name; then without a greeting; then
        without thanks."""
        words = self._bare(heard.words)
        shorter = [_GREETING.sub("", words, count=1), _THANKED.sub("", words)]
        return [
            *filter(None, dict.fromkeys([words, *(self._bare(one.strip()) for one in shorter)]))
        ]

    def _bare(self, words: str) -> str:
        for _ in range(2):
            words = _FILLER.sub("", self._vocative.sub("", words)).strip()
        return words


def _read(rule: _Compiled, heard: Phrase, form: str, setting: Setting) -> Iterator[NameTold]:
    for introduction in rule.introductions:
        told = introduction.read(heard, form, setting)
        if told is not None:
            yield told


def _compile(rule: RuleData) -> _Compiled:
    pattern = "|".join(f"(?:{one})" for one in rule.patterns)
    try:
        introductions = [
            Introduction(one)
            for one in rule.patterns
            if not GROUPS.keys().isdisjoint(re.compile(one).groupindex)
        ]
        return _Compiled(rule, re.compile(pattern), longest(pattern), introductions)
    except (re.error, Endless) as error:
        raise ValueError(f"rule {rule.name!r}: bad pattern: {error}") from None
