"""What the words of a turn are to the floor."""

from collections.abc import Collection
from dataclasses import dataclass

from visavis.call.turns.hints import backchannel
from visavis.call.turns.unfinished import Openness, openness


@dataclass(frozen=True)
class TurnWords:
    """The words of a turn so far."""

    text: str = ""
    """Empty: nothing was said."""
    complete: bool = False
    """They leave no doubt that the turn is finished."""
    backchannel: bool = False
    """What listeners say without wanting the floor."""
    openness: Openness = Openness.CLOSED
    """What their syntax still wants."""

    @classmethod
    def of(cls, text: str, *, complete: bool, backchannels: Collection[str]) -> "TurnWords":
        """Those of a transcript."""
        return cls(text, complete, backchannel(text, backchannels), openness(text))

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.text.split())


NO_WORDS = TurnWords()
