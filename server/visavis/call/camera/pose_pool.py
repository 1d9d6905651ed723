"""Pose workers, one for each watched call: made when first needed, kept for the next caller.

A worker takes a second to start and 230 MB, so none is made for a call that nobody consents to
watch, and one that is given back is kept.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from visavis.compute.asker import NOBODY, Asker
from visavis.compute.worker import Worker, WorkerError


class PosePool:
    """The node's pose workers, `limit` at most."""

    def __init__(self, make: Callable[[], Worker], limit: int) -> None:
        self._make = make
        self._limit = limit
        self._all: list[Worker] = []
        self._free: list[Worker] = []

    def lease(self, asker: Asker = NOBODY) -> "Lease":
        """For one call; takes a worker when it is first asked to look."""
        return Lease(self, asker)

    async def take(self) -> Worker:
        """A started worker. Raises `WorkerError` kind "Busy" when all are taken."""
        if self._free:
            return self._free.pop()
        if len(self._all) >= self._limit:
            raise WorkerError("Busy", f"all {self._limit} pose workers are watching others")
        worker = self._make()
        self._all.append(worker)
        try:
            await worker.start()
        except BaseException:
            self._all.remove(worker)
            raise
        return worker

    async def give_back(self, worker: Worker) -> None:
        """For the next caller, who must not inherit this one's person."""
        try:
            await worker.call("reset", timeout=5.0)
            self._free.append(worker)
        except Exception:
            self._all.remove(worker)
            await worker.stop()

    async def close(self) -> None:
        """End them all."""
        workers, self._all, self._free = self._all, [], []
        await asyncio.gather(*(worker.stop() for worker in workers))


class Lease:
    """One call's worker."""

    def __init__(self, pool: PosePool, asker: Asker) -> None:
        self._pool = pool
        self._asker = asker
        self._worker: Worker | None = None

    async def call(self, method: str, *args: Any, timeout: float) -> Any:
        """As in `compute.Worker`; the first call waits for the worker to start."""
        if self._worker is None:
            self._worker = await self._pool.take()
        return await self._worker.call(method, *args, timeout=timeout, asker=self._asker)

    async def release(self) -> None:
        """Give the worker back, if one was taken."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await self._pool.give_back(worker)
