"""The machine's details, and what it has left: beside every measure and fault.

`Resources` looks at most once a second; a look costs about 0.15 ms (two small files of /proc), so
it is taken where it is asked for.
"""

import os
import platform
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

EVERY_S = 1.0


def hardware() -> dict[str, Any]:
    """What this machine is, for comparison with others."""
    return {
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "usable_cores": len(os.sched_getaffinity(0)),
        "memory_mb": psutil.virtual_memory().total >> 20,
        "system": platform.platform(),
    }


def _cpu() -> str:
    """The model's name; "" where the kernel doesn't tell it under a name known here."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() in ("model name", "Model", "cpu model"):
                return value.strip()
    except OSError:
        pass
    return platform.processor()


class Resources:
    """Call it for the latest look."""

    def __init__(self, lag_ms: Callable[[], float], *, clock: Callable[[], float] = monotonic):
        """``lag_ms()``: the event loop's present lag."""
        self._lag_ms = lag_ms
        self._clock = clock
        self._process = psutil.Process()
        self._looked: float | None = None
        self._seen: dict[str, Any] = {}

    def __call__(self) -> dict[str, Any]:
        """available_mb, rss_mb, load (one minute's average), loop_lag_ms (two seconds' worst)."""
        now = self._clock()
        if self._looked is None or now - self._looked >= EVERY_S:
            self._looked = now
            self._seen = {
                "available_mb": psutil.virtual_memory().available >> 20,
                "rss_mb": self._process.memory_info().rss >> 20,
                "load": round(os.getloadavg()[0], 2),
                "loop_lag_ms": round(self._lag_ms(), 1),
            }
        return self._seen
