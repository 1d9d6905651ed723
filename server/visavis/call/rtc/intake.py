"""Bounds for what aiortc takes in: its queues of decoded frames have none.

A receiver decodes in a thread of its own and hands frames to a queue that nobody may be reading.
(What waits before the decoder is ``gate``'s, for pictures, and ``hearing``'s, for sound.)
"""

import asyncio
import contextlib
import queue
from typing import Any

from aiortc import RTCRtpReceiver

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
    receiver.track._queue = Latest(FRAMES)


def end(receiver: RTCRtpReceiver) -> None:
    """Stop its decoder and wait for it: for a thread, where aiortc would block the loop.

    What still waits to be decoded is thrown away, so that this takes one picture at most.
    """
    waiting: queue.Queue[Any] = receiver._RTCRtpReceiver__decoder_queue
    with contextlib.suppress(queue.Empty):
        while True:
            waiting.get_nowait()
    receiver._handle_disconnect()
