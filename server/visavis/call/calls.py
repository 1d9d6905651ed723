"""The calls of this node: opened while there is room, found by id, told what comes from outside,
all ended at the end."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from visavis.call.call import Call
from visavis.call.commands.commands import Command, CommandOutcome, Drain, EndCall, ForgetUser
from visavis.call.commands.dispatcher import Dispatcher
from visavis.call.engines import Engines
from visavis.call.events import Bus
from visavis.call.keeping.keeping import Keeping
from visavis.call.rtc import offer
from visavis.call.rtc.caller import Caller, Calling
from visavis.compute.lag import LoopLag
from visavis.compute.tasks import Tasks
from visavis.learning.taught import Taught

RETRY_S = 10.0
"""When to try again after all lines were busy."""
GRACE_S = 3.0
"""A call that hasn't connected by then gives its line up, if somebody else wants it."""
UNCONNECTED_S = 5.0
"""When to try again after too many calls of one's own have not connected."""
SERVER_ENDS = "server ends"
"""Why calls are ended that are not over when the server is, or its grace."""
FORGOTTEN = "forgotten"


class NoSuchCall(Exception):
    """There is no call of that id, or no longer."""


class Busy(Exception):
    """As many calls run as this server can serve; ``retry_s`` from now it is worth trying."""

    def __init__(self, retry_s: float = 10.0) -> None:
        super().__init__("All lines are busy.")
        self.retry_s = retry_s


class Draining(Exception):
    """No more calls are taken here: the server is about to end."""

    retry_s = RETRY_S

    def __init__(self) -> None:
        super().__init__("This server takes no more calls: it is about to end.")


class Unconnected(Exception):
    """As many calls from this address wait for their connection as may."""

    retry_s = UNCONNECTED_S

    def __init__(self) -> None:
        super().__init__("Calls from this address have not connected yet")


@dataclass(frozen=True)
class Meta:
    """What the request says about the caller."""

    remote: str
    user_agent: str
    language: str
    caller: Caller | None = None
    """Who it is, if that was said."""
    counted: str = ""
    """The address by which calls that don't connect are bounded; empty: they aren't."""


@dataclass(frozen=True)
class _Offer:
    """When a call was offered, and from where: what bounds those that don't connect."""

    counted: str
    at: float
    """On the loop's clock, s."""


