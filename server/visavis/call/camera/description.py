"""What is seen of the caller, in words, now and then."""

from visavis.call.events import Bus, Described, Looked
from visavis.engines.vision import landmarks


class CallerDescription:
    """Of one session. `every_s` is between two descriptions, 0: none."""

    def __init__(self, bus: Bus, *, every_s: float) -> None:
        self._bus = bus
        self._every_s = every_s
        self._told_ms = -every_s * 1000
        if every_s:
            bus.subscribe(Looked, self._looked)

    def _looked(self, look: Looked) -> None:
        now_ms = look.landmarks.t_ms
        if now_ms - self._told_ms < self._every_s * 1000:
            return
        self._told_ms = now_ms
        seen = landmarks.caller(look.landmarks, look.size)
        self._bus.publish(Described(landmarks.SYSTEM, seen.description, seen.details))
