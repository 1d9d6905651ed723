"""Holistic, hosted in worker processes: one for each call that is watched."""

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.compute.asker import NOBODY, Asker
from visavis.compute.host import Host
from visavis.compute.worker import Worker
from visavis.engines.base import Context, Engine
from visavis.engines.pose.features import Landmarks


class HostedHolistic(Engine):
    """See `base.Poses`; a watcher's worker hosts a `holistic.Holistic`."""

    def __init__(self, host: Host, complexity: int) -> None:
        self._host = host
        self._complexity = complexity

    @classmethod
    def missing(cls) -> str:
        """mediapipe is an extra."""
        return "" if find_spec("mediapipe") else "mediapipe (pip install 'visavis[pose]')"

    @classmethod
    async def load(cls, context: Context) -> "HostedHolistic":
        """Starts nothing yet: nobody may ever be watched."""
        return cls(context.host, context.settings.pose.complexity)

    async def watch(self) -> "HostedWatcher":
        """See `base.Poses`. Raises what `Worker.start` raises."""
        worker = self._host.worker(
            "visavis.engines.pose.holistic:Holistic",
            name="pose",
            nice=10,
            complexity=self._complexity,
        )
        await worker.start()
        return HostedWatcher(worker)


class HostedWatcher:
    """See `base.PoseWatcher`."""

    def __init__(self, worker: Worker, asker: Asker = NOBODY) -> None:
        self._worker = worker
        self._asker = asker

    def of(self, asker: Asker) -> "HostedWatcher":
        """See `engines.base.Hosted`."""
        return HostedWatcher(self._worker, asker)

    async def detect(self, rgb: NDArray[np.uint8], t_ms: float, *, timeout: float) -> Landmarks:
        """See `base.PoseWatcher`."""
        found: Landmarks = await self._worker.call(
            "detect", rgb, t_ms, timeout=timeout, asker=self._asker
        )
        return found

    async def describe(self, *, timeout: float) -> tuple[str, str, dict[str, Any]]:
        """See `base.PoseWatcher`."""
        name, version, parameters = await self._worker.call(
            "describe", timeout=timeout, asker=self._asker
        )
        return name, version, parameters

    async def reset(self, *, timeout: float) -> None:
        """See `base.PoseWatcher`."""
        await self._worker.call("reset", timeout=timeout, asker=self._asker)

    async def close(self) -> None:
        """Ends the worker."""
        await self._worker.stop()
