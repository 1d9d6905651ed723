"""How often something may happen, by key (an address): pure, the time is given.

Each table is bounded: beyond `MOST` keys the one that was used longest ago is forgotten, and may
begin anew. So what is known of strangers takes a few MB at most, however many addresses they have.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

MOST = 10_000
"""Keys that are remembered."""


@dataclass
class _Bucket:
    left: float
    at: float


@dataclass
class Buckets:
    """Token buckets: ``a_second`` in the long run, ``burst`` at once."""

    a_second: float
    burst: float
    most: int = MOST
    _of: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)

    def take(self, key: str, now: float) -> float:
        """0 and one is taken; or in how many seconds there will be one. ``now`` in s."""
        bucket = self._of.setdefault(key, _Bucket(self.burst, now))
        self._of.move_to_end(key)
        if len(self._of) > self.most:
            self._of.popitem(last=False)
        bucket.left = min(self.burst, bucket.left + (now - bucket.at) * self.a_second)
        bucket.at = now
        if bucket.left < 1:
            return (1 - bucket.left) / self.a_second
        bucket.left -= 1
        return 0.0


@dataclass
class Windows:
    """At most ``count`` in any ``seconds``; what was refused doesn't count."""

    count: int
    seconds: float
    most: int = MOST
    _of: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def take(self, key: str, now: float) -> float:
        """0 and one is taken; or in how many seconds there will be one. ``now`` in s."""
        taken = self._of.setdefault(key, deque())
        self._of.move_to_end(key)
        if len(self._of) > self.most:
            self._of.popitem(last=False)
        while taken and taken[0] <= now - self.seconds:
            taken.popleft()
        if len(taken) >= self.count:
            return taken[0] + self.seconds - now
        taken.append(now)
        return 0.0

    def give_back(self, key: str) -> None:
        """What was taken last did not happen."""
        if taken := self._of.get(key):
            taken.pop()
