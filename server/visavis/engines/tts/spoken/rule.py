"""What a rule is: a pattern, and the words for what it finds."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Saying = str | Callable[[re.Match[str]], str]
"""A template as `re.sub` takes it, or a function of the match."""

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
"""With commas between thousands, and decimals."""
ALONE = r"(?<![\w.,/:$£€¥])"
"""Before a number that isn't the rest of another one."""
END = r"(?![\w/]|[.,:]\d)"
"""Behind a number that doesn't go on."""


@dataclass(frozen=True)
class SpokenForm:
    """Every match of ``pattern`` is said as ``words``."""

    name: str
    pattern: re.Pattern[str]
    words: Saying

    def apply(self, text: str) -> str:
        """``text`` with all that it finds in words."""
        return self.pattern.sub(self.words, text)


def rule(name: str, pattern: str, words: Saying, flags: int = 0) -> SpokenForm:
    """A rule of a pattern that is written out."""
    return SpokenForm(name, re.compile(pattern, flags), words)


def applied(rules: Iterable[SpokenForm], text: str) -> str:
    """``text`` after all of ``rules``, one after the other."""
    for each in rules:
        text = each.apply(text)
    return text
