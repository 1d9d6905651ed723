"""What it costs to cross to a worker: ``python -m tests.bench.crossing [--repeat N]``.

Each kind of message that calls send is made into a frame and read again, by the codec and by
pickle, taking turns in one sitting; medians of the CPU time, and their ratio. Then whole round
trips to a worker process, which say what of it is the codec's.
"""

import argparse
import asyncio
import pickle
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from visavis.compute.codec import decode, encode
from visavis.compute.wire import HEAD
from visavis.compute.worker import Worker
from visavis.engines.pose.features import SHAPES, Landmarks
from visavis.engines.stt.base import Transcript

ROUNDS = 20
"""Of one kind of message in a row; a figure is their mean, so that the clock's grain is small."""


def messages() -> dict[str, Any]:
    """What crosses in a call, and how it is called."""
    rng = np.random.default_rng(1)

    def sound(seconds: float) -> Any:
        return rng.standard_normal(int(16_000 * seconds)).astype(np.float32)

    talk = [
        {"role": role, "content": "Tell me how crackers got their name, and keep it short. " * 3}
        for role in ("system", *("user", "assistant") * 4)
    ]
    parameters = {"model": "base", "beam": 1, "language": "en", "compute": "int8"}
    parts = {name: rng.random(shape).astype(np.float32) for name, shape in SHAPES.items()}
    return {
        "nothing": [],
        "sound, 20 ms": [sound(0.02)],
        "sound, 1 s": [sound(1)],
        "sound, 8 s": [sound(8)],
        "sound, 30 s": [sound(30)],
        "picture, 640x480": [rng.integers(0, 255, (480, 640, 3), np.uint8), 20.0],
        "landmarks": Landmarks(**parts, t_ms=20.0),
        "transcript": Transcript("Hello there.", 0.1, -0.2, "en", 80.0, "whisper:base", parameters),
        "parameters": parameters,
        "a piece of a reply": " crackers",
        "conversation, 9 messages": [talk, 160, 0.4],
    }


def by_codec(value: Any) -> Any:
    size, parts = encode(value)
    frame = b"".join((HEAD.pack(6, 1, size), *parts))
    return decode(bytearray(frame[HEAD.size :]))


def by_pickle(value: Any) -> Any:
    data = pickle.dumps(value, protocol=5)
    frame = HEAD.pack(6, 1, len(data)) + data
    return pickle.loads(frame[HEAD.size :])


def spent(way: Callable[[Any], Any], value: Any) -> float:
    """µs of CPU for one."""
    begin = time.thread_time()
    for _ in range(ROUNDS):
        way(value)
    return (time.thread_time() - begin) * 1e6 / ROUNDS


class Echo:
    """What the worker hosts."""

    def echo(self, *args: Any) -> None:
        """Takes anything."""


async def trips(repeat: int) -> None:
    worker = Worker("tests.bench.crossing:Echo", name="echo")
    await worker.start()
    try:
        for name, value in messages().items():
            args = value if isinstance(value, list) else [value]
            times = []
            for _ in range(repeat):
                begin = time.perf_counter()
                await worker.call("echo", *args, timeout=10)
                times.append((time.perf_counter() - begin) * 1e6)
            print(f"{name:28s}{np.median(times):10.0f}{min(times):10.0f}")
    finally:
        await worker.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=200)
    repeat = parser.parse_args().repeat
    print(f"{'µs of CPU, made and read':28s}{'codec':>10s}{'pickle':>10s}{'ratio':>10s}")
    for name, value in messages().items():
        both = [(spent(by_codec, value), spent(by_pickle, value)) for _ in range(repeat)]
        codec, pickled = np.median(both, axis=0)
        print(f"{name:28s}{codec:10.1f}{pickled:10.1f}{codec / pickled:10.2f}")
    print(f"\n{'µs, there and back':28s}{'median':>10s}{'best':>10s}")
    asyncio.run(trips(repeat))


if __name__ == "__main__":
    main()
