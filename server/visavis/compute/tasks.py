"""Tasks that nobody waits for, held so that they aren't lost, and whose failures are told."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Tasks:
    """Those of one owner, who ends them."""

    def __init__(self, fault: Callable[[str, str], None], kind: str) -> None:
        """`fault(kind, description)` hears of what a task raises."""
        self._fault = fault
        self._kind = kind
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Run it on the loop."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def ended(self, timeout: float | None = None) -> bool:
        """Wait for what was started by now; False when that takes over ``timeout`` s."""
        if not self._tasks:
            return True
        _, late = await asyncio.wait(set(self._tasks), timeout=timeout)
        return not late

    async def finish(self, timeout: float | None = None) -> int:
        """Wait for all of them, `timeout` s at most (None: for ever); how many were late and are
        cancelled."""
        if not self._tasks:
            return 0
        _, late = await asyncio.wait(self._tasks, timeout=timeout)
        for task in late:
            task.cancel()
        return len(late)

    def give_up(self) -> None:
        """Let them end, and wait for none."""
        for task in self._tasks:
            task.cancel()

    async def cancel(self) -> None:
        """End them, and wait until they have."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fault(self._kind, f"{type(error).__name__}: {error}")
