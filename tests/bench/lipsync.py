"""What a frame of the face costs: ``python tests/bench/lipsync.py [portrait] [size]``.

Prints medians and 95th percentiles in ms, of wall time and of this thread's CPU time, with
OpenCV on one thread: talking (a new mixture of shapes each frame), idle (mouth at rest), asleep,
and how many frames a second four threads draw together from one shared face.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

import visavis.personas
from visavis.engines.lipsync.base import Tick
from visavis.engines.lipsync.load import load_face
from visavis.engines.lipsync.visemes import AT_REST, VISEMES

FRAMES = 250
FPS = 25


def measure(what: str, draw: Callable[[int], object]) -> None:
    walls, cpus = [], []
    for number in range(FRAMES):
        wall, cpu = time.perf_counter(), time.thread_time()
        draw(number)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.thread_time() - cpu) * 1000)
    print(
        f"{what:8} wall {np.median(walls):5.2f} (p95 {np.percentile(walls, 95):5.2f})"
        f"  cpu {np.median(cpus):5.2f} (p95 {np.percentile(cpus, 95):5.2f}) ms"
    )


def main() -> None:
    cv2.setNumThreads(1)
    packaged = Path(visavis.personas.__path__[0]) / "iris" / "portrait"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else packaged
    began = time.perf_counter()
    face = load_face(path, int(sys.argv[2]) if len(sys.argv) > 2 else 512)
    print(f"built in {time.perf_counter() - began:.2f} s, {face.size} px")

    knots = np.random.default_rng(1).dirichlet(np.full(len(VISEMES), 0.2), FRAMES // 3 + 2)
    places = np.arange(FRAMES) / 3
    talk = np.stack([np.interp(places, np.arange(len(knots)), k) for k in knots.T], axis=1)
    talk = talk.astype(np.float32)

    measure("talking", lambda i: face.draw(Tick(talk[i], i / FPS)))
    measure("idle", lambda i: face.draw(Tick(AT_REST, i / FPS)))
    measure("asleep", lambda i: face.asleep())
    began = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: face.draw(Tick(talk[i], i / FPS)), range(FRAMES)))
    print(f"4 threads draw {FRAMES / (time.perf_counter() - began):.0f} talking frames a second")


if __name__ == "__main__":
    main()
