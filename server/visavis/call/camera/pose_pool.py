"""Watchers of poses, one for each watched call: made when first needed, kept for the next caller.

One may take a second to start and 230 MB, so none is made for a call that nobody consents to
watch, and one that is given back is kept.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.compute.asker import NOBODY, Asker
from visavis.compute.worker import WorkerError
from visavis.engines.base import asked_by
from visavis.engines.calling import within
from visavis.engines.pose.base import Poses, PoseWatcher
from visavis.engines.pose.features import Landmarks

WATCH_S = 60.0
"""For one more watcher to be made."""
RESET_S = 5.0
"""For a watcher to forget its caller, or to let go of what it holds."""
GRACE_S = 1.0
"""What was told its time has so much more to say that it is over."""


class PosePool:
    """The node's watchers, `limit` at most."""

    def __init__(
        self,
        poses: Poses,
        limit: int,
        fault: Callable[[str, str], object] = lambda kind, description: None,
    ) -> None:
        """`fault` hears of a watcher that can't be given to the next caller."""
        self._poses = poses
        self._fault = fault
        self._limit = limit
        self._starting = 0
        self._all: list[PoseWatcher] = []
        self._free: list[PoseWatcher] = []
        self._closed = False

    def lease(self, asker: Asker = NOBODY) -> "Lease":
        """For one call; takes a watcher when it is first asked to look."""
        return Lease(self, asker)

    async def take(self) -> PoseWatcher:
        """One that is ready. Raises `WorkerError` kind "Busy" when all are taken, TimeoutError,
        and what `Poses.watch` raises."""
        if self._free:
            return self._free.pop()
        if len(self._all) + self._starting >= self._limit:
            raise WorkerError("Busy", f"all {self._limit} pose workers are watching others")
        self._starting += 1
        try:
            watcher = await within(type(self._poses).__name__, WATCH_S, self._poses.watch)
        finally:
            self._starting -= 1
        if self._closed:
            await self._end(watcher)
            raise WorkerError("Cancelled", "nobody is watched any more")
        self._all.append(watcher)
        return watcher

    async def give_back(self, watcher: PoseWatcher) -> None:
        """For the next caller, who must not inherit this one's person."""
        try:
            who = type(watcher).__name__
            await within(who, RESET_S + GRACE_S, watcher.reset, timeout=RESET_S)
        except Exception as error:
            self._fault("pose_reset", f"{type(error).__name__}: {error}")
            if self._lost(watcher):
                await self._end(watcher)
        except BaseException:  # a caller that waits no longer
            self._lost(watcher)
            raise
        else:
            self._free.append(watcher)

    def _lost(self, watcher: PoseWatcher) -> bool:
        """Whether it was one of these; it isn't any more."""
        known = watcher in self._all  # else the pool was closed meanwhile
        if known:
            self._all.remove(watcher)
        return known

    async def close(self) -> None:
        """End them all."""
        self._closed = True
        watchers, self._all, self._free = self._all, [], []
        await asyncio.gather(*map(self._end, watchers))

    async def _end(self, watcher: PoseWatcher) -> None:
        try:
            await within(type(watcher).__name__, RESET_S, watcher.close)
        except Exception as error:
            self._fault("pose_close", f"{type(error).__name__}: {error}")


class Lease:
    """One call's watcher; the first thing that is asked waits for it to start."""

    def __init__(self, pool: PosePool, asker: Asker) -> None:
        self._pool = pool
        self._asker = asker
        self._watcher: PoseWatcher | None = None

    async def detect(self, rgb: NDArray[np.uint8], t_ms: float, *, timeout: float) -> Landmarks:
        """See `PoseWatcher.detect`. Raises what `PosePool.take` raises, too."""
        watcher = await self._taken()
        who, limit_s = type(watcher).__name__, timeout + GRACE_S
        return await within(who, limit_s, watcher.detect, rgb, t_ms, timeout=timeout)

    async def describe(self, *, timeout: float) -> tuple[str, str, dict[str, Any]]:
        """See `PoseWatcher.describe`. Raises what `PosePool.take` raises, too."""
        watcher = await self._taken()
        who, limit_s = type(watcher).__name__, timeout + GRACE_S
        return await within(who, limit_s, watcher.describe, timeout=timeout)

    async def release(self) -> None:
        """Give the watcher back, if one was taken."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            await self._pool.give_back(watcher)

    async def _taken(self) -> PoseWatcher:
        """As this call asks it."""
        if self._watcher is None:
            self._watcher = await self._pool.take()
        return asked_by(self._watcher, self._asker)
