"""Bounds for what aiortc takes in: its queues of decoded frames have none.

A receiver decodes in a thread of its own and hands frames to a queue that nobody may be reading.
(What waits before the decoder is ``video_gate``'s, for pictures, and ``hearing``'s, for sound.)
"""

import asyncio
from typing import Any

from aiortc import RTCRtpReceiver

from visavis.call.rtc import aiortc_internals

FRAMES = 2
"""Decoded frames that wait for whoever looks at them: the latest win."""


class Latest(asyncio.Queue[Any]):
    """A queue whose ``put`` never waits: the oldest item goes."""

    async def put(self, item: Any) -> None:
        if self.full():
            self.get_nowait()
        self.put_nowait(item)


def bound(receiver: RTCRtpReceiver) -> None:
    """Exchange the queue of a receiver that has its track and has not started."""
    aiortc_internals.frames_into(receiver, Latest(FRAMES))
