"""The caller's eye: whole pictures kept as they came, VP8, decoded only when someone asks.

Keeping the compressed picture makes a call cheap while it runs, so that what is measured is the
server and not this client, and keeps every picture for the film and the face analysis after it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import av
from aiortc.jitterbuffer import JitterBuffer

from visavis.client.timeline import RtpTimeline

CLOCK = 90_000
"""Hz of video timestamps (RFC 7741)."""
KEYFRAME_EVERY = 0.5
"""Seconds between two requests for a first keyframe."""


@dataclass(frozen=True)
class Picture:
    """One compressed picture: ``at`` arrival of its last packet, perf_counter s."""

    at: float
    timestamp: int
    data: bytes
    keyframe: bool


class Eye:
    """Collects one call's pictures."""

    def __init__(self) -> None:
        self._buffer = JitterBuffer(capacity=512, is_video=True)
        self._arrivals: dict[int, float] = {}
        self._asked = 0.0
        self.timeline = RtpTimeline(CLOCK)
        self.pictures: list[Picture] = []
        self.undecodable = 0

    def add(self, packet: Any) -> tuple[bool, None]:
        """One RTP packet; True asks the sender for a keyframe."""
        now = time.perf_counter()
        self._arrivals[packet.timestamp] = now
        wanted, frame = self._buffer.add(packet)
        if frame is not None and frame.data:
            self._keep(frame.timestamp, frame.data)
        if self.pictures and not self.pictures[0].keyframe and now - self._asked > KEYFRAME_EVERY:
            self._asked, wanted = now, True
        return wanted, None

    def _keep(self, timestamp: int, data: bytes) -> None:
        # A packet that was sent again completes a picture whose own arrival is forgotten.
        at = self._arrivals.get(timestamp, time.perf_counter())
        self._arrivals = {stamp: when for stamp, when in self._arrivals.items() if when > at}
        stamp = self.timeline.unwrap(timestamp)
        self.timeline.arrived(at, stamp)
        # RFC 6386 §9.1: the lowest bit of a frame is 0 for a keyframe
        picture = Picture(at, stamp, data, keyframe=not data[0] & 1)
        if self.pictures and not self.pictures[0].keyframe:
            self.pictures.clear()
        self.pictures.append(picture)

    def decoded(self) -> Iterator[tuple[Picture, av.VideoFrame]]:
        """Every picture with its frame, in order, decoded as it is asked for."""
        decoder = av.CodecContext.create("vp8", "r")
        self.undecodable = 0
        for picture in self.pictures:
            try:
                frames = decoder.decode(av.Packet(picture.data))
            except av.FFmpegError:
                self.undecodable += 1
                continue
            for frame in frames:
                yield picture, frame
