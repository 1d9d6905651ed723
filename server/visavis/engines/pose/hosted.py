"""Holistic, hosted in worker processes: one for each call that is watched."""

from collections.abc import Callable
from importlib.util import find_spec

from visavis.compute.worker import Worker
from visavis.engines.base import Context, Engine


class HostedHolistic(Engine):
    """Makes a worker whenever another caller is to be watched; it hosts a `holistic.Holistic`."""

    @classmethod
    def missing(cls) -> str:
        """mediapipe is an extra."""
        return "" if find_spec("mediapipe") else "mediapipe (pip install 'visavis[pose]')"

    @classmethod
    async def load(cls, context: Context) -> Callable[[], Worker]:
        """What makes a worker, which isn't started."""
        complexity = context.settings.pose.complexity
        return lambda: context.host.worker(
            "visavis.engines.pose.holistic:Holistic", name="pose", nice=10, complexity=complexity
        )
