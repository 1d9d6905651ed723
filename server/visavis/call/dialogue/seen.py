"""What is seen of the caller, in words, for whoever asks in this moment."""

from collections.abc import Callable
from time import monotonic

from visavis.call.events import Bus, ConsentChanged, Looked
from visavis.engines.vision import landmarks

FRESH_S = 5.0
"""What was seen longer ago isn't what is seen."""


class LatestLook:
    """Of one call: the latest picture that was looked at."""

    def __init__(self, bus: Bus, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._latest: tuple[Looked, float] | None = None
        bus.subscribe(Looked, self._looked)
        bus.subscribe(ConsentChanged, self._forget)

    def text(self) -> str:
        """A sentence; "" when nobody has looked for some seconds."""
        if self._latest is None or self._clock() - self._latest[1] > FRESH_S:
            return ""
        look = self._latest[0]
        return landmarks.caller(look.landmarks, look.size).description

    def _looked(self, look: Looked) -> None:
        self._latest = look, self._clock()

    def _forget(self, _: ConsentChanged) -> None:
        self._latest = None
