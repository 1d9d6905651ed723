"""What an attack does to a server on this machine, measured from outside."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from nodes import Node

_BUCKET = re.compile(r'^visavis_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', re.MULTILINE)
COUNTED = ("faults", "session", "performance_log", "session_events", "mode_state")


def on_disk(folder: Path) -> int:
    """Bytes in the files of a folder whose files come and go."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file():
                total += path.stat().st_size
    return total


async def lags(url: str, source: str) -> dict[float, float]:
    """The server's loop lag since its start: how many samples were at most so many ms late."""
    connector = aiohttp.TCPConnector(local_addr=(source, 0))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"{url}/metrics") as response,
    ):
        text = await response.text()
    return {float(bound) * 1000: float(count) for bound, count in _BUCKET.findall(text)}


def quantile(before: dict[float, float], after: dict[float, float], share: float = 0.99) -> float:
    """The upper bound, ms, of the bucket in which that share of the samples between is reached."""
    samples = {bound: after[bound] - before.get(bound, 0.0) for bound in sorted(after)}
    total = max(samples.values(), default=0.0)
    return next((bound for bound, count in samples.items() if count >= share * total), float("inf"))


@dataclass
class Effects:
    """``rows``: how many came into each table."""

    disk_mb: float = 0.0
    memory_mb: float = 0.0
    """The most that the server's own process grew by, as far as it was looked."""
    cpu_ms: float = 0.0
    lag_p99_ms: float = 0.0
    descriptors: int = 0
    """The most that were in use, as far as it was looked."""
    log_kb: float = 0.0
    rows: dict[str, int] = field(default_factory=dict)
    _resident: int = 0

    def look(self, process: psutil.Process) -> None:
        """Take in what the server uses at this moment."""
        self.descriptors = max(self.descriptors, process.num_fds())
        self._resident = max(self._resident, process.memory_info().rss)

    def __str__(self) -> str:
        rows = ", ".join(f"{name} +{count}" for name, count in self.rows.items() if count)
        return (
            f"disk {self.disk_mb:+.1f} MB, memory {self.memory_mb:+.1f} MB, "
            f"CPU {self.cpu_ms:.0f} ms, lag p99 <= {self.lag_p99_ms:g} ms, "
            f"descriptors {self.descriptors}, log {self.log_kb:.1f} kB, rows {rows or 'none'}"
        )


async def _rows(node: Node) -> dict[str, int]:
    select = ", ".join(f"(select count(*) from {name}) as {name}" for name in COUNTED)
    return dict((await node.rows(f"select {select}"))[0])


@asynccontextmanager
async def measured(node: Node, source: str = "127.0.0.9") -> AsyncIterator[Effects]:
    """Effects of what happens inside, filled in at the end."""
    process = psutil.Process(node.process.pid)

    async def now() -> dict[str, Any]:
        times = process.cpu_times()
        return {
            "disk": on_disk(node.data),
            "memory": process.memory_info().rss,
            "cpu": times.user + times.system,
            "lags": await lags(node.url, source),
            "log": sum(len(line) + 1 for line in node.lines),
            "rows": await _rows(node),
        }

    effects = Effects()
    before = await now()
    yield effects
    effects.look(process)
    after = await now()
    effects.disk_mb = (after["disk"] - before["disk"]) / 1e6
    effects.memory_mb = (effects._resident - before["memory"]) / 1e6
    effects.cpu_ms = (after["cpu"] - before["cpu"]) * 1000
    effects.lag_p99_ms = quantile(before["lags"], after["lags"])
    effects.log_kb = (after["log"] - before["log"]) / 1e3
    effects.rows = {name: after["rows"][name] - before["rows"][name] for name in COUNTED}
