"""Whether a repetition can go through the same letters in two ways, which multiply as it goes on.

What is repeated is written as an automaton (Glushkov's): a state for each letter or set of letters
in it, and an edge wherever one may follow the other, as often as there are ways to get there.
Two ways through the same letters are a path of pairs of states that leaves two equal ones and comes
back to two equal ones (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991).
Without such a path, each letter can be read in one way only.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

LetterSet = frozenset[str]
Pair = tuple[int, int]
MOST = 200
"""States; of larger ones nothing is known."""
_ZERO_WIDTH = ("AT", "ASSERT", "ASSERT_NOT")


class TooLarge(ValueError):
    """It has more than `MOST` states, or something that is no letter, or is repeated empty."""


@dataclass
class _Part:
    """A part of the pattern: states with which it may begin and end, in how many ways, and in how
    many it may be empty."""

    begins: Counter[int] = field(default_factory=Counter)
    ends: Counter[int] = field(default_factory=Counter)
    empty: int = 0


class _Automaton:
    def __init__(self, letters: Callable[[str, Any], LetterSet | None]) -> None:
        """``letters(operation, value)``: what one piece matches, None if that is no one letter."""
        self.letters: list[LetterSet] = []
        self.edges: Counter[Pair] = Counter()
        self._read = letters

    def sequence(self, items: Iterable[tuple[Any, Any]]) -> _Part:
        whole = _Part(empty=1)
        for operation, value in items:
            part = self._piece(str(operation), value)
            self._join(whole, part)
            whole = _Part(
                whole.begins + _times(part.begins, whole.empty),
                part.ends + _times(whole.ends, part.empty),
                whole.empty * part.empty,
            )
        return whole

    def repeated(self, items: Any) -> _Part:
        """Any number of times. Raises `TooLarge`."""
        part = self.sequence(items)
        if part.empty:
            raise TooLarge
        self._join(part, part)
        return _Part(part.begins, part.ends, 1)

    def _join(self, first: _Part, then: _Part) -> None:
        for end, ways in first.ends.items():
            for begin, others in then.begins.items():
                self.edges[end, begin] += ways * others

    def _piece(self, operation: str, value: Any) -> _Part:
        match operation:
            case "SUBPATTERN":
                return self.sequence(value[3])
            case "ATOMIC_GROUP":
                return self.sequence(value)
            case "BRANCH":
                return self._branches(value[1])
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeat(*value)
            case _ if operation in _ZERO_WIDTH:
                return _Part(empty=1)
        letters = self._read(operation, value)
        if letters is None or len(self.letters) >= MOST:
            raise TooLarge
        self.letters.append(letters)
        state = len(self.letters) - 1
        return _Part(Counter((state,)), Counter((state,)))

    def _branches(self, branches: Iterable[Any]) -> _Part:
        parts = [self.sequence(branch) for branch in branches]
        return _Part(
            sum((part.begins for part in parts), Counter()),
            sum((part.ends for part in parts), Counter()),
            sum(part.empty for part in parts),
        )

    def _repeat(self, least: int, most: int, items: Any) -> _Part:
        if most == 1:
            part = self.sequence(items)
            return part if least else _Part(part.begins, part.ends, part.empty + 1)
        # As if there were no bounds: so it has more ways, never fewer.
        part = self.repeated(items)
        return part if least == 0 else _Part(part.begins, part.ends, 0)


def multiplies(items: Any, letters: Callable[[str, Any], LetterSet | None]) -> bool:
    """Whether any number of ``items`` (`re`'s tree) may have several ways through one text.

    ``letters`` as the automaton has it. What can't be told may.
    """
    automaton = _Automaton(letters)
    try:
        automaton.repeated(items)
    except TooLarge:
        return True
    if any(ways > 1 for ways in automaton.edges.values()):
        return True
    after: dict[int, list[int]] = {}
    for begin, end in automaton.edges:
        after.setdefault(begin, []).append(end)
    pairs = {(state, state) for state in range(len(automaton.letters))}
    ahead = {pair: _next(pair, after, automaton.letters) for pair in pairs}
    waiting = deque(pairs)
    while waiting:
        for pair in ahead[waiting.popleft()]:
            if pair not in ahead:
                ahead[pair] = _next(pair, after, automaton.letters)
                waiting.append(pair)
    return _comes_back(ahead)


def _next(pair: Pair, after: Mapping[int, Iterable[int]], letters: list[LetterSet]) -> list[Pair]:
    return [
        (one, other)
        for one in after.get(pair[0], ())
        for other in after.get(pair[1], ())
        if letters[one] & letters[other]
    ]


def _comes_back(ahead: Mapping[Pair, Iterable[Pair]]) -> bool:
    """Whether two equal states can be reached from two different ones."""
    return any(
        one != other and any(begin == end for begin, end in following)
        for (one, other), following in ahead.items()
    )


def _times(ways: Counter[int], times: int) -> Counter[int]:
    return Counter({state: number * times for state, number in ways.items() if times})
