"""The media clock of a call: time is samples of outgoing audio at 48 kHz since the call began.

Deadlines are absolute (``t0 + sample / 48000`` on the event loop's own clock), so a late tick
never makes the next one late. The loop's clock is the only source of time here, which lets a
test run a minute of talk under a loop whose clock jumps from timer to timer.
"""

import asyncio

RATE = 48_000
"""Samples a second of everything that leaves; Opus runs at no other rate inside (RFC 6716)."""

TICK = 960
"""Samples in one packet: 20 ms."""

MAX_BEHIND_S = 0.2
"""Ticks this late still leave at once, one after the other. After a longer stall (a suspended
machine) the clock is moved instead: hundreds of packets at once would be thrown away by the
caller's jitter buffer, and with them the words they carry."""


class MediaClock:
    """One a call. Started by the first packet that is due, read by everything else."""

    def __init__(self) -> None:
        self._t0 = 0.0
        self._started = asyncio.Event()
        self.stalls = 0
        """How often the clock had to be moved because the process stood still."""

    def start(self) -> None:
        """Sample 0 is now; later calls change nothing."""
        if not self._started.is_set():
            self._t0 = asyncio.get_running_loop().time()
            self._started.set()

    async def started(self) -> None:
        """Return once the clock runs."""
        await self._started.wait()

    def due(self, sample: int) -> float:
        """The loop time (s) at which that sample is to leave; only once started."""
        return self._t0 + sample / RATE

    def now(self) -> int:
        """The sample that is due now; 0 before the start."""
        if not self._started.is_set():
            return 0
        return int((asyncio.get_running_loop().time() - self._t0) * RATE)

    def now_ms(self) -> float:
        """The same in ms."""
        return self.now() / RATE * 1000

    async def pace(self, sample: int) -> None:
        """Return when that sample is due; at once if it is late. Starts the clock."""
        self.start()
        wait = self.due(sample) - asyncio.get_running_loop().time()
        if wait > 0:
            await asyncio.sleep(wait)
        elif wait < -MAX_BEHIND_S:
            self._t0 -= wait
            self.stalls += 1


class SessionClock:
    """The media clock as one session counts it: from its own beginning."""

    def __init__(self, clock: MediaClock) -> None:
        self._clock = clock
        self._began_ms = clock.now_ms()

    def now_ms(self) -> float:
        """ms since the session began."""
        return self._clock.now_ms() - self._began_ms
