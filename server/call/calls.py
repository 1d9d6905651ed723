"""The calls of this node: opened while there is room, found by id, all ended at the end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from server.call import offer
from server.call.call import Call
from server.call.caller import Caller
from server.call.engines import Engines
from server.learning.taught import Taught
from server.records.recorder import Recorder

RETRY_S = 10.0
"""When to try again after all lines were busy."""


class NoSuchCall(Exception):
    """There is no call of that id, or no longer."""


class Busy(Exception):
    """As many calls run as this server can serve; ``retry_s`` from now it is worth trying."""

    def __init__(self, retry_s: float = 10.0) -> None:
        super().__init__("All lines are busy.")
        self.retry_s = retry_s


@dataclass(frozen=True)
class Meta:
    """What the request says about the caller."""

    remote: str
    user_agent: str
    language: str
    caller: Caller | None = None
    """Who it is, if that was said."""


class Calls:
    """What signalling talks to. Closed until `warm` gives it the engines."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        lag_ms: Callable[[], float],
        on_ended: Callable[[], None] = lambda: None,
        user: str = "guest",
        initiator: str = "caller",
    ) -> None:
        """`lag_ms()`: the event loop's present lag; `on_ended()` is called after each call;
        `user`: the name of callers who give none; `initiator`: what begins a session here."""
        self._user, self._initiator = user, initiator
        self._on_ended = on_ended
        self.capacity = 0
        """Calls at once."""
        self.engines: Engines | None = None
        self.taught: Taught | None = None
        """What is known of callers' signs."""
        self._recorder = recorder
        self._lag_ms = lag_ms
        self._calls: dict[UUID, Call] = {}
        self._ending: set[Call] = set()
        """Hung up and no longer found, but not yet let go of."""

    def __len__(self) -> int:
        return len(self._calls)

    def warm(self, engines: Engines, capacity: int) -> None:
        """From now on calls are taken."""
        self.engines, self.capacity = engines, capacity

    def live(self) -> list[dict[str, Any]]:
        """What is told of the calls that go on."""
        return [call.live() for call in self._calls.values()]

    def full(self) -> float | None:
        """None while there is room, else the seconds after which to try again."""
        return None if len(self._calls) < self.capacity else RETRY_S

    async def open(self, sdp: str, meta: Meta) -> tuple[str, str]:
        """Answer an offer: the session's id, and the SDP answer.

        Raises `Busy`, or an `offer.OfferError` that says what is wrong with the offer.
        """
        if self.engines is None or self.full() is not None:
            raise Busy(RETRY_S)
        wanted = offer.read(sdp)
        call = Call(
            wanted,
            self.engines,
            self._recorder,
            caller=meta.caller or Caller(self._recorder.user(self._user), self._user),
            taught=self.taught,
            initiator=self._initiator,
            meta={"user_agent": meta.user_agent, "language": meta.language},
            lag_ms=self._lag_ms,
            on_closed=self._let_go,
        )
        self._calls[call.id] = call
        try:
            return str(call.id), await call.answer()
        except BaseException:
            await call.close("not answered")
            raise

    async def patch(self, call: str, fragment: str) -> None:
        """Add the caller's candidates. Raises `NoSuchCall`, `offer.OfferError`."""
        await self._find(call).trickle(fragment)

    async def hang_up(self, call: str) -> None:
        """End a call. Raises `NoSuchCall`."""
        found = self._find(call)
        del self._calls[found.id]
        self._ending.add(found)
        try:
            await found.close("hung up")
        finally:
            self._ending.discard(found)

    def _find(self, call: str) -> Call:
        try:
            return self._calls[UUID(call)]
        except (KeyError, ValueError):
            raise NoSuchCall(call) from None

    async def close(self) -> None:
        """End all calls and take no more."""
        self.capacity = 0
        calls = [*self._calls.values(), *self._ending]
        await asyncio.gather(*(call.close("server ends") for call in calls))

    def _let_go(self, call: UUID) -> None:
        self._calls.pop(call, None)
        self._on_ended()
