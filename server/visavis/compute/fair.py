"""The order in which requests are served: by priority, and within one the calls take turns.

So a call that asks for a hundred things at once makes another wait for one of them, not for all.
Pure: no threads, no clock; whoever shares one locks it.
"""

from collections import Counter, deque
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from visavis.compute.asker import Asker, Priority


class Waiting(Protocol):
    """What can wait here."""

    @property
    def asker(self) -> Asker:
        """Whose it is, and how urgent."""

    @property
    def deadline(self) -> float:
        """When nobody wants it any more, on the clock of `FairQueue.expire`."""


W = TypeVar("W", bound=Waiting)


class FairQueue(Generic[W]):
    """Requests that wait. Bounded by who lets them in (`requests.BACKLOG`)."""

    def __init__(self, most: int = 0) -> None:
        """``most`` of one call's are served at once, so that its next waits and may be taken back
        before it has begun; 0: as many as there are places."""
        self._most = most
        self._served: Counter[UUID] = Counter()
        self._lines: dict[Priority, dict[UUID | None, deque[W]]] = {}
        """Of each priority, what waits by call; the call whose turn is next stands first."""

    def put(self, item: W) -> None:
        """At the end of its call's line."""
        line = self._lines.setdefault(item.asker.priority, {})
        line.setdefault(item.asker.call, deque()).append(item)

    def take(self) -> W | None:
        """Whose turn it is, None when nothing waits that may begin; its call goes to the end of the
        round. Say when it is `done`."""
        for priority in sorted(self._lines, reverse=True):
            for call in self._lines[priority]:
                if self._may_begin(call):
                    return self._taken(priority, call)
        return None

    def _taken(self, priority: Priority, call: UUID | None) -> W:
        line = self._lines[priority]
        waiting = line.pop(call)
        item = waiting.popleft()
        if waiting:
            line[call] = waiting
        if not line:
            del self._lines[priority]
        if call is not None:
            self._served[call] += 1
        return item

    def done(self, item: W) -> None:
        """What was taken has been served."""
        call = item.asker.call
        if call is not None:
            self._served -= Counter({call: 1})

    def _may_begin(self, call: UUID | None) -> bool:
        return call is None or not self._most or self._served[call] < self._most

    def remove(self, item: W) -> bool:
        """Take it out of turn; False when it doesn't wait here."""
        line = self._lines.get(item.asker.priority, {})
        waiting = line.get(item.asker.call, deque())
        if item not in waiting:
            return False
        waiting.remove(item)
        if not waiting:
            del line[item.asker.call]
        if not line:
            del self._lines[item.asker.priority]
        return True

    def expire(self, now: float) -> list[W]:
        """Take out all whose deadline has come."""
        late = [
            item
            for line in self._lines.values()
            for waiting in line.values()
            for item in waiting
            if item.deadline <= now
        ]
        for item in late:
            self.remove(item)
        return late
