"""The worker processes of a node: made for whoever needs one, ended together."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID
from weakref import WeakSet

from visavis.compute.worker import Worker


class Host:
    """Makes workers whose faults and lives are told, and ends those it started."""

    def __init__(
        self,
        on_fault: Callable[[str, str], None],
        on_life: Callable[[str], Callable[[], None]] | None = None,
    ) -> None:
        """Both as `Worker` has them."""
        self._on_fault = on_fault
        self._on_life = on_life
        self._made: WeakSet[Worker] = WeakSet()
        self._started: list[Worker] = []

    def worker(self, factory: str, *, name: str, **more: Any) -> Worker:
        """A worker that isn't started; who starts it ends it. Arguments as `Worker` has them."""
        worker = Worker(factory, name=name, on_fault=self._on_fault, on_life=self._on_life, **more)
        self._made.add(worker)
        return worker

    async def start(self, factory: str, *, name: str, **more: Any) -> Worker:
        """A worker that is ready, and ends with the node. Raises what `Worker.start` raises."""
        worker = self.worker(factory, name=name, **more)
        self._started.append(worker)
        await worker.start()
        return worker

    def cancel(self, call: UUID, before: int | None = None) -> None:
        """End a call's requests to every worker. See `Worker.cancel`."""
        for worker in self._made:
            worker.cancel(call, before)

    async def stop(self) -> None:
        """End them all."""
        await asyncio.gather(*(worker.stop() for worker in self._started))
