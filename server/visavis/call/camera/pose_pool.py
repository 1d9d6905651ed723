"""Watchers of poses, one for each watched call: made when first needed, kept for the next caller.

One may take a second to start and 230 MB, so none is made for a call that nobody consents to
watch, and one that is given back is kept.
"""

import asyncio
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.compute.asker import NOBODY, Asker
from visavis.compute.worker import WorkerError
from visavis.engines.base import asked_by
from visavis.engines.pose.base import Poses, PoseWatcher
from visavis.engines.pose.features import Landmarks


class PosePool:
    """The node's watchers, `limit` at most."""

    def __init__(self, poses: Poses, limit: int) -> None:
        self._poses = poses
        self._limit = limit
        self._starting = 0
        self._all: list[PoseWatcher] = []
        self._free: list[PoseWatcher] = []
        self._closed = False

    def lease(self, asker: Asker = NOBODY) -> "Lease":
        """For one call; takes a watcher when it is first asked to look."""
        return Lease(self, asker)

    async def take(self) -> PoseWatcher:
        """One that is ready. Raises `WorkerError` kind "Busy" when all are taken, and what
        `Poses.watch` raises."""
        if self._free:
            return self._free.pop()
        if len(self._all) + self._starting >= self._limit:
            raise WorkerError("Busy", f"all {self._limit} pose workers are watching others")
        self._starting += 1
        try:
            watcher = await self._poses.watch()
        finally:
            self._starting -= 1
        if self._closed:
            await watcher.close()
            raise WorkerError("Cancelled", "nobody is watched any more")
        self._all.append(watcher)
        return watcher

    async def give_back(self, watcher: PoseWatcher) -> None:
        """For the next caller, who must not inherit this one's person."""
        try:
            await watcher.reset(timeout=5.0)
            self._free.append(watcher)
        except Exception:
            self._all.remove(watcher)
            await watcher.close()

    async def close(self) -> None:
        """End them all."""
        self._closed = True
        watchers, self._all, self._free = self._all, [], []
        await asyncio.gather(*(watcher.close() for watcher in watchers), return_exceptions=True)


class Lease:
    """One call's watcher; the first thing that is asked waits for it to start."""

    def __init__(self, pool: PosePool, asker: Asker) -> None:
        self._pool = pool
        self._asker = asker
        self._watcher: PoseWatcher | None = None

    async def detect(self, rgb: NDArray[np.uint8], t_ms: float, *, timeout: float) -> Landmarks:
        """See `PoseWatcher.detect`. Raises what `PosePool.take` raises, too."""
        return await (await self._taken()).detect(rgb, t_ms, timeout=timeout)

    async def describe(self, *, timeout: float) -> tuple[str, str, dict[str, Any]]:
        """See `PoseWatcher.describe`. Raises what `PosePool.take` raises, too."""
        return await (await self._taken()).describe(timeout=timeout)

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
