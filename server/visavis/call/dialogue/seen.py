"""What is seen of the caller, in words, for whoever asks in this moment."""

from visavis.call.events import Bus, ConsentChanged, Looked
from visavis.call.voice.clock import SessionClock
from visavis.engines.vision import landmarks

FRESH_MS = 5_000.0
"""What was seen longer ago isn't what is seen."""


class LatestLook:
    """Of one session: the latest picture that was looked at."""

    def __init__(self, bus: Bus, clock: SessionClock) -> None:
        self._clock = clock
        self._latest: tuple[Looked, float] | None = None
        bus.subscribe(Looked, self._looked)
        bus.subscribe(ConsentChanged, self._forget)

    def text(self) -> str:
        """A sentence; "" when nobody has looked for some seconds."""
        if self._latest is None or self._clock.now_ms() - self._latest[1] > FRESH_MS:
            return ""
        look = self._latest[0]
        return landmarks.caller(look.landmarks, look.size).description

    def _looked(self, look: Looked) -> None:
        self._latest = look, self._clock.now_ms()

    def _forget(self, _: ConsentChanged) -> None:
        self._latest = None
