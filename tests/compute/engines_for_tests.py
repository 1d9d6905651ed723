"""Small real engines for the worker's tests to host."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.compute.codec import carried


@carried
@dataclass(frozen=True)
class Bead:
    colour: str


class Abacus:
    """Adds, fails, hangs and dies as it is asked to."""

    def __init__(self, start: int = 0, log: str = "") -> None:
        self.start = start
        self.log = log
        if start < 0:
            raise ValueError("start must not be negative")

    def add(self, number: int) -> int:
        return self.start + number

    def double(self, array: NDArray[np.float32]) -> NDArray[np.float32]:
        return array * 2

    def fail(self) -> None:
        raise KeyError("no such bead")

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def sleep(self, seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    def hog(self) -> int:
        """Hold the interpreter for longer than any test: no Python runs meanwhile."""
        return sum(range(10**12))

    def strange(self) -> Any:
        return lambda: None

    def bead(self) -> "Bead":
        """What only this process carries."""
        return Bead("red")

    def rest(self) -> None:
        pass

    def note(self, name: str, seconds: float = 0.0) -> None:
        """Take a while, and say in the log that it was done."""
        time.sleep(seconds)
        with Path(self.log).open("a") as log:
            log.write(f"{name} ")

    def bump(self, array: NDArray[np.int16]) -> NDArray[np.int16]:
        """Changes the array that it was given, as an engine may."""
        array += 1
        return array

    def environment(self, name: str) -> str:
        return os.environ[name]

    def cv2_threads(self) -> int:
        import cv2

        return int(cv2.getNumThreads())

    def niceness(self) -> int:
        return os.nice(0)

    def count(self, last: int, delay: float = 0.0) -> Iterator[int]:
        """Counts; notes in the log when it is closed, and how far it had got."""
        number = 0
        try:
            for number in range(last):
                time.sleep(delay)
                yield number
        finally:
            if self.log:
                Path(self.log).write_text(str(number))

    def count_and_fail(self) -> Iterator[int]:
        yield 1
        raise RuntimeError("broke after one")
