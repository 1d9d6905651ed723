"""Where the time of one answer went: marks on one clock, stages between them, and their sum.

Each stage runs from the mark before it to its own, on the critical path: work that was done ahead
(a reply prepared while the silence was still being weighed) costs its stage nothing. So the
stages of a turn add up to `voice_to_voice`; what a missing mark hides, the recorder calls
`unexplained`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

STAGES = (
    ("endpoint", "decided"),
    ("think", "clause"),
    ("speak", "speech"),
    ("playout", "left"),
    ("marker", "answered"),
)
"""A stage and the mark that ends it: the silence that was weighed (the transcript comes within
it), the first clause's words, its first samples, its first audible sample on the wire, and the
first word in it that is no discourse marker. A filler is no clause of the answer."""
MARKER_S = 0.01
"""The last stage is one only where the answer leads up to its first own word."""


@dataclass
class Stopwatch:
    """The marks of one turn, s on `time.monotonic`."""

    voiced: float
    """The packet with the caller's last voiced sample arrived (or their text did)."""
    marks: dict[str, float] = field(default_factory=dict)

    def mark(self, name: str, at: float) -> None:
        """Note a mark; the first of a name counts."""
        self.marks.setdefault(name, at)

    def not_before(self, at: float) -> None:
        """Nobody could have answered before then; the waiting counts from there."""
        self.voiced = max(self.voiced, at)

    @property
    def total_ms(self) -> float | None:
        """Voice to voice, ms; None while no word of the answer's own has left."""
        return self.until("answered")

    def until(self, name: str) -> float | None:
        """From the last voiced sample to a mark, ms; None while it isn't made."""
        at = self.marks.get(name)
        return None if at is None else (at - self.voiced) * 1000.0

    def stages(self) -> dict[str, float]:
        """ms by stage; with every mark made they add up to `total_ms`."""
        spent: dict[str, float] = {}
        reached = self.voiced
        for stage, mark in STAGES:
            at = self.marks.get(mark)
            if at is not None and (stage != "marker" or at - reached > MARKER_S):
                spent[stage] = max(0.0, at - reached) * 1000.0
                reached = max(reached, at)
        return spent


@dataclass(frozen=True)
class ReplyAnswers:
    """The first word of a reply's own has left: no filler and no discourse marker."""

    turn: UUID
    generation: int | None
    waited_ms: float
    """Since the caller's last voiced sample."""
    stages: Mapping[str, float]
    """ms, in order."""
