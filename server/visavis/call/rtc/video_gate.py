"""What of the caller's video is worth decoding.

aiortc decodes every picture it receives, in a thread with an unbounded queue before it. A gate
stands at that queue: closed, it lets nothing in, so that a camera nobody may look at costs no
decoding; open, it keeps out pictures that are too large, and drops instead of queueing when the
decoder falls behind. After anything was dropped, pictures come in again from a keyframe, which
the sender is asked for.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from visavis.call.rtc import aiortc_internals

MAX_PIXELS = 1920 * 1088
"""The largest picture that is decoded: 1080p takes a fifth of a core at 30 fps, 4K most of one."""
BACKLOG = 15
"""Pictures that may wait for the decoder; the newest is dropped."""
_ASK_S = 0.5
"""s between requests for a keyframe."""
_SHUT_S = 5.0
"""s until another look is taken at a camera whose pictures were too large."""
_IDR = 5
"""NAL unit type of an H.264 keyframe's slices (ITU-T H.264, table 7-1)."""


class EncodedPicture(Protocol):
    """One whole picture as the jitter buffer gives it (aiortc's JitterFrame)."""

    data: bytes


class Codec(Protocol):
    """What it is encoded with (aiortc's RTCRtpCodecParameters)."""

    @property
    def name(self) -> str:
        """Such as VP8."""


class VideoGate:
    """Stands before the decoder of one video `receiver` (an aiortc RTCRtpReceiver).

    `on_too_large(width, height)` hears of pictures that are kept out for their size in px.
    aiortc offers no place for it: the queue and the event that asks for a keyframe are its own.
    """

    def __init__(self, receiver: Any, on_too_large: Callable[[int, int], None]) -> None:
        waiting = aiortc_internals.encoded(receiver)
        self._ask = aiortc_internals.keyframe_wanted(receiver)
        self._waiting = waiting
        # The queue's own: a gate that is made later stands in the place of the one before.
        self._let_in = partial(type(waiting).put, waiting)
        self._on_too_large = on_too_large
        aiortc_internals.encoded_by(receiver, self._offer)
        self._open = False
        self._whole = False
        self._ask_at = 0.0
        self._shut_until = 0.0
        self.dropped = 0
        """Pictures kept from the decoder while the gate was open."""

    def open(self, opened: bool) -> None:
        """Let pictures in, or none."""
        self._open = opened

    def refuse(self, width: int, height: int) -> None:
        """Keep pictures of this size in px out: for a while, and then look again."""
        self._whole = False
        self._shut_until = asyncio.get_running_loop().time() + _SHUT_S
        self._on_too_large(width, height)

    def _offer(self, task: tuple[Codec, EncodedPicture] | None) -> None:
        """Stands for `put` of the decoder's queue; runs on the event loop. None ends it."""
        if task is None:
            self._let_in(None)
        elif not self._open:
            self._whole = False
        elif self._wanted(task[0].name, task[1].data):
            self._let_in(task)
        else:
            self.dropped += 1

    def _wanted(self, codec: str, data: bytes) -> bool:
        """Whether the decoder can use this picture, and has the time."""
        now = asyncio.get_running_loop().time()
        if now < self._shut_until:
            return False
        if is_keyframe(codec, data):
            width, height = vp8_size(data) if codec == "VP8" else (0, 0)
            if width * height > MAX_PIXELS:
                self.refuse(width, height)
                return False
            self._whole = True
        if self._whole and self._waiting.qsize() >= BACKLOG:
            self._whole = False
        if not self._whole and now >= self._ask_at:
            self._ask.set()
            self._ask_at = now + _ASK_S
        return self._whole


def is_keyframe(codec: str, data: bytes) -> bool:
    """Whether a picture can be decoded without those before it; True for unknown codecs."""
    if codec == "VP8":
        return len(data) >= 10 and not data[0] & 1  # RFC 6386, section 9.1
    if codec == "H264":
        starts = data.split(b"\x00\x00\x01")[1:]
        return any(unit and unit[0] & 0x1F == _IDR for unit in starts)
    return True


def vp8_size(keyframe: bytes) -> tuple[int, int]:
    """(width, height) in px of a VP8 keyframe (RFC 6386, section 9.1)."""
    return (
        int.from_bytes(keyframe[6:8], "little") & 0x3FFF,
        int.from_bytes(keyframe[8:10], "little") & 0x3FFF,
    )
