"""Patterns of rules that no words of a caller can match.

Words reach rules in plain form (`rules.plain`): small letters, digits and single spaces, with
contractions written out. A pattern that wants a capital, an apostrophe or a question mark is a
regular expression like any other, and waits for ever.
"""

import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

from visavis.engines.chat.rules import LONGEST, Memory, RuleData, Rules, plain

_ALPHABET = [chr(code) for code in range(0x100) if re.fullmatch(r"[a-z0-9à-ÿ ]", chr(code))]
_WORDS = re.compile(r"[a-z0-9à-ÿ ]+")
_MEANT = re.compile(r"[\w\s'’.,?!-]+")
"""A pattern that was written as if it were a sentence."""
_CLASSES = {"DIGIT": r"\d", "NOT_DIGIT": r"\D", "SPACE": r"\s", "NOT_SPACE": r"\S"}
_CLASSES |= {"WORD": r"\w", "NOT_WORD": r"\W"}
# The standard library's own reader of patterns: it has no public name, and none other would agree
# with `re` in everything. Python 3.11 and 3.12 have it here.
_parse = import_module("re._parser").parse


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
        if not _possible(_parse(f"(?:{pattern})")):
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
        joined = "|".join(f"(?:{one})" for one in rule.patterns)
        if pattern in rule.patterns or (
            _WORDS.fullmatch(pattern) and re.fullmatch(joined, pattern)
        ):
            return repr(rule.name)
    return ""


class _Asked:
    """A rule of one pattern, to be tried."""

    name, answers, ends_call = "", ("yes",), False

    def __init__(self, pattern: str) -> None:
        self.patterns = (pattern,)


def _possible(sequence: Iterable[tuple[Any, Any]]) -> bool:
    """Whether words in plain form may match; what isn't understood may."""
    return all(_piece(str(operation), value) for operation, value in sequence)


def _piece(operation: str, value: Any) -> bool:
    match operation:
        case "LITERAL":
            return chr(value) in _ALPHABET
        case "IN":
            return any(_in(value, letter) for letter in _ALPHABET)
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


def _in(items: Sequence[tuple[Any, Any]], letter: str) -> bool:
    """Whether a set, as in [^a-c], has the letter."""
    found, negated = False, False
    for operation, value in items:
        match str(operation):
            case "NEGATE":
                negated = True
            case "LITERAL":
                found |= ord(letter) == value
            case "RANGE":
                found |= value[0] <= ord(letter) <= value[1]
            case "CATEGORY":
                kind = _CLASSES[str(value).removeprefix("CATEGORY_")]
                found |= re.fullmatch(kind, letter) is not None
    return found is not negated
