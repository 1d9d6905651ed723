"""The caller's voice, from RTP packets to 16 kHz samples, with no delay of its own."""

import asyncio
import logging
import weakref
from collections.abc import Callable
from typing import Any

import av
import numpy as np
from aiortc.rtp import RtpPacket
from numpy.typing import NDArray

from visavis.call.events import Bus
from visavis.call.hearing.conceal import Concealer
from visavis.call.hearing.jitter import JitterBuffer

log = logging.getLogger(__name__)

RATE = 16_000
CLOCK = 48_000
"""Hz of Opus's RTP timestamps, whatever it carries (RFC 7587 §4.1)."""
_FACTOR = CLOCK // RATE
TICK_MS = 20.0
STALLED_MS = 200.0
"""Without a packet for so long, silence is handed on as time goes by: a sender that stops (DTX,
a lost network) must not keep a turn open. Most jitter is shorter."""
BEHIND_MS = 60.0
"""The silence that a stall has brought stays so far behind the clock, as packets might."""
LONGEST_PAD = RATE
"""Samples of silence, at most, for a jump of the timestamps: 1 s."""
_AROUND = np.arange(48) - 23.5
_WINDOWED = np.sinc(2 * 7200 / CLOCK * _AROUND) * np.hamming(48)
_LOW_PASS = (_WINDOWED / _WINDOWED.sum()).astype(np.float32)
"""A windowed sinc that keeps what 16 kHz can hold, below 7.2 kHz, before every third sample is
taken. By hand, because scipy.signal takes a second to import."""

OnAudio = Callable[[NDArray[np.int16], int], None]


