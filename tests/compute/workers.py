"""Workers of `engines_for_tests`, for the tests of them."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from visavis.compute.worker import Worker, WorkerDied

ENGINES = str(Path(__file__).parent)


class Faults(list[tuple[str, str]]):
    """What on_fault was told; `wait` returns at the next."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    def __call__(self, kind: str, message: str) -> None:
        self.append((kind, message))
        self.told.set()


async def started(**kwargs: Any) -> Worker:
    worker = Worker("engines_for_tests:Abacus", name="abacus", **kwargs)
    await worker.start(30)
    return worker


async def until_ready(worker: Worker) -> None:
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(WorkerDied):
                await worker.call("rest", timeout=20)
                return
            await asyncio.sleep(0.02)  # there is no event for it outside
