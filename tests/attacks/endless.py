"""Messages on the data channel that never end, and ones above what the server has announced.

SCTP sends a long message in fragments, of which the last says that it is the last (RFC 9260
§3.3.1). Here none does, and all but the first say that they go on with it.
"""

from collections import deque
from typing import Any

from aiortc import rtcsctptransport as sctp

from attacks.target import Report, Stranger, Target, paced

PIECE = 60_000
"""Bytes handed over at once, under what the server announces."""
WAITING = 400_000
"""Bytes that wait here to be sent; with more, nothing is added."""


class Unfinished(deque[Any]):
    """aiortc's queue of what is to be sent, where no text message ends.

    All fragments of a stream belong to its first message.
    """

    def __init__(self) -> None:
        super().__init__()
        self._begun: dict[int, int] = {}

    def append(self, chunk: Any) -> None:
        if chunk.protocol == sctp.WEBRTC_STRING:
            begun = chunk.stream_id in self._begun
            first = self._begun.setdefault(chunk.stream_id, chunk.stream_seq)
            chunk.stream_seq = first
            chunk.flags &= ~sctp.SCTP_DATA_LAST_FRAG
            if begun:
                chunk.flags &= ~sctp.SCTP_DATA_FIRST_FRAG
        super().append(chunk)


def _waiting(line: Stranger) -> int:
    """Bytes that have not left yet; aiortc counts what it acknowledged on the channel."""
    return sum(len(chunk.user_data) for chunk in line._peer.sctp._outbound_queue)


def _acknowledged(line: Stranger, handed_over: int) -> int:
    """Bytes that the server has taken."""
    transport = line._peer.sctp
    flying = sum(len(chunk.user_data) for chunk in transport._sent_queue)
    return handed_over - flying - _waiting(line)


async def endless_message(target: Target) -> Report:
    """One message that goes on and on, a megabyte a second."""
    async with Stranger(target) as line:
        line.hello()
        await line.drained()
        line._peer.sctp._outbound_queue = Unfinished()
        handed_over = 0
        async for _ in paced(target.seconds, 17):
            if line.channel_open and _waiting(line) < WAITING:
                line.raw("x" * PIECE)
                handed_over += PIECE
        taken, state = _acknowledged(line, handed_over), line._channel.readyState
    return line.report() | {"taken": taken, "channel": state}


async def unfinished_messages(target: Target) -> Report:
    """Messages under the limit that never end, on sixty streams that nobody has opened."""
    async with Stranger(target) as line:
        line.hello()
        await line.drained()
        transport = line._peer.sctp
        transport._outbound_queue = Unfinished()
        handed_over = 0
        async for n in paced(target.seconds, 20):
            if line.channel_open and _waiting(line) < WAITING:
                stream = 101 + 2 * (n % 60)
                await transport._send(stream, sctp.WEBRTC_STRING, b"x" * PIECE)
                handed_over += PIECE
        taken = _acknowledged(line, handed_over)
    return line.report() | {"taken": taken}


async def large_messages(target: Target) -> Report:
    """Whole messages of twice to sixteen times what the server announces."""
    async with Stranger(target) as line:
        line.hello()
        line._peer.sctp._remote_max_message_size = 0  # what it announced is forgotten
        async for n in paced(target.seconds, 2):
            if _waiting(line) < WAITING:
                line.raw("x" * (65_536 * 2 ** (1 + n % 4)))
        await line.until(lambda: False, 1)
    return line.report()
