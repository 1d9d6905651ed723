"""Watchers that may be anybody's: whatever one of them does, nobody waits for ever, and the pool
has one for the next caller."""

import asyncio
import contextlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from virtual_time import run

from visavis.call.camera.pose_pool import Lease, PosePool
from visavis.compute.worker import WorkerError
from visavis.engines.pose.features import SHAPES, Landmarks

PICTURE = np.zeros((48, 64, 3), np.uint8)


class Watcher:
    """Does as `ways` says where it is asked something."""

    def __init__(self, ways: dict[str, str]) -> None:
        self.ways = ways
        self.closed = False

    async def _do(self, asked: str) -> None:
        match self.ways.get(asked):
            case "hang":
                await asyncio.Event().wait()
            case "cling":
                while True:
                    with contextlib.suppress(asyncio.CancelledError):
                        await asyncio.sleep(60)
                    if self.closed:
                        return
            case "cancel":
                raise asyncio.CancelledError
            case "exit":
                raise SystemExit(3)
            case "break":
                raise OSError("no eyes")

    async def detect(self, rgb: NDArray[np.uint8], t_ms: float, *, timeout: float) -> Landmarks:
        await self._do("detect")
        return Landmarks(
            **{part: np.full(shape, np.nan, np.float32) for part, shape in SHAPES.items()},
            t_ms=t_ms,
        )

    async def describe(self, *, timeout: float) -> tuple[str, str, dict[str, Any]]:
        await self._do("describe")
        return "watcher", "1", {}

    async def reset(self, *, timeout: float) -> None:
        await self._do("reset")

    async def close(self) -> None:
        self.closed = True
        await self._do("close")


class Poses:
    def __init__(self, **ways: str) -> None:
        self.ways = ways
        self.made: list[Watcher] = []

    async def watch(self) -> Watcher:
        if self.ways.get("watch") == "hang":
            await asyncio.Event().wait()
        self.made.append(Watcher(self.ways))
        return self.made[-1]


async def seen(lease: Lease) -> Landmarks:
    return await lease.detect(PICTURE, 40.0, timeout=2.0)


@pytest.mark.parametrize(
    ("asked", "way", "told"),
    [
        ("detect", "hang", "TimeoutError: Watcher did not answer in 3 s"),
        ("detect", "cancel", "RuntimeError: Watcher cancelled itself"),
        ("detect", "exit", "RuntimeError: Watcher wanted to exit: 3"),
        ("describe", "hang", "TimeoutError: Watcher did not answer in 3 s"),
        ("watch", "hang", "TimeoutError: Poses did not answer in 60 s"),
    ],
)
def test_whatever_one_does_it_is_an_error_in_words(asked: str, way: str, told: str) -> None:
    async def look() -> None:
        pool = PosePool(Poses(**{asked: way}), 1)
        lease = pool.lease()
        with pytest.raises((RuntimeError, TimeoutError)) as raised:
            await (lease.describe(timeout=2.0) if asked == "describe" else seen(lease))
        assert f"{type(raised.value).__name__}: {raised.value}" == told

    run(look())


@pytest.mark.parametrize("way", ["hang", "cling", "cancel", "exit", "break"])
@pytest.mark.parametrize("end", ["", "hang", "break"])
def test_one_that_cant_forget_is_replaced_by_another(way: str, end: str) -> None:
    async def two_calls() -> None:
        faults: list[str] = []
        poses = Poses(reset=way, close=end)
        pool = PosePool(poses, 1, lambda kind, told: faults.append(kind))
        first = pool.lease()
        await seen(first)
        await first.release()
        assert poses.made[0].closed
        assert faults == ["pose_reset", *(["pose_close"] if end else [])]
        await seen(pool.lease())
        assert len(poses.made) == 2
        with pytest.raises(WorkerError, match="all 1 pose workers"):
            await seen(pool.lease())

    run(two_calls())


def test_one_whose_caller_no_longer_waits_for_it_to_forget_is_none_of_the_pool() -> None:
    async def two_calls() -> None:
        poses = Poses(reset="hang")
        pool = PosePool(poses, 1)
        first = pool.lease()
        await seen(first)
        releasing = asyncio.create_task(first.release())
        await asyncio.sleep(1)
        releasing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await releasing
        await seen(pool.lease())
        assert len(poses.made) == 2

    run(two_calls())


def test_one_that_forgets_is_kept_for_the_next_caller() -> None:
    async def two_calls() -> None:
        poses = Poses()
        pool = PosePool(poses, 1)
        for _ in range(2):
            lease = pool.lease()
            await seen(lease)
            await lease.release()
        await pool.close()
        assert [watcher.closed for watcher in poses.made] == [True]

    run(two_calls())
