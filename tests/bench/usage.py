"""What a process and its children take of the machine."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil


@dataclass
class Usage:
    """CPU and memory of a process and all its children, sampled each half second."""

    pid: int
    cpu_s: float = 0.0
    rss_mb: float = 0.0
    by_name: dict[str, float] = field(default_factory=dict)

    def _tree(self) -> list[psutil.Process]:
        root = psutil.Process(self.pid)
        return [root, *root.children(recursive=True)]

    def _cpu(self) -> dict[int, float]:
        used = {}
        for process in self._tree():
            try:
                times = process.cpu_times()
                used[process.pid] = times.user + times.system
            except psutil.NoSuchProcess:
                continue
        return used

    def _memory(self) -> None:
        total = 0.0
        names: defaultdict[str, float] = defaultdict(float)
        for process in self._tree():
            try:
                # PSS shares out what processes have in common, so that the sum means something
                size = process.memory_full_info().pss / 1e6
                names[process.name()] += size
                total += size
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        if total > self.rss_mb:
            self.rss_mb, self.by_name = total, dict(names)

    @contextmanager
    def watched(self) -> Iterator[None]:
        before, done = self._cpu(), threading.Event()

        def watch() -> None:
            while not done.wait(0.5):
                self._memory()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
            after = self._cpu()
            self.cpu_s = sum(used - before.get(pid, 0.0) for pid, used in after.items())
