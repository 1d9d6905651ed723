"""Opus packets to hear, and an ear on a bare receiver."""

from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket
from numpy.typing import NDArray

from visavis.call.events import Bus, Faulted
from visavis.call.hearing.receiver import AudioReceiver
from visavis.call.rtc import aiortc_internals

Pcm = NDArray[np.int16]
OPUS = 111


def tone(seconds: float, hz: float = 440.0, level: int = 8000) -> Pcm:
    time = np.arange(round(48_000 * seconds)) / 48_000
    return np.asarray(np.sin(2 * np.pi * hz * time) * level).astype(np.int16)


def opus(pcm: Pcm, *, frame_ms: float = 20, layout: str = "mono") -> list[bytes]:
    """Packets of `pcm` (N,) int16 mono 48 kHz; in stereo the right ear hears half as loud."""
    codec: Any = av.CodecContext.create("libopus", "w")
    codec.format = "s16"
    codec.layout = layout
    codec.sample_rate = 48_000
    codec.bit_rate = 64_000
    codec.options = {"application": "voip", "frame_duration": str(frame_ms)}
    codec.open()
    size = int(frame_ms * 48)
    packets = []
    for begin in range(0, len(pcm) - size + 1, size):
        part = pcm[begin : begin + size]
        packed = part if layout == "mono" else np.stack([part, part // 2], 1).reshape(-1)
        frame = av.AudioFrame.from_ndarray(packed[None], format="s16", layout=layout)
        frame.sample_rate = 48_000
        frame.pts = begin
        frame.time_base = Fraction(1, 48_000)
        packets += [bytes(packet) for packet in codec.encode(frame)]
    return packets


class Receiver:
    """As much of aiortc's receiver as the ear looks at."""

    def __init__(self) -> None:
        self._RTCRtpReceiver__jitter_buffer: Any = None
        self._RTCRtpReceiver__codecs = {
            OPUS: RTCRtpCodecParameters("audio/opus", 48_000, 2, OPUS),
            0: RTCRtpCodecParameters("audio/PCMU", 8000, 1, 0),
        }

    def gets(self, **fields: Any) -> Any:
        packet = RtpPacket(
            payload_type=fields.get("payload_type", OPUS),
            sequence_number=fields["sequence"] & 0xFFFF,
            timestamp=fields["timestamp"] & 0xFFFF_FFFF,
            ssrc=fields.get("ssrc", 1),
            payload=fields["payload"],
        )
        return self._RTCRtpReceiver__jitter_buffer.add(packet)


class Heard:
    """An ear on a bare receiver, and all that it handed on."""

    def __init__(self) -> None:
        self.pieces: list[Pcm] = []
        self.faults: list[tuple[str, str]] = []
        self.receiver = Receiver()
        bus = Bus()
        bus.subscribe(Faulted, lambda it: self.faults.append((it.kind, it.description)))
        self.ear = AudioReceiver(self._on_audio, bus)
        aiortc_internals.divert(self.receiver, self.ear)

    def _on_audio(self, pcm: Pcm, start: int) -> None:
        assert start == len(self.pcm), "a gap or an overlap"
        assert pcm.dtype == np.int16
        self.pieces.append(pcm)

    @property
    def pcm(self) -> Pcm:
        return np.concatenate([np.zeros(0, np.int16), *self.pieces])

    def gets(self, sequence: int, payload: bytes, step: int = 960, **more: Any) -> None:
        fields = {"timestamp": sequence * step, **more}
        self.receiver.gets(sequence=sequence, payload=payload, **fields)


def level(pcm: Pcm) -> float:
    return float(np.sqrt(np.mean(pcm.astype(np.float64) ** 2)))


def frequency(pcm: Pcm) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * 16_000 / len(pcm))
