"""The gate before the decoder, with pictures encoded by the real encoders."""

import asyncio
import queue
import threading
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from visavis.call.rtc import video_gate as gates
from visavis.call.rtc.video_gate import VideoGate, is_keyframe, vp8_size

CODECS = {"VP8": "libvpx", "H264": "libx264"}


def encoded(codec: str, size: tuple[int, int], count: int) -> list[bytes]:
    """`count` pictures of noise, the first and the fourth of them keyframes."""
    encoder = av.CodecContext.create(CODECS[codec], "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, 30)
    live = {"deadline": "realtime", "lag-in-frames": "0"}
    encoder.options = live if codec == "VP8" else {"tune": "zerolatency", "preset": "ultrafast"}
    noise = np.random.default_rng(1)
    out = []
    for pts in range(count):
        picture = noise.integers(0, 255, (size[1] * 3 // 2, size[0]), np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = pts
        if pts == 3:
            frame.pict_type = av.video.frame.PictureType.I
        out += [bytes(packet) for packet in encoder.encode(frame)]
    return out


class Receiver:
    """What the gate knows of aiortc's."""

    def __init__(self) -> None:
        self._RTCRtpReceiver__decoder_queue: queue.Queue[Any] = queue.Queue()
        self._RTCRtpReceiver__decoder_error = threading.Event()
        self.large: list[tuple[int, int]] = []
        self.gate = VideoGate(self, lambda width, height: self.large.append((width, height)))

    def get(self, codec: str, *pictures: bytes) -> list[bytes]:
        """Which of the pictures got through."""
        for data in pictures:
            task = (SimpleNamespace(name=codec), SimpleNamespace(data=data))
            self._RTCRtpReceiver__decoder_queue.put(task)
        through = []
        while not self._RTCRtpReceiver__decoder_queue.empty():
            through.append(self._RTCRtpReceiver__decoder_queue.get()[1].data)
        return through

    def asked(self) -> bool:
        """Whether a keyframe was asked for since the last time."""
        event = self._RTCRtpReceiver__decoder_error
        told = event.is_set()
        event.clear()
        return told


@pytest.mark.parametrize("codec", CODECS)
def test_keyframes_are_known(codec: str) -> None:
    pictures = encoded(codec, (64, 48), 6)
    assert [is_keyframe(codec, data) for data in pictures] == [n in (0, 3) for n in range(6)]
    assert not is_keyframe(codec, b"")


def test_a_vp8_keyframe_tells_its_size() -> None:
    assert vp8_size(encoded("VP8", (176, 144), 1)[0]) == (176, 144)


@pytest.mark.parametrize("codec", CODECS)
async def test_closed_lets_nothing_in_and_opened_waits_for_a_keyframe(codec: str) -> None:
    pictures, receiver = encoded(codec, (64, 48), 6), Receiver()
    assert receiver.get(codec, *pictures) == []
    assert not receiver.asked()
    receiver.gate.open(True)
    assert receiver.get(codec, *pictures[1:]) == pictures[3:]
    assert receiver.asked()
    assert receiver.gate.dropped == 2
    receiver.gate.open(False)
    assert receiver.get(codec, *pictures) == []
    receiver.gate.open(True)
    assert receiver.get(codec, *pictures[4:]) == [], "what they refer to was never seen"


async def test_the_end_comes_through_a_closed_gate() -> None:
    receiver = Receiver()
    receiver._RTCRtpReceiver__decoder_queue.put(None)
    assert receiver._RTCRtpReceiver__decoder_queue.get_nowait() is None


async def test_too_large_is_told_and_kept_out_undecoded() -> None:
    def keyframe(width: int, height: int) -> bytes:
        """The first bytes of one; nobody will decode it."""
        sizes = width.to_bytes(2, "little") + height.to_bytes(2, "little")
        return b"\x10\x00\x00\x9d\x01\x2a" + sizes + b"\x00"

    receiver = Receiver()
    receiver.gate.open(True)
    assert receiver.get("VP8", keyframe(7680, 4320), b"\x11" * 20) == []
    assert receiver.large == [(7680, 4320)]
    assert not receiver.asked(), "a keyframe of that size is asked for later"
    assert receiver.get("VP8", keyframe(640, 480)) == [], "not looked at again so soon"
    receiver.gate._shut_until = asyncio.get_running_loop().time()
    assert receiver.get("VP8", b"\x11" * 20) == []
    assert receiver.asked()
    assert len(receiver.get("VP8", keyframe(1920, 1080))) == 1


async def test_a_decoder_that_falls_behind_gets_no_more_until_a_keyframe() -> None:
    receiver = Receiver()
    receiver.gate.open(True)
    pictures = encoded("VP8", (64, 48), 3)
    many = pictures[:1] + pictures[1:2] * 100
    assert receiver.get("VP8", *many) == many[: gates.BACKLOG]
    assert receiver.asked()
    assert receiver.get("VP8", pictures[1], pictures[0], pictures[2]) == [pictures[0], pictures[2]]


async def test_a_later_gate_stands_in_the_place_of_the_one_before() -> None:
    receiver = Receiver()
    receiver.gate.open(False)
    later = VideoGate(receiver, lambda width, height: None)
    later.open(True)
    (picture,) = encoded("VP8", (64, 48), 1)
    assert receiver.get("VP8", picture) == [picture]
    receiver.gate.open(True)
    later.open(False)
    assert receiver.get("VP8", picture) == []
