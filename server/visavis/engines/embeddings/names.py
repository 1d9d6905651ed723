"""The names that a text holds: what a recogniser can't know how to spell."""

import re
from collections import Counter
from collections.abc import Iterable

_NAME = re.compile(
    r"(?<![.!?:#*\-\n]\s)(?<!^)(?<![\"'“])\b[A-ZÀ-Þ][\w'’-]+(?:\s(?:of|the|de|van|der|la)?\s?[A-ZÀ-Þ][\w'’-]+)*"
)
_COMMON = frozenset(
    (
        *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December", "English"),
    )
)


def names(texts: Iterable[str], most: int = 20) -> list[str]:
    """At most so many names in ``texts``, the most frequent first: capitalised words that don't
    begin a sentence, days and months left out."""
    counted: Counter[str] = Counter()
    for text in texts:
        counted.update(
            found for found in _NAME.findall(text) if found not in _COMMON and len(found) > 2
        )
    return [name for name, _ in counted.most_common(most)]
