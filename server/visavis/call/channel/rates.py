"""How much may come on a data channel, and how soon: a token bucket for each kind of message.

A kind whose bucket runs dry is closed for a while, so that a flood costs hardly more than its first
messages. What is known here is the channel's, whoever takes what comes on it: it stays when they
change.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

CLOSED_S = 10.0
"""So long a kind of which too much has come is closed."""
BAD = "bad"
"""The kind of what can't be understood."""
LONG = "long"
"""The kind of what is long; its tokens are characters."""


class RateVerdict(Enum):
    """Whether something may come in."""

    OPEN = "it may"
    CLOSING = "it is one too many; so are those of its kind that come soon after"
    CLOSED = "one too many has come before it"


@dataclass(frozen=True)
class Limit:
    """``rate`` tokens a second, and ``burst`` at once."""

    rate: float
    burst: float


USUAL = Limit(5, 10)
LIMITS: Mapping[str, Limit] = {
    "stats": Limit(1, 10),
    BAD: Limit(5, 20),
    LONG: Limit(65_536, 262_144),
}
"""Of the kinds that have another limit than the usual one."""


class _Bucket:
    """Full at first."""

    def __init__(self, limit: Limit, now: float) -> None:
        self._limit = limit
        self._tokens = limit.burst
        self._at = now
        self.closed_until = now

    def take(self, tokens: float, now: float) -> bool:
        """Whether it has held so many, and holds so many less now."""
        gained = (now - self._at) * self._limit.rate
        self._tokens = min(self._limit.burst, self._tokens + gained)
        self._at = now
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True


class Rates:
    """Those of one channel, on the running loop's clock."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def admit(self, kind: str, tokens: float = 1.0) -> RateVerdict:
        """Whether so much of a kind may come in now. ``kind`` is one of few: each has a bucket."""
        now = asyncio.get_running_loop().time()
        bucket = self._buckets.get(kind)
        if bucket is None:
            bucket = self._buckets[kind] = _Bucket(LIMITS.get(kind, USUAL), now)
        if now < bucket.closed_until:
            return RateVerdict.CLOSED
        if bucket.take(tokens, now):
            return RateVerdict.OPEN
        bucket.closed_until = now + CLOSED_S
        return RateVerdict.CLOSING
