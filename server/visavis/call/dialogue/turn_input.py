"""What a caller said, typed or signed in one turn, and the one line that it amounts to."""

from dataclasses import dataclass, replace
from typing import Self

from visavis.learning.fusion import fused


@dataclass(frozen=True)
class TurnInput:
    """Of one turn. Times are `monotonic()` s."""

    speech: str = ""
    """Typed words, too."""
    began: float | None = None
    ended: float | None = None
    """When the speech began and ended."""
    signs: tuple[tuple[str, float], ...] = ()
    """Signs made with it, and when."""

    language: str = ""
    """ISO 639-1, of speech, where the recogniser tells it."""

    @property
    def text(self) -> str:
        """Signs stand where they were made."""
        if not self.signs:
            return self.speech
        return fused(self.speech, self.signs, self.began, self.ended)

    @property
    def aloud(self) -> str:
        """The signs alone, as somebody would say them for the caller; "" without any."""
        return " ".join(label if label[-1] in ".!?" else f"{label}." for label, _ in self.signs)

    def plus(self, *signs: tuple[str, float]) -> Self:
        """With more signs."""
        return replace(self, signs=(*self.signs, *signs))
