"""What a node measures of itself while calls are on, as rows of `performance_log`."""

import asyncio
from collections.abc import Callable

from visavis.records.recorder import Recorder


async def keep(
    recorder: Recorder, every_s: float, lag_ms: Callable[[], float], calls: Callable[[], int]
) -> None:
    """A row each ``every_s`` (s) for the loop's worst recent lag and for the oldest row that waits
    for the database; none while nobody calls, when there is nothing to learn from them."""
    while True:
        await asyncio.sleep(every_s)
        if calls():
            recorder.performance_log.add("loop.lag", lag_ms(), system="node")
            recorder.performance_log.add(
                "database.lag", recorder.stats.oldest_s * 1000, system="node"
            )
