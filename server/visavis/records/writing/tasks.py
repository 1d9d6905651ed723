"""Work that goes on by itself and is waited for at the end."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class TasksRows:
    """Holds what was started until it ends."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin ``work`` as a task."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def ended(self, timeout: float | None = None) -> bool:
        """Wait for what was started by now; False when that takes over ``timeout`` s."""
        if not self._tasks:
            return True
        _, late = await asyncio.wait(set(self._tasks), timeout=timeout)
        return not late

    def cancel(self) -> None:
        """End what goes on."""
        for task in self._tasks:
            task.cancel()
