"""Films of the persona speaking, made ahead (by a remote model, say) and played in place of the
drawn face: which there are, what is due of one, and its pictures one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

SIDE = 4_096
"""The most px of a side: 4K is decoded, if slowly; nothing is gained by more than 512."""


class BadFilm(ValueError):
    """A file that is no film, or one that breaks off; the message says so."""


@dataclass(frozen=True)
class Film:
    """A film whose picture and sound began together."""

    path: Path
    length_ms: float

    @property
    def name(self) -> str:
        """What it is known by in the records: for a clip, the hash of what it was made from."""
        return self.path.stem


@dataclass(frozen=True)
class Shot:
    """A moment of a film (ms from its beginning), and how much of it is seen: 1 is all of it, 0
    the drawn face alone."""

    film: Film
    ms: float
    share: float


def opened(path: Path) -> Film:
    """The film in a file, looked at but not decoded, but for its first picture. Some ms.

    Raises BadFilm.
    """
    try:
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            if max(video.width, video.height) > SIDE:
                size = f"{video.width:,} × {video.height:,} px"
                raise BadFilm(f"{path} is too large: {size}; at most {SIDE:,} a side are played")
            times = sorted(float(p.pts * p.time_base) for p in container.demux(video) if p.size)
        with av.open(str(path)) as container:
            next(container.decode(video=0))
    except (av.FFmpegError, IndexError, StopIteration, TypeError) as error:
        raise BadFilm(f"{path} is no film that can be played: {error}") from error
    if not times:
        raise BadFilm(f"{path} is no film that can be played: it has no pictures")
    spans = len(times) - 1
    frame = (times[-1] - times[0]) / spans if spans else 0.0
    return Film(path, (times[-1] - times[0] + frame) * 1000)


class Projector:
    """Plays a film once, forward, at ``size`` by ``size`` px: the middle of it, if it isn't square.

    Not for two threads at once. Decodes no further than it is asked, and holds two pictures.
    """

    def __init__(self, film: Film, size: int) -> None:
        """Raises BadFilm."""
        self.film = film
        self._size = size
        try:
            self._container = av.open(str(film.path))
            video = self._container.streams.video[0]
            video.codec_context.thread_count = 1  # the other cores have calls of their own
            self._frames: Iterator[av.VideoFrame] = self._container.decode(video)
            self._following: av.VideoFrame | None = next(self._frames)
        except (av.FFmpegError, IndexError, StopIteration) as error:
            raise BadFilm(f"{film.path} can't be played: {error}") from error
        self._began = self._following.time
        self._picture = square(self._following, size)
        self.ms = 0.0
        """How far it has come."""

    def at(self, ms: float) -> NDArray[np.uint8]:
        """What is seen then, I420 (size * 3 // 2, size); the last picture stays after the end.

        Raises BadFilm, and ValueError for a moment before the last one.
        """
        if ms < self.ms:
            raise ValueError("a film isn't played backwards")
        self.ms = ms
        newest = None
        try:
            while (following := self._following) is not None and self._ms(following) < ms + 1:
                newest, self._following = following, next(self._frames, None)
        except av.FFmpegError as error:
            raise BadFilm(f"{self.film.path} breaks off: {error}") from error
        if newest is not None:
            self._picture = square(newest, self._size)
        return self._picture

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def _ms(self, frame: av.VideoFrame) -> float:
        return float((frame.time - self._began) * 1000)


def square(frame: av.VideoFrame, size: int) -> NDArray[np.uint8]:
    """The middle square of a picture, as I420 (size * 3 // 2, size) of the calls' colours."""
    scale = size / min(frame.width, frame.height)
    width, height = (2 * round(side * scale / 2) for side in (frame.width, frame.height))
    i420 = frame.reformat(
        width,
        height,
        "yuv420p",
        dst_colorspace=Colorspace.ITU601,
        dst_color_range=ColorRange.MPEG,
    ).to_ndarray()
    luma = i420[:height]
    chroma = i420[height:].reshape(2, height // 2, width // 2)
    left, top = (width - size) // 4 * 2, (height - size) // 4 * 2
    out = np.empty((size * 3 // 2, size), np.uint8)
    out[:size] = luma[top : top + size, left : left + size]
    out[size:].reshape(2, size // 2, size // 2)[:] = chroma[
        :, top // 2 : (top + size) // 2, left // 2 : (left + size) // 2
    ]
    return out
