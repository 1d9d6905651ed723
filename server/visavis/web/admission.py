"""How much of this server one address may ask for: changing requests, and calls begun.

Who shows a token that the server knows isn't counted. What is too much is answered 429 with
``Retry-After``; nothing of it is kept.
"""

import math
from collections.abc import Callable
from time import monotonic

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from visavis.web.addresses import Addresses
from visavis.web.problems import Problem
from visavis.web.rates import Buckets, Windows

MINUTE_S = 60.0
BURST_S = 5.0
"""Changing requests of so many seconds may come at once: a page that comes back sends several."""
READING = frozenset((hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS))


class Admission:
    """Bounds what one address may ask of this server."""

    def __init__(
        self,
        addresses: Addresses,
        *,
        calls_a_minute: int,
        changes_a_second: float,
        known: Callable[[web.Request], bool],
        now: Callable[[], float] = monotonic,
    ) -> None:
        """``known(request)``: whether it shows a valid token; ``now()``: the time in s."""
        self._addresses = addresses
        self._calls = Windows(calls_a_minute, MINUTE_S)
        self._changes = Buckets(changes_a_second, changes_a_second * BURST_S)
        self._known = known
        self._now = now

    def counted(self, request: web.Request) -> str:
        """Whom the request counts for; empty: nobody, for it shows a token."""
        return "" if self._known(request) else self._addresses.caller(request)

    def begin(self, address: str) -> None:
        """A call begins. Raises a 429 problem where ``address`` (see `counted`) has had enough."""
        if address and (wait := self._calls.take(address, self._now())):
            raise too_many("Too many calls were begun from this address within a minute", wait)

    def not_begun(self, address: str) -> None:
        """What `begin` has counted did not come about."""
        if address:
            self._calls.give_back(address)

    def middleware(self) -> Middleware:
        """Bounds every request that isn't just reading. Put it inside ``problems.middleware``."""

        @web.middleware
        async def bounded(request: web.Request, handler: Handler) -> web.StreamResponse:
            address = "" if request.method in READING else self.counted(request)
            if address and (wait := self._changes.take(address, self._now())):
                raise too_many("Too many requests come from this address", wait)
            return await handler(request)

        return bounded


def too_many(what: str, wait_s: float) -> Problem:
    """429 (RFC 6585 §4)."""
    seconds = max(1, math.ceil(wait_s))
    return Problem(
        429,
        "Too many requests",
        f"{what}; try again in {seconds} s.",
        {hdrs.RETRY_AFTER: str(seconds)},
    )
