"""What is attacked, and the few tools that attacks share."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from time import monotonic
from types import TracebackType
from typing import Any, Self

import aiohttp

from visavis.client import CallPlan
from visavis.client.line import Line
from visavis.client.problems import CallFailed

Report = dict[str, Any]
"""What an attack did: counts by name, ready for JSON."""

SDP = {"Content-Type": "application/sdp"}
_INSIDE = re.compile(r"[A-Z][a-z]+Error|[A-Z][a-z]+Exception|Traceback|File \"|object at 0x")
"""What no stranger should be told: names of exceptions, places in the code."""

OFFER = """v=0
o=- 4611731400430051336 2 IN IP4 192.0.2.10
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=ice-ufrag:uFr4
a=ice-pwd:madeUpPasswordOf24Chars0
a=fingerprint:sha-256 0B:30:55:7A:9F:C4:E9:0E:33:58:7D:A2:C7:EC:11:36:5B:80:A5:CA:EF:14:39:5E:83:\
A8:CD:F2:17:3C:61:86
a=setup:actpass
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
""".replace("\n", "\r\n")
"""A right offer that no media will follow."""


@dataclass(frozen=True)
class Target:
    """``url`` without a slash at its end; ``seconds`` to go on for; ``source``: the loopback
    address that the attack comes from; ``seed`` of whatever it chooses at random."""

    url: str
    seconds: float
    source: str = "127.0.0.1"
    seed: int = 9

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def moved(self, n: int) -> "Target":
        """The same from another loopback address: what is counted by address begins anew."""
        third = int(self.source.split(".")[2])
        return replace(self, source=f"127.{1 + third % 250}.{1 + n // 250}.{1 + n % 250}")

    def random(self) -> random.Random:
        """The same choices each time."""
        return random.Random(self.seed)


Attack = Callable[[Target], Awaitable[Report]]


async def paced(seconds: float, rate: float, most: int = 1_000_000) -> AsyncIterator[int]:
    """0, 1, 2, … ``rate`` times a second for ``seconds``, at most ``most``; what came too late is
    caught up, so that a slow server gets as much as a fast one."""
    began = monotonic()
    for n in range(min(most, round(seconds * rate))):
        wait = began + n / rate - monotonic()
        await asyncio.sleep(max(0.0, wait))
        if monotonic() - began > seconds:
            return
        yield n


class Requests:
    """HTTP requests from ``target.source``, all of their outcomes counted."""

    def __init__(self, target: Target, session: aiohttp.ClientSession) -> None:
        self._url, self._session = target.url, session
        self.outcomes: Counter[str] = Counter()
        """By status, or by "no answer"; "shown": answers that tell something of the inside;
        "no Retry-After": 429 and 503 without one."""
        self.slowest_ms = 0.0

    async def send(
        self, method: str, path: str, **options: Any
    ) -> tuple[int, dict[str, str], str] | None:
        """Status, headers and body; None without an answer."""
        began = monotonic()
        try:
            async with self._session.request(method, self._url + path, **options) as response:
                body = (await response.read())[:100_000].decode(errors="replace")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            self.outcomes["no answer"] += 1
            return None
        self.slowest_ms = max(self.slowest_ms, (monotonic() - began) * 1000)
        self.outcomes[str(response.status)] += 1
        if response.status >= 400 and _INSIDE.search(body):
            self.outcomes["shown"] += 1
        if response.status in (429, 503) and not response.headers.get("Retry-After", "").isdigit():
            self.outcomes["no Retry-After"] += 1
        return response.status, dict(response.headers), body

    def report(self) -> Report:
        """The counts and the slowest answer."""
        return {**self.outcomes, "slowest_ms": round(self.slowest_ms)}


@asynccontextmanager
async def requests(target: Target, timeout_s: float = 20.0) -> AsyncIterator[Requests]:
    """As many connections as are asked for, each from ``target.source``."""
    connector = aiohttp.TCPConnector(local_addr=(target.source, 0), limit=0)
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield Requests(target, session)


class Stranger(Line):
    """``async with Stranger(target) as line``: a call that says nothing by itself, and sends
    whatever it is given. A server that ends it ends the attack inside, without an error."""

    def __init__(self, target: Target) -> None:
        plan = CallPlan(
            target.url, video=False, source=target.source, host_addresses=(target.source,)
        )
        super().__init__(plan)
        self.sent = 0

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self.until(lambda: self.channel_open, 10)
        return self

    async def __aexit__(  # type: ignore[override] # it may hold an error back
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        with suppress(TimeoutError):  # what it hasn't sent by then, it needn't send
            async with asyncio.timeout(5):
                await super().__aexit__(kind, error, traceback)
        return isinstance(error, CallFailed | ConnectionError)

    def _opened(self) -> None:
        self._news.set()

    def raw(self, message: str | bytes) -> None:
        """One message as it is; none once the channel is closed."""
        if self.channel_open:
            self._channel.send(message)
            self.sent += 1

    def hello(self) -> None:
        """What is right."""
        self.send("hello", consent=False, client={"name": "stranger"}, timezone="UTC")

    async def drained(self, seconds: float = 10.0) -> None:
        """Wait until what was sent has left, or the call is over; ``seconds`` at most."""
        async for _ in paced(seconds, 100):
            if not self.channel_open or not self._channel.bufferedAmount:
                return

    def report(self) -> Report:
        """What was sent and what came of it."""
        faults = Counter(e.get("kind") for e in self.events if e.get("type") == "fault")
        told = [str(e.get("message")) for e in self.events if e.get("type") == "fault"]
        return {
            "sent": self.sent,
            "faults": dict(faults),
            "shown": sum(1 for words in told if _INSIDE.search(words)),
            "session": next((e["session"] for e in self.events if e["type"] == "hello"), None),
            "lag_ms": max(
                (e["loop_lag_ms"] for e in self.events if e["type"] == "stats"), default=0
            ),
        }
