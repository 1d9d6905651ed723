"""Films to be played: what a picture shows tells its time."""

from pathlib import Path

import av
import numpy as np


def film(path: Path, seconds: float, *, width: int = 128, height: int = 128, fps: int = 25) -> Path:
    """A film without sound (MPEG-4 in MP4): grey that brightens, see `grey`."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 2_000_000
        for n in range(round(seconds * fps)):
            picture = np.full((height * 3 // 2, width), 128, np.uint8)
            picture[:height] = grey(n * 1000 / fps)
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts = n
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def grey(ms: float) -> float:
    """The luma of a film at that moment: 30 at its beginning, 80 more a second, at most 230."""
    return min(30 + ms * 0.08, 230)


def moment(luma: float) -> float:
    """The ms at which a film has that luma, if it isn't at the brightest."""
    return (luma - 30) / 0.08
