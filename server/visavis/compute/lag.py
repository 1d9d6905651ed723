"""How late the event loop runs: what a callback due now would wait.

A lag means that something computed on the loop, or that the machine gave this process no core;
it never tells which. Under 5 ms is what the design allows.
"""

import asyncio
from collections import deque
from typing import Self

from prometheus_client import Histogram

EVERY_S = 0.05
REMEMBER = 40
"""Samples: two seconds."""

LAG = Histogram(
    "visavis_loop_lag_seconds",
    "How late the event loop runs",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5),
)


class LoopLag:
    """Measures while it is entered."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=REMEMBER)
        self._task: asyncio.Task[None] | None = None

    @property
    def recent_ms(self) -> float:
        """The worst of the last two seconds."""
        return max(self._recent, default=0.0)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._measure(), name="loop lag")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            late = max(0.0, loop.time() - due)
            LAG.observe(late)
            self._recent.append(late * 1000)
