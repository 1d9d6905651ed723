"""The worker that most tests ask, and what it tells."""

from collections.abc import AsyncIterator

import pytest
from compute.workers import ENGINES, Faults, started

from visavis.compute.worker import Worker


@pytest.fixture(autouse=True)
def engines_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ENGINES)


@pytest.fixture
async def faults() -> Faults:
    return Faults()


@pytest.fixture
async def abacus(faults: Faults) -> AsyncIterator[Worker]:
    worker = await started(on_fault=faults, start=5, slots=2)
    yield worker
    await worker.stop()
