"""Each worker process is a row of ``run``, with the code that it really loaded.

A worker that is started long after its server (a pose worker for a call, any worker that died)
loads what is on the disk by then. If that is another version, its run says so and a fault names
both: the server goes on, and should be started anew.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

from visavis.records.recorder import Recorder
from visavis.records.version import SystemVersion, system_version


class WorkerRuns:
    """Begins and ends the runs of a node's worker processes. Used from the event loop."""

    def __init__(
        self, recorder: Recorder, on_disk: Callable[[], SystemVersion] = system_version
    ) -> None:
        self._recorder = recorder
        self._on_disk = on_disk
        self._looking: set[asyncio.Task[None]] = set()

    def begin(self, name: str) -> Callable[[], None]:
        """A worker of this name has started; call what is returned when it has ended."""
        run = self._recorder.run.began(f"worker.{name}")
        looking = asyncio.create_task(self._look(run, name))
        self._looking.add(looking)
        looking.add_done_callback(self._looking.discard)
        return lambda: self._recorder.run.ended(run)

    async def _look(self, run: UUID, name: str) -> None:
        loaded, ours = await asyncio.to_thread(self._on_disk), self._recorder.run.version
        if loaded == ours:
            return
        self._recorder.run.is_of(run, loaded)
        self._recorder.faults.tell(
            "version_mixed",
            f"The worker {name} was started from {loaded}, the server from {ours}: "
            "start the server anew.",
        )
