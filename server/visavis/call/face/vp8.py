"""Pictures encoded as VP8.

VP8 is the only video codec: every WebRTC peer must have it (RFC 7742 §5), libx264 costs four times
as much here, and it would bring the GPL with it. An offer without VP8 is refused with a sentence
that says so. aiortc passes packets on as they are, so one encode can serve many callers and the
settings are ours.
"""

from fractions import Fraction

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

BASE = Fraction(1, 90_000)
"""The RTP clock of video (RFC 7741 §4.1)."""

KEYFRAME_INTERVAL = 3_000
"""Frames; keyframes come when they are asked for, not by the clock."""


class Vp8Encoder:
    """Square or not, any even size; 2 ms a frame at 512×512. Not for two threads at once."""

    def __init__(self, width: int, height: int, fps: int, bitrate: int) -> None:
        self._interval = 90_000 // fps
        self._frames = 0
        self._codec = av.CodecContext.create("libvpx", "w")
        self._codec.width = width
        self._codec.height = height
        self._codec.pix_fmt = "yuv420p"
        self._codec.bit_rate = bitrate
        self._codec.gop_size = KEYFRAME_INTERVAL
        self._codec.thread_count = 1
        self._codec.time_base = BASE
        self._codec.framerate = Fraction(fps)
        rate = str(bitrate)
        self._codec.options = {
            "deadline": "realtime",
            "lag-in-frames": "0",
            "cpu-used": "-8",
            "noise-sensitivity": "0",
            "static-thresh": "1",
            # The three together mean constant bitrate with one second of buffer.
            "minrate": rate,
            "maxrate": rate,
            "bufsize": rate,
            "error-resilient": "1",
        }

    def encode(self, picture: NDArray[np.uint8], *, keyframe: bool) -> av.Packet:
        """I420 (height·3/2, width) uint8 → one packet.

        Its pts counts frames at the nominal rate, for the rate control; the moment at which it
        is shown is the caller's to set. The first packet is a keyframe in any case.
        """
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = self._frames * self._interval
        frame.time_base = BASE
        self._frames += 1
        if keyframe:
            frame.pict_type = PictureType.I
        (packet,) = self._codec.encode(frame)
        packet.time_base = BASE
        return packet
