"""The caller's ear: Opus decoded packet by packet as it arrives, with no jitter buffer at all.

A sample is heard at the arrival of its packet plus its place in it. A lost packet is silence, a
late one is counted and still kept. This is the lowest latency that any ear could have; a browser's
jitter buffer adds 20 to 60 ms of its own, which isn't the server's.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from aiortc.utils import uint16_gt
from numpy.typing import NDArray

from visavis.client.sound import RATE, WINDOW, levels
from visavis.client.timeline import RtpTimeline

AUDIBLE_DB = -50.0
"""Sound above this, dB below full scale, is audible."""


@dataclass(frozen=True)
class HeardPacket:
    """One decoded packet: ``at`` perf_counter s, ``timestamp`` 48 kHz, unwrapped."""

    at: float
    timestamp: int
    samples: NDArray[np.int16]


class Ear:
    """Collects and decodes one call's audio; bounded by the length of the call only."""

    def __init__(self, on_packet: Callable[[], None]) -> None:
        self._decoder = av.CodecContext.create("libopus", "r")
        self._decoder.format = "s16"
        self._decoder.layout = "mono"
        self._decoder.sample_rate = RATE
        self._on_packet = on_packet
        self._sequence: int | None = None
        self.timeline = RtpTimeline(RATE)
        self.packets: list[HeardPacket] = []
        self.times: list[float] = []
        """When each 5 ms window began to be heard, perf_counter s, never decreasing."""
        self.levels: list[float] = []
        """Its level, dB below full scale."""
        self.last_audible: float | None = None
        self.late = 0
        self.lost = 0
        self.undecodable = 0

    def add(self, packet: Any) -> tuple[bool, None]:
        """One RTP packet, just arrived."""
        now = time.perf_counter()
        if not packet.payload:
            return False, None
        self._count(packet.sequence_number)
        try:
            frames = self._decoder.decode(av.Packet(packet.payload))
        except av.FFmpegError:
            self.undecodable += 1
            return False, None
        stamp = self.timeline.unwrap(packet.timestamp)
        self.timeline.arrived(now, stamp)
        for frame in frames:
            samples = frame.to_ndarray().reshape(-1).astype(np.int16)
            self.packets.append(HeardPacket(now, stamp, samples))
            self._listen(now, samples)
            stamp += len(samples)
        self._on_packet()
        return False, None

    def _count(self, sequence: int) -> None:
        if self._sequence is not None:
            if not uint16_gt(sequence, self._sequence):
                self.late += 1
                self.lost -= 1
                return
            self.lost += (sequence - self._sequence - 1) % 65536
        self._sequence = sequence

    def _listen(self, now: float, samples: NDArray[np.int16]) -> None:
        for index, level in enumerate(levels(samples)):
            at = now + index * WINDOW / RATE
            if self.times:
                at = max(at, self.times[-1])
            self.times.append(at)
            self.levels.append(float(level))
            if level > AUDIBLE_DB:
                self.last_audible = at
