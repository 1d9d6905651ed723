"""Patterns of rules that no words of a caller can match.

Words reach rules in plain form (`plain.plain`): small letters, digits and single spaces, with
contractions written out. A pattern that wants a capital, an apostrophe or a question mark is a
regular expression like any other, and waits for ever.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from visavis.engines.chat.matching import RuleData
from visavis.engines.chat.plain import plain
from visavis.engines.chat.rules import Memory, Rules
from visavis.personas.patterns import LETTERS, LONGEST, Endless, has, longest, parse

_WORDS = re.compile(r"[a-z0-9à-ÿ ]+")
_MEANT = re.compile(r"[\w\s'’.,?!-]+")
"""A pattern that was written as if it were a sentence."""


def unreachable(rules: Sequence[RuleData], persona: str) -> list[str]:
    """A sentence for each pattern that nothing can match, and for each rule whose words are all
    answered by rules before it. ``persona`` is the name by which it is called."""
    told = []
    for index, rule in enumerate(rules):
        dead = {pattern: why for pattern in rule.patterns if (why := _dead(pattern, persona))}
        told += [f"rule {rule.name!r}: {why}" for why in dead.values()]
        alive = [pattern for pattern in rule.patterns if pattern not in dead]
        before = [_taken(pattern, rules[:index]) for pattern in alive]
        if before and all(before):
            told.append(
                f"rule {rule.name!r} is never reached: {', '.join(sorted(set(before)))} before it "
                "answers the same words"
            )
    return told


def _dead(pattern: str, persona: str) -> str:
    """Why nothing can match it; "" when something may."""
    try:
        if not _possible(parse(f"(?:{pattern})")):
            hint = f": write {plain(pattern)!r}" if _MEANT.fullmatch(pattern) else ""
            return (
                f"pattern {pattern!r} can match nothing, since words reach it in small letters, "
                f"digits and spaces, contractions written out{hint}"
            )
    except RecursionError:
        return ""
    if _WORDS.fullmatch(pattern):
        one = Rules([_Asked(pattern)], persona=persona)
        if one.answer(pattern, Memory()) is None:
            return (
                f"pattern {pattern!r} is not heard so: the persona's name, and words such as "
                "please, um or then, are left out at the ends before rules look, and spaces are "
                "single"
            )
    return ""


def _taken(pattern: str, before: Iterable[RuleData]) -> str:
    """The rule that always answers what this pattern matches, if it's clear that there is one."""
    for rule in before:
        always = any("{name}" not in text and "{last}" not in text for text in rule.answers)
        if not always:
            continue
        if pattern in rule.patterns or (_WORDS.fullmatch(pattern) and _matches(rule, pattern)):
            return repr(rule.name)
    return ""


def _matches(rule: RuleData, words: str) -> bool:
    """Whether a rule has a pattern for these words."""
    joined = "|".join(f"(?:{one})" for one in rule.patterns)
    try:
        return len(words) <= longest(joined) and re.fullmatch(joined, words) is not None
    except Endless:
        return False


class _Asked:
    """A rule of one pattern, to be tried."""

    name, answers, ends_call, interruptible = "", ("yes",), False, True

    def __init__(self, pattern: str) -> None:
        self.patterns = (pattern,)


def _possible(sequence: Iterable[tuple[Any, Any]]) -> bool:
    """Whether words in plain form may match; what isn't understood may."""
    return all(_piece(str(operation), value) for operation, value in sequence)


def _piece(operation: str, value: Any) -> bool:
    match operation:
        case "LITERAL":
            return chr(value) in LETTERS
        case "IN":
            return any(has(value, letter) for letter in LETTERS)
        case "BRANCH":
            return any(map(_possible, value[1]))
        case "SUBPATTERN":
            # A group may be told to match capitals as well: then its letters are no matter.
            return bool(value[1] & re.IGNORECASE) or _possible(value[3])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, _, repeated = value
            return least == 0 or (least <= LONGEST and _possible(repeated))
        case "ATOMIC_GROUP":
            return _possible(value)
        case "ASSERT":
            return _possible(value[1])
    return True
