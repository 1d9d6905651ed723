"""One stretch of the caller's sound on its way to words."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.engines.stt.base import Transcript


@dataclass(eq=False)
class Segment:
    """One stretch of the caller's sound and what is made of it; filled in as that becomes known."""

    number: int
    pcm: NDArray[np.int16]
    """(N,) at 16 kHz."""
    begin_ms: float
    last_voiced_ms: float
    voiced_at: float
    """`monotonic()` s when the packet with the last voiced sample arrived."""
    audio_filter: UUID | None = None
    """The row of the filter that touched `pcm`."""
    details: dict[str, Any] = field(default_factory=dict)
    """Of `pcm`, for its row."""
    transcript: Transcript | None = None
    finished: float | None = None
    """Probability, 0..1, that the turn is over."""
    judge: str = ""
    """What said so."""

    def transcribed(self, transcript: Transcript) -> None:
        """Its words are known."""
        self.transcript = transcript

    def judged(self, finished: float, judge: str) -> None:
        """That one has an opinion."""
        self.finished, self.judge = finished, judge