class Calls:
    """What signalling talks to. Closed until `warm` gives it the engines."""

    def __init__(
        self,
        keeping: Keeping,
        lag: LoopLag,
        *,
        on_ended: Callable[[], None] = lambda: None,
        user: str = "guest",
        initiator: str = "caller",
        unconnected: int = 2,
    ) -> None:
        """`lag`: the event loop's; `on_ended()` is called after each call;
        `user`: the name of callers who give none; `initiator`: what begins a session here;
        `unconnected`: calls of one address that may wait for their connection at a time."""
        self._user, self._initiator = user, initiator
        self._on_ended = on_ended
        self.capacity = 0
        """Calls at once."""
        self.engines: Engines | None = None
        self._taught: Taught | None = None
        self._keeping = keeping
        self._lag = lag
        self._unconnected = unconnected
        self._calls: dict[UUID, Call] = {}
        self._offers: dict[UUID, _Offer] = {}
        """Of these calls, the oldest first."""
        self._ending: set[Call] = set()
        """Hung up and no longer found, but not yet let go of."""
        self._drained: asyncio.TimerHandle | None = None
        """Ends what goes on then; None: calls are taken."""
        bus = Bus()
        keeping.keep_faults(bus)
        self._dispatcher = Dispatcher(bus)
        self._tasks = Tasks(bus.fault, "call")

    def __len__(self) -> int:
        return len(self._calls)

    def warm(self, engines: Engines, capacity: int, taught: Taught | None = None) -> None:
        """From now on calls are taken, unless the node was drained before. ``taught``: what is
        known of callers' signs."""
        self._taught = taught
        self.engines, self.capacity = engines, 0 if self.draining else capacity

    def live(self) -> list[dict[str, Any]]:
        """What is told of the calls that go on."""
        return [call.live() for call in self._calls.values()]

    @property
    def draining(self) -> bool:
        """No more calls are taken."""
        return self._drained is not None

    def full(self) -> float | None:
        """None while there is room or can be made, or for a reason of its own none is taken; else
        the seconds after which to try again."""
        if len(self._calls) < self.capacity or self.draining:
            return None
        waiting = self._waiting()
        left = GRACE_S - self._age_s(waiting[0]) if waiting else RETRY_S
        return min(left, RETRY_S) if left > 0 else None

    async def open(self, sdp: str, meta: Meta) -> tuple[str, str]:
        """Answer an offer: the call's id, and the SDP answer.

        Raises `Draining`, `Busy`, `Unconnected`, or an `offer.OfferError` that says what is wrong
        with the offer. Of a call that isn't begun nothing is kept.
        """
        if self.draining:
            raise Draining
        if self.engines is None or not self.capacity:
            raise Busy(RETRY_S)
        own = [call for call in self._waiting() if self._offers[call].counted == meta.counted]
        if meta.counted and len(own) >= self._unconnected:
            raise Unconnected
        if (wait := self.full()) is not None:
            raise Busy(wait)
        wanted = offer.read(sdp)
        self._make_room(own if meta.counted else [])
        call = Call(
            wanted,
            self.engines,
            self._keeping,
            Calling(
                meta.caller or Caller(self._keeping.user(self._user), self._user),
                self._initiator,
                {"user_agent": meta.user_agent, "language": meta.language},
            ),
            self._taught,
            self._lag,
            self._let_go,
        )
        self._calls[call.id] = call
        self._offers[call.id] = _Offer(meta.counted, asyncio.get_running_loop().time())
        try:
            return str(call.id), await call.answer()
        except BaseException:
            await call.close("not answered")
            raise

    async def patch(self, call: str, fragment: str) -> None:
        """Add the caller's candidates. Raises `NoSuchCall`, `offer.OfferError`."""
        await self._find(call).trickle(fragment)

    async def do(self, command: Command) -> CommandOutcome:
        """Do what comes from outside, once and in time. Never raises: what fails is a fault."""
        return await self._dispatcher.do(command, self._obey(command))

    async def _obey(self, command: Command) -> CommandOutcome:
        if isinstance(command, Drain):
            return CommandOutcome.DONE if self._drain(command.grace_s) else CommandOutcome.ALREADY
        # Of who is forgotten, what is still being kept must be kept first.
        ending = self._ending if isinstance(command, ForgetUser) else ()
        concerned = [
            call
            for call in (*self._calls.values(), *ending)
            if command.concerns(call.id, call.session, call.user)
        ]
        if not concerned:
            return CommandOutcome.NO_SUCH_CALL
        match command:
            case EndCall(cause=cause):
                await self._end_all(concerned, cause)
            case ForgetUser():
                await self._end_all(concerned, FORGOTTEN)
            case _:
                outcomes = [call.take(command) for call in concerned]
                return CommandOutcome.DONE if CommandOutcome.DONE in outcomes else outcomes[0]
        return CommandOutcome.DONE

    def _drain(self, grace_s: float) -> bool:
        """Take no more calls, and end in ``grace_s`` those that go on; False where their end was
        as near before."""
        loop = asyncio.get_running_loop()
        before, at = self._drained, loop.time() + grace_s
        if before is not None:
            if before.when() <= at:
                return False
            before.cancel()
        self.capacity = 0
        self._drained = loop.call_at(at, self._grace_over)
        return True

    def _grace_over(self) -> None:
        self._tasks.start(self._end_all([*self._calls.values()], SERVER_ENDS))

    def _waiting(self) -> list[UUID]:
        """The calls that have not connected, the oldest first."""
        return [call for call in self._offers if not self._calls[call].connected]

    def _age_s(self, call: UUID) -> float:
        return asyncio.get_running_loop().time() - self._offers[call].at

    def _make_room(self, own: list[UUID]) -> None:
        """One line more: where all are taken, the oldest call that hasn't connected gives way; of
        one's ``own``, if there are any, so that nobody pushes others out by calling twice."""
        if len(self._calls) < self.capacity:
            return
        call = self._calls[(own or self._waiting())[0]]
        self._forget(call.id)
        self._tasks.start(self._end(call, "gave way"))

    async def _end_all(self, calls: Sequence[Call], reason: str) -> None:
        await asyncio.gather(*(self._end(call, reason) for call in calls))

    async def _end(self, call: Call, reason: str) -> None:
        self._forget(call.id)
        self._ending.add(call)
        try:
            await call.close(reason)
        finally:
            self._ending.discard(call)

    def _forget(self, call: UUID) -> None:
        self._calls.pop(call, None)
        self._offers.pop(call, None)

    def _find(self, call: str) -> Call:
        try:
            return self._calls[UUID(call)]
        except (KeyError, ValueError):
            raise NoSuchCall(call) from None

    async def close(self) -> None:
        """End all calls and take no more."""
        await self.do(Drain())
        await self._end_all([*self._calls.values(), *self._ending], SERVER_ENDS)

    def _let_go(self, call: UUID) -> None:
        self._forget(call)
        self._on_ended()
