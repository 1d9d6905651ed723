"""How long a rule's pattern may take on what a caller says, found out without trying.

`re` goes back and tries otherwise whenever it can't go on, holds the interpreter's lock meanwhile,
and can't be stopped: ``(a+)+b`` takes a minute for thirty letters a, in which no packet leaves. So
the ways to go through a pattern are counted before it is used. A repetition has one way if it can
end at one place only, since what it repeats and what may follow have no first letter in common;
else as many as there are places in the text. Where what is repeated has several ways itself, these
multiply with every letter: such a pattern is refused. Others are tried on texts that are short
enough.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from math import comb
from typing import Any

from visavis.personas.loops import LetterSet, multiplies

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789 ") | {chr(c) for c in range(0xE0, 0x100)}
"""What a caller's words hold when rules look at them: `visavis.engines.chat.plain.plain`."""
LONGEST = 240
"""Characters of a text; rules look at none that is longer."""
STEPS = 30_000
"""Ways that may be tried on a text: some ms."""
_ONE_LETTER = ("LITERAL", "NOT_LITERAL", "IN", "ANY")
_FEW = 8
"""So many repetitions at most are counted one by one; more are any number."""
# The standard library's own reader of patterns: it has no public name, and none other would agree
# with `re` in everything. Python 3.11 and 3.12 have it here.
parse = import_module("re._parser").parse
"""The tree of a pattern. Raises `re.error`, OverflowError and RecursionError."""

Ways = Counter[int]
"""How many ways there are that choose none, one, two, ... places in the text, in order."""


class Endless(ValueError):
    """A pattern that may take for ever; the message says what to write in its place."""


@lru_cache(1_000)  # the same are asked for when a persona is read and when its rules are made
def longest(pattern: str) -> int:
    """Characters of the longest text on which a pattern may be tried, `LONGEST` at most.

    Raises `Endless`, and what `parse` raises.
    """
    try:
        ways = _sequence(parse(pattern), frozenset())
        for length in range(LONGEST, 0, -1):
            if sum(n * comb(length + places, places) for places, n in ways.items()) <= STEPS:
                return length
    except Endless:
        pass
    raise Endless(
        f"pattern {pattern!r} may take for ever, since what it repeats can be matched in several "
        "ways: let each repetition begin with what can't come before, as in [a-z]+(?: [a-z]+)*"
    )


def has(items: Sequence[tuple[Any, Any]], letter: str) -> bool:
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
                found |= _of(str(value), letter)
    return found is not negated


def _of(category: str, letter: str) -> bool:
    name = category.removeprefix("CATEGORY_")
    match name.removeprefix("NOT_"):
        case "DIGIT":
            found = letter.isdecimal()
        case "SPACE":
            found = letter.isspace()
        case _:
            found = letter.isalnum() or letter == "_"
    return found is not name.startswith("NOT_")


def _sequence(items: Iterable[tuple[Any, Any]], after: LetterSet) -> Ways:
    """The ways through pieces that stand one behind the other, before ``after``."""
    ways = Counter({0: 1})
    for operation, value in reversed([*items]):
        ways = _both(ways, _piece(str(operation), value, after))
        first, empty = _first(str(operation), value)
        after = first | after if empty else first
    return ways


def _piece(operation: str, value: Any, after: LetterSet) -> Ways:
    match operation:
        case "BRANCH":
            return _branches(value[1], after)
        case "GROUPREF_EXISTS":
            return _branches([value[1], value[2] or ()], after)
        case "SUBPATTERN":
            return _sequence(value[3], after)
        case "ATOMIC_GROUP":
            return _sequence(value, after)
        case "ASSERT" | "ASSERT_NOT":
            return _sequence(value[1], LETTERS)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, repeated = value
            return _repeated(least, most, repeated, after)
    return Counter({0: 1})


def _branches(branches: Sequence[Any], after: LetterSet) -> Ways:
    """All of them; of branches that begin with different letters, one."""
    ways = [_sequence(branch, after) for branch in branches]
    begins = [first | after if empty else first for first, empty in map(_first_of, branches)]
    apart = sum(map(len, begins)) == len(frozenset().union(*begins))
    total = Ways()
    for one in ways:
        total = total | one if apart else total + one
    return total


def _repeated(least: int, most: int, repeated: Any, after: LetterSet) -> Ways:
    first, empty = _first_of(repeated)
    once = _sequence(repeated, first | after)
    one_end = not empty and not first & after
    if most <= _FEW:
        ways = Counter({0: 1 if one_end else most - least + 1})
        for _ in range(most):
            ways = _both(ways, once)
        return ways
    if empty or (once != Counter({0: 1}) and multiplies(repeated, _letters)):
        raise Endless
    # Each time but the last is followed by the next, which leaves one way to go through it.
    return _both(Counter({0 if one_end else 1: 1}), once)


def _both(ways: Ways, others: Ways) -> Ways:
    """One behind the other."""
    product = Ways()
    for places, times in ways.items():
        for more, other in others.items():
            product[places + more] += times * other
    return product


def _first_of(items: Iterable[tuple[Any, Any]]) -> tuple[LetterSet, bool]:
    """The letters with which pieces may begin, and whether they may be empty."""
    found: LetterSet = frozenset()
    for operation, value in items:
        first, empty = _first(str(operation), value)
        found |= first
        if not empty:
            return found, False
    return found, True


def _first(operation: str, value: Any) -> tuple[LetterSet, bool]:
    """The same of one piece; more letters than there are do no harm."""
    match operation:
        case "LITERAL":
            return frozenset((chr(value), chr(value).lower())), False
        case "IN":
            # A letter may be meant by its capital, if the case is told to be ignored.
            return frozenset(
                letter
                for letter in LETTERS
                if has(value, letter) or (len(letter.upper()) == 1 and has(value, letter.upper()))
            ), False
        case "ANY" | "NOT_LITERAL":
            return LETTERS, False
        case "FAILURE":
            return frozenset(), False
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return frozenset(), True
        case "BRANCH":
            return _any_of(value[1])
        case "GROUPREF_EXISTS":
            return _any_of([value[1], value[2] or ()])
        case "SUBPATTERN":
            return _first_of(value[3])
        case "ATOMIC_GROUP":
            return _first_of(value)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            first, empty = _first_of(value[2])
            return first, empty or value[0] == 0
    return LETTERS, True


def _letters(operation: str, value: Any) -> LetterSet | None:
    """What a piece matches that is one letter."""
    return _first(operation, value)[0] if operation in _ONE_LETTER else None


def _any_of(branches: Iterable[Any]) -> tuple[LetterSet, bool]:
    firsts = [_first_of(branch) for branch in branches]
    return frozenset().union(*(first for first, _ in firsts)), any(empty for _, empty in firsts)
