"""What is seen of the caller, in words, now and then."""

from collections.abc import Callable
from time import monotonic

from visavis.call.events import Bus, Described, Looked
from visavis.engines.vision import landmarks


class CallerDescription:
    """Of one call. `every_s` is between two descriptions, 0: none."""

    def __init__(self, bus: Bus, *, every_s: float, clock: Callable[[], float] = monotonic) -> None:
        self._bus = bus
        self._every_s = every_s
        self._clock = clock
        self._told = -every_s
        if every_s:
            bus.subscribe(Looked, self._looked)

    def _looked(self, look: Looked) -> None:
        now = self._clock()
        if now - self._told < self._every_s:
            return
        self._told = now
        seen = landmarks.caller(look.landmarks, look.size)
        self._bus.publish(Described(landmarks.SYSTEM, seen.description, seen.details))
