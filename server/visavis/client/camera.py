"""The caller's camera: a clip in a loop, a still picture, or a synthetic one."""

import asyncio
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import numpy as np
from aiortc import MediaStreamTrack
from numpy.typing import NDArray

CLOCK = 90_000
"""Hz of video timestamps."""


class CameraError(Exception):
    """A picture or clip that can't be shown; the message says why."""


def synthetic(width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """A soft gradient with a bright square that wanders, each (height·3/2, width) uint8 I420."""
    plain = np.full((height * 3 // 2, width), 128, np.uint8)
    plain[:height] = np.linspace(60, 150, width).astype(np.uint8)
    side = height // 4
    for number in count():
        picture = plain.copy()
        x = int((width - side) * (0.5 + 0.4 * np.sin(number / 20)))
        y = int((height - side) * (0.5 + 0.4 * np.cos(number / 31)))
        picture[y : y + side, x : x + side] = 210
        yield picture


class CallerCamera(MediaStreamTrack):  # type: ignore[misc]
    """Frames at their own times, by absolute deadlines."""

    kind = "video"

    def __init__(self, path: Path | None, size: tuple[int, int], fps: float) -> None:
        """``size`` (width, height; even) is for the synthetic picture, ``fps`` for it and stills.

        Raises CameraError.
        """
        super().__init__()
        self._frames = _clip(path) if path else _drawn(size)
        self._fps = _rate(path, fps) if path else fps
        self._began = 0.0
        self._due = 0.0

    async def show(self, path: Path) -> None:
        """Show a clip once, at its own pace, then go on with its last picture; returns when that
        has been shown. Raises CameraError."""
        fps = _rate(path, self._fps)
        frames = await asyncio.to_thread(lambda: list(_once(path)))
        self._frames, self._fps = _then_still(frames), fps
        await asyncio.sleep(len(frames) / fps)

    async def recv(self) -> av.VideoFrame:
        """The next frame, not before it is due."""
        now = time.perf_counter()
        if not self._began:
            self._began = self._due = now
        await asyncio.sleep(max(0.0, self._due - now))
        frame = await asyncio.to_thread(next, self._frames)
        frame.pts = round((self._due - self._began) * CLOCK)
        frame.time_base = Fraction(1, CLOCK)
        self._due += 1 / self._fps
        return frame


def _drawn(size: tuple[int, int]) -> Iterator[av.VideoFrame]:
    for picture in synthetic(*size):
        yield av.VideoFrame.from_ndarray(picture, format="yuv420p")


def _rate(path: Path, fps: float) -> float:
    """Frames a second of the clip at ``path``; ``fps`` for a still. Raises CameraError."""
    if not path.is_file():
        raise CameraError(f"{path} does not exist")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise CameraError(f"{path} has no picture in it")
            stream = container.streams.video[0]
            return float(stream.average_rate or fps) if (stream.duration or 0) > 1 else fps
    except (av.FFmpegError, OSError) as error:
        raise CameraError(f"{path} can't be read as video: {error}") from error


def _clip(path: Path) -> Iterator[av.VideoFrame]:
    while True:
        yield from _once(path)


def _once(path: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            even = frame.reformat(frame.width & ~1, frame.height & ~1, "yuv420p")
            even.pict_type = av.video.frame.PictureType.NONE
            yield even


def _then_still(frames: list[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    yield from frames
    last = frames[-1].to_ndarray()
    while True:
        yield av.VideoFrame.from_ndarray(last, format="yuv420p")
