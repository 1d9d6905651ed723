"""What is told of somebody in need, on a session's bus."""

from dataclasses import dataclass
from uuid import UUID

from visavis.call.need.recognition import Need


@dataclass(frozen=True)
class InNeed:
    """The words of this turn stand, and tell of need; the answer names where help is."""

    turn: UUID
    need: Need


@dataclass(frozen=True)
class MannerChanged:
    """How the language model is to answer from now on, in a sentence for it; "": as ever."""

    manner: str
