"""The worker processes of a node: made for whoever needs one, ended together."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID
from weakref import WeakSet

from visavis.compute.worker import Worker

CLOSE_S = 5.0
"""So long whatever is closed at the end may take."""


class Host:
    """Makes workers whose faults and lives are told, and ends those it started; closes what else
    is to end with them."""

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
        self._closers: list[Callable[[], Awaitable[None]]] = []

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

    def fault(self, kind: str, message: str) -> None:
        """Tell of what an engine got over by itself."""
        self._on_fault(kind, message)

    def closes(self, close: Callable[[], Awaitable[None]]) -> None:
        """Have `stop` await this, once."""
        self._closers.append(close)

    def cancel(self, call: UUID, before: int | None = None) -> None:
        """End a call's requests to every worker. See `Worker.cancel`."""
        for worker in self._made:
            worker.cancel(call, before)

    async def stop(self) -> None:
        """Let go of what was to be closed, `CLOSE_S` at most, and end all workers."""
        closers, self._closers = self._closers, []
        await asyncio.gather(*(self._close(close) for close in closers))
        await asyncio.gather(*(worker.stop() for worker in self._started))

    async def _close(self, close: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(CLOSE_S):
                await close()
        except (Exception, SystemExit) as error:  # it may be anybody's
            self._on_fault("engine_unclosed", f"{type(error).__name__}: {error}")
