"""What the recogniser may expect to hear of: what was spoken about just now."""

from collections.abc import Sequence

LONGEST = 240
"""Characters of what was said last; 60 tokens, and older words help less than they cost."""
LONGEST_NAMES = 160
"""Characters of names, which stand before it."""


class SpokenContext:
    """The persona's last answer, as far as it has been said, and the names that its place goes by.

    What it says unasked is no context, its greeting above all: with that, Whisper answers real
    recordings with the greeting itself.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._names = _joined(names)
        self._last = ""

    @property
    def text(self) -> str:
        """For the recogniser; "" when nothing was spoken about and there are no names."""
        return f"{self._names} {self._last}".strip()

    def answers(self, clause: str, *, begins: bool) -> None:
        """The persona says a clause of an answer; `begins`: its first."""
        self._last = clause if begins else f"{self._last} {clause}"[-LONGEST:].strip()


def _joined(names: Sequence[str]) -> str:
    """As many of them as fit, in a sentence."""
    text = ""
    for name in names:
        longer = f"{text}, {name}" if text else name
        if len(longer) > LONGEST_NAMES:
            break
        text = longer
    return f"{text}." if text else ""