class AudioReceiver:
    """Hears one caller: reorders, decodes Opus, conceals losses, resamples.

    `on_audio(pcm, start)` gets each piece on the event loop: int16 mono at 16 kHz, and the index
    of its first sample since the call began. Pieces follow each other without gap or overlap.
    Exceptions in `on_audio` are faults (kind "hearing"), once for each class of exception. Costs
    about 0.2 ms a packet on the loop.
    """

    def __init__(self, on_audio: OnAudio, bus: Bus) -> None:
        self.concealed = 0
        """Packets that were lost or undecodable and got a sound in their place."""
        self.stalled_ms = 0.0
        """Silence handed on while nothing came."""
        self._on_audio = on_audio
        self._bus = bus
        self._told: set[str] = set()
        self._loop = asyncio.get_running_loop()
        self._ticker: asyncio.TimerHandle | None = None
        self._position = 0
        self._before = (0, 0)  # lost and late of the streams before this one
        self._ssrc: int | None = None
        self._begin_stream()

    @property
    def lost(self) -> int:
        """Packets that never came, or too late to wait for."""
        return self._before[0] + self._jitter.lost

    @property
    def late(self) -> int:
        """Packets that came after their place was given up."""
        return self._before[1] + self._jitter.late

    def close(self) -> None:
        """Hand on nothing any more."""
        if self._ticker is not None:
            self._ticker.cancel()
        self._on_audio = _ignore

    def take(self, packet: RtpPacket) -> None:
        """`hear` one as aiortc gives it."""
        self.hear(packet.ssrc, packet.sequence_number, packet.timestamp, packet.payload)

    def hear(self, ssrc: int, sequence: int, timestamp: int, payload: bytes) -> None:
        """Take one RTP packet of Opus. Never raises, whatever is in it."""
        now = self._loop.time() * 1000
        if self._ticker is None:
            self._tick_in_time()
        if ssrc != self._ssrc:
            if self._ssrc is not None:
                self._drain(float("inf"))
                self._before = (self.lost, self.late)
                self._begin_stream()
            self._ssrc = ssrc
        self._heard_at = now
        self._jitter.add(sequence, timestamp, payload, now)
        self._drain(now)

    def _begin_stream(self) -> None:
        self._jitter = JitterBuffer()
        self._decoder = OpusDecoder()
        self._concealer = Concealer()
        self._due: int | None = None  # RTP timestamp of the next sample
        self._packet = RATE // 50  # samples in the last packet
        self._ahead = 0  # samples of silence handed on since the last packet
        self._heard_at = 0.0

    def _tick_in_time(self) -> None:
        receiver = weakref.ref(self)  # a forgotten one stops ticking

        def tick() -> None:
            if (still := receiver()) is not None:
                still._tick()

        self._ticker = self._loop.call_later(TICK_MS / 1000, tick)

    def _tick(self) -> None:
        """Give up on gaps that no packet came to close; hand on silence while nothing comes."""
        self._tick_in_time()
        now = self._loop.time() * 1000
        self._drain(now)
        stalled = now - self._heard_at
        if stalled >= STALLED_MS:
            missing = int((stalled - BEHIND_MS) * RATE / 1000) - self._ahead
            missing = min(missing, LONGEST_PAD)
            self._ahead += missing
            self.stalled_ms += missing * 1000 / RATE
            self._silence(missing)

    def _drain(self, now: float) -> None:
        for slot in self._jitter.pop(now):
            if self._due is not None:
                gap = ((slot.timestamp - self._due + (1 << 31)) & 0xFFFF_FFFF) - (1 << 31)
                self._silence(min(gap // _FACTOR - self._ahead, LONGEST_PAD))
            pcm = None if slot.payload is None else self._decode(slot.payload)
            if pcm is None:
                passed = self._packet
                length = max(0, passed - self._ahead)
                self._ahead -= passed - length
                self.concealed += 1
                self._hand_on(self._concealer.conceal(length))
            else:
                self._ahead = 0
                self._packet = passed = len(pcm)
                self._hand_on(self._concealer.heard(pcm))
            self._due = (slot.timestamp + passed * _FACTOR) & 0xFFFF_FFFF

    def _decode(self, payload: bytes) -> NDArray[np.int16] | None:
        try:
            return self._decoder.decode(payload)
        except (av.FFmpegError, ValueError):
            return None

    def _silence(self, samples: int) -> None:
        if samples > 0:
            self._hand_on(self._concealer.heard(np.zeros(samples, np.int16)))

    def _hand_on(self, pcm: NDArray[np.int16]) -> None:
        if len(pcm) == 0:
            return
        start = self._position
        self._position += len(pcm)
        try:
            self._on_audio(pcm, start)
        except Exception as error:  # in aiortc's receive loop it would end the whole connection
            kind = type(error).__name__
            if kind not in self._told:
                self._told.add(kind)
                log.exception("hearing failed")
                self._bus.fault("hearing", f"{kind}: {error}")


class OpusDecoder:
    """Opus packets to int16 mono at 16 kHz; stereo is mixed down by libopus."""

    def __init__(self) -> None:
        self._codec: Any = av.CodecContext.create("libopus", "r")
        self._codec.format = "s16"
        self._codec.layout = "mono"
        self._codec.sample_rate = CLOCK
        self._tail = np.zeros(len(_LOW_PASS) - 1, np.float32)

    def decode(self, payload: bytes) -> NDArray[np.int16]:
        """Samples (N,) of one packet, 0.5 ms late by the resampling filter.

        Raises av.FFmpegError on bytes that are no Opus packet, ValueError on none at all (which
        would end the decoder).
        """
        if not payload:
            raise ValueError("an empty payload is no Opus packet")
        frames = self._codec.decode(av.Packet(payload))
        samples = [frame.to_ndarray().reshape(-1) for frame in frames]
        wide = np.concatenate([self._tail, *samples])
        self._tail = wide[len(wide) - len(self._tail) :]
        windows = np.lib.stride_tricks.sliding_window_view(wide, len(_LOW_PASS))[::_FACTOR]
        narrow: NDArray[np.int16] = np.clip(windows @ _LOW_PASS, -32768, 32767).astype(np.int16)
        return narrow


def _ignore(pcm: NDArray[np.int16], start: int) -> None:
    """What a closed receiver does with audio."""
