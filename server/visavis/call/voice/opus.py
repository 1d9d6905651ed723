"""The voice encoded as Opus packets (RFC 6716); aiortc passes them on as they are."""

from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from visavis.call.voice.clock import RATE, TICK

BASE = Fraction(1, RATE)
"""The RTP clock of Opus (RFC 7587 §4.1)."""


class OpusEncoder:
    """48 kHz mono, 20 ms a packet, with in-band redundancy for a lost one. About 0.15 ms each."""

    def __init__(self, bitrate: int = 40_000) -> None:
        self._codec = av.CodecContext.create("libopus", "w")
        self._codec.sample_rate = RATE
        self._codec.layout = "mono"
        self._codec.format = "s16"
        self._codec.bit_rate = bitrate
        self._codec.time_base = BASE
        self._codec.options = {
            "application": "voip",
            "frame_duration": "20",
            "compression_level": "5",
            "fec": "1",
            "packet_loss": "5",
        }

    def encode(self, pcm: NDArray[np.int16], sample: int) -> av.Packet:
        """(960,) int16 that leaves at that sample of the call → one packet with that pts."""
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        frame.pts = sample
        frame.time_base = BASE
        (packet,) = self._codec.encode(frame)
        # The codec's own pts is early by its look-ahead (6.5 ms); RTP carries ours.
        packet.pts = sample
        packet.time_base = BASE
        return packet


assert TICK * 50 == RATE, "Opus is told 20 ms above"
