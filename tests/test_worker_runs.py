"""Worker processes as runs, and code that changes under a running server."""

import asyncio
from typing import Any, cast
from uuid import UUID, uuid4

from visavis.node.worker_runs import WorkerRuns
from visavis.records.version import SystemVersion


class Recorder:
    """What lives are told to; its own parts."""

    version = SystemVersion("1.0.0", "a" * 40)

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []
        self.run = self.faults = self

    def began(self, component: str) -> UUID:
        self.told.append(("started", component))
        return uuid4()

    def is_of(self, run: UUID, version: SystemVersion) -> None:
        self.told.append(("is", version.version))

    def ended(self, run: UUID) -> None:
        self.told.append(("ended", run is not None))

    def tell(self, kind: str, description: str) -> None:
        self.told.append((kind, "worker pose" in description))


async def settled() -> None:
    while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110
        await asyncio.sleep(0)


async def test_a_worker_of_the_same_code_is_a_run() -> None:
    recorder = Recorder()
    ended = WorkerRuns(cast("Any", recorder), lambda: recorder.run.version).begin("stt")
    await settled()
    ended()
    assert recorder.told == [("started", "worker.stt"), ("ended", True)]


async def test_a_worker_of_other_code_is_said_to_be_of_it() -> None:
    recorder = Recorder()
    WorkerRuns(cast("Any", recorder), lambda: SystemVersion("2.0.0")).begin("pose")
    await settled()
    assert recorder.told == [
        ("started", "worker.pose"),
        ("is", "2.0.0"),
        ("version_mixed", True),
    ]
