"""Bounds for what a caller sends on data channels: aiortc's SCTP has none.

* A message longer than is taken ends there: whoever reads the channel gets its beginning, one byte
  too long, and what follows of it is acknowledged and dropped. One that goes on and on ends its
  channel. Somewhat more is announced (``a=max-message-size``, RFC 8841 §6), so that who is honest
  and sends too much gets a sentence of ours, and no exception of their own library.
* What waits to be put together is bounded, in bytes and in chunks, and so is how far ahead of a
  gap chunks are taken; a chunk beyond is as good as lost, and is sent again.
* Streams and channels of one call are bounded: what is sent on one too many is dropped.
* Packets cost at most ``SHARE`` of a core; more of them wait, and beyond ``MAX_QUEUED`` are lost,
  which makes an honest sender slow down.
* A packet that aiortc stumbles over ends the association and not the call.

Importing this exchanges the class that aiortc makes its transports of.
"""

import asyncio
import struct
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import aiortc.rtcpeerconnection
import aiortc.rtcsctptransport as sctp
from aiortc.rtcsctptransport import InboundStream, RTCSctpCapabilities, RTCSctpTransport
from aiortc.utils import uint32_gte

from visavis.call.events import Bus
from visavis.inputs import MAX_MESSAGE

ANNOUNCED = 256 * 1024
"""Bytes that a caller is told a message may have at most."""
MAX_FRAGMENTS = 512
"""Of a message that is taken; one in more of them ends like one that is too long."""
ENDLESS = 2 * 1024 * 1024
"""Bytes of one message after which its channel is closed."""
WINDOW = 128 * 1024
"""Bytes that a sender is told to keep under way at most."""
MAX_HELD = 256 * 1024
"""Bytes that wait to be put together in all of a call; half of it behind a gap."""
MAX_CHUNKS = 1_024
"""Chunks that wait so; half of it behind a gap."""
MAX_GAP = 256
"""Chunks that are taken ahead of a missing one."""
MAX_STREAMS = 128
"""Streams, and channels, of one call. One channel is used, the others are closed at once."""
SHARE = 0.25
"""Of a core, for all packets of a call in the long run."""
BURST_S = 0.25
"""CPU time that may be used at once before that."""
MAX_QUEUED = 256 * 1024
"""Bytes of packets that wait for their share."""

MODULO = 2**32
"""Of transmission sequence numbers."""

_decode = sctp.decode_params


class Share:
    """CPU time that comes in slowly and may be saved up a little."""

    def __init__(self, share: float, burst_s: float, loop: asyncio.AbstractEventLoop) -> None:
        self._share, self._burst_s, self._now = share, burst_s, loop.time
        self._left, self._at = burst_s, loop.time()

    def spend(self, seconds: float) -> None:
        """It may go below zero."""
        self._left -= seconds

    def wait_s(self) -> float:
        """In how many seconds there will be some; 0: now."""
        now = self._now()
        self._left = min(self._burst_s, self._left + (now - self._at) * self._share)
        self._at = now
        return max(0.0, -self._left / self._share)


class BoundedStream(InboundStream):  # type: ignore[misc]
    """One stream's chunks, until they are messages."""

    sequence_number: int
    reassembly: list[Any]

    def __init__(self) -> None:
        super().__init__()
        self.size = 0
        """Bytes that wait here."""
        self.cut = 0
        """Bytes so far of a message that is too long; 0: there is none."""
        self.ended = False
        """Whatever still comes is dropped."""
        self._next: int | None = None
        """The number of its next chunk."""

    def end(self) -> None:
        """Let go of everything, for good."""
        self.ended, self.size = True, 0
        self.reassembly.clear()

    def add_chunk(self, chunk: Any) -> None:
        """Put it in its place."""
        super().add_chunk(chunk)
        self.size += len(chunk.user_data)

    def pop_messages(self) -> Iterator[tuple[int, int, bytes]]:
        """Messages that are whole, and the beginning of one that is too long."""
        self._pass_over()
        for message in super().pop_messages():
            self.size -= len(message[2])
            yield message
        if self.size > MAX_MESSAGE or len(self.reassembly) > MAX_FRAGMENTS:
            yield from self._cut()

    def prune_chunks(self, tsn: int) -> int:
        """The sender gives up what comes before that number."""
        size = int(super().prune_chunks(tsn))
        self.size -= size
        if self._next is not None and uint32_gte(tsn, self._next):
            self._next, self.cut = None, 0
        return size

    def _cut(self) -> Iterator[tuple[int, int, bytes]]:
        """Find chunks in a row that are too much for one message."""
        begin, size, expected = None, 0, 0
        for n, chunk in enumerate(self.reassembly):
            if chunk.flags & sctp.SCTP_DATA_FIRST_FRAG:
                begin, size = n, 0
            elif chunk.tsn != expected:
                begin = None
            expected = (chunk.tsn + 1) % MODULO
            if begin is None or chunk.flags & sctp.SCTP_DATA_LAST_FRAG:
                begin = None
                continue
            size += len(chunk.user_data)
            if size > MAX_MESSAGE or n - begin >= MAX_FRAGMENTS:
                data = b"".join(c.user_data for c in self.reassembly[begin : n + 1])
                del self.reassembly[begin : n + 1]
                self.size -= size
                self.cut, self._next = size, expected
                yield chunk.stream_id, chunk.protocol, data[: MAX_MESSAGE + 1]
                return

    def _pass_over(self) -> None:
        """Drop what has come of a message that is too long, in the order of its chunks."""
        while self._next is not None:
            at = next((n for n, c in enumerate(self.reassembly) if c.tsn == self._next), None)
            if at is None:
                return
            chunk = self.reassembly[at]
            if chunk.flags & sctp.SCTP_DATA_FIRST_FRAG:  # it broke off, and another begins
                self._next, self.cut = None, 0
                return
            del self.reassembly[at]
            self.size -= len(chunk.user_data)
            self.cut += len(chunk.user_data)
            self._next = (chunk.tsn + 1) % MODULO
            if chunk.flags & sctp.SCTP_DATA_LAST_FRAG:
                self._next, self.cut = None, 0
                ordered = not chunk.flags & sctp.SCTP_DATA_UNORDERED
                if ordered and chunk.stream_seq == self.sequence_number:
                    self.sequence_number = (self.sequence_number + 1) % 2**16


class BoundedSctpTransport(RTCSctpTransport):  # type: ignore[misc]
    """A call's association."""

    _last_received_tsn: int

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._bus: Bus | None = None
        self._advertised_rwnd = WINDOW
        self._share = Share(SHARE, BURST_S, self._loop)
        self._queued: deque[bytes] = deque()
        self._queued_size = 0
        self._worker: asyncio.Task[None] | None = None

    def tell(self, bus: Bus) -> None:
        """Publish faults there when the caller's doing has ended a channel or the association."""
        self._bus = bus

    def _fault(self, kind: str, message: str) -> None:
        if self._bus is not None:
            self._bus.fault(kind, message)

    @classmethod
    def getCapabilities(cls) -> RTCSctpCapabilities:
        """What the answer announces."""
        return RTCSctpCapabilities(maxMessageSize=ANNOUNCED)

    async def stop(self) -> None:
        """Nothing more is taken."""
        self._queued.clear()
        if self._worker is not None and self._worker is not asyncio.current_task():
            self._worker.cancel()
        await super().stop()

    # -- packets ----------------------------------------------------------------------------

    async def _handle_data(self, data: bytes) -> None:
        if not self._queued and not self._share.wait_s():
            await self._take(data)
        elif self._queued_size + len(data) <= MAX_QUEUED:
            self._queued.append(data)
            self._queued_size += len(data)
            if self._worker is None or self._worker.done():
                self._worker = asyncio.create_task(self._work(), name="sctp")

    async def _work(self) -> None:
        while self._queued:
            await asyncio.sleep(self._share.wait_s())
            if self._queued:
                data = self._queued.popleft()
                self._queued_size -= len(data)
                await self._take(data)

    async def _take(self, data: bytes) -> None:
        began = time.thread_time()
        try:
            await super()._handle_data(data)
        except ConnectionError:
            return  # the call is ending; whoever reads the transport notices
        except Exception as error:
            # aiortc asserts and indexes freely; raised there it would end the whole call.
            self._fault("channel", f"A packet of the caller's: {type(error).__name__}: {error}")
            await self.stop()
        finally:
            self._share.spend(time.thread_time() - began)

    async def _receive_sack_chunk(self, chunk: Any) -> None:
        """Only of what was sent, each once: aiortc walks through every number that is named."""
        named, sent = 0, len(self._sent_queue)
        gaps = []
        for first, last in chunk.gaps:
            if named < first <= last <= sent:
                gaps.append((first, last))
                named = last
        chunk.gaps = gaps
        await super()._receive_sack_chunk(chunk)

    async def _receive_forward_tsn_chunk(self, chunk: Any) -> None:
        """A stream that nothing has come on has nothing to give up."""
        chunk.streams = [named for named in chunk.streams if named[0] in self._inbound_streams]
        await super()._receive_forward_tsn_chunk(chunk)
        self._open_window()

    # -- chunks and messages ----------------------------------------------------------------

    async def _receive_data_chunk(self, chunk: Any) -> None:
        self._sack_needed = True
        stream = self._inbound_streams.get(chunk.stream_id)
        ahead = (chunk.tsn - self._last_received_tsn) % MODULO
        if MAX_GAP < ahead < MODULO // 2 or not self._room(len(chunk.user_data), ahead == 1):
            return
        if stream.ended if stream is not None else len(self._inbound_streams) >= MAX_STREAMS:
            self._mark_received(chunk.tsn)
            return
        await super()._receive_data_chunk(chunk)
        self._open_window()
        stream = self._inbound_streams.get(chunk.stream_id)
        if stream is not None and stream.cut > ENDLESS:
            self._end(chunk.stream_id, stream)

    def _room(self, size: int, in_order: bool) -> bool:
        part = 1 if in_order else 2
        chunks = sum(len(stream.reassembly) for stream in self._inbound_streams.values())
        return self._held() + size <= MAX_HELD // part and chunks < MAX_CHUNKS // part

    def _held(self) -> int:
        return sum(stream.size for stream in self._inbound_streams.values())

    def _open_window(self) -> None:
        self._advertised_rwnd = max(0, WINDOW - self._held())

    def _end(self, stream_id: int, stream: BoundedStream) -> None:
        stream.end()
        channel = self._data_channels.get(stream_id)
        if channel is not None:
            channel.close()
        self._fault(
            "channel",
            f"A message on the data channel went on for over {ENDLESS:,} bytes; "
            "the channel was closed.",
        )

    def _get_inbound_stream(self, stream_id: int) -> BoundedStream:
        found: BoundedStream = self._inbound_streams.setdefault(stream_id, BoundedStream())
        return found

    def _mark_received(self, tsn: int) -> bool:
        """Whether it had come before. aiortc sorts all that is out of order at each chunk."""
        if uint32_gte(self._last_received_tsn, tsn) or tsn in self._sack_misordered:
            self._sack_duplicates.append(tsn)
            return True
        self._sack_misordered.add(tsn)
        while (following := (self._last_received_tsn + 1) % MODULO) in self._sack_misordered:
            self._sack_misordered.remove(following)
            self._last_received_tsn = following
        return False

    async def _data_channel_receive(self, stream_id: int, pp_id: int, data: bytes) -> None:
        opens = pp_id == sctp.WEBRTC_DCEP and data[:1] == bytes([sctp.DATA_CHANNEL_OPEN])
        if opens and (stream_id in self._data_channels or len(self._data_channels) >= MAX_STREAMS):
            return
        if pp_id == sctp.WEBRTC_STRING and not _is_text(data):
            pp_id = sctp.WEBRTC_BINARY  # which is refused in a sentence, as is one too long
        await super()._data_channel_receive(stream_id, pp_id, data)


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decode_params(body: bytes) -> list[tuple[int, bytes]]:
    """As aiortc's, which never ends at a parameter that says it has no length."""
    at = 0
    while at <= len(body) - 4:
        length = struct.unpack_from("!H", body, at + 2)[0]
        if length < 4:
            raise ValueError("an SCTP parameter is shorter than its own head")
        at += length + -length % 4
    found: list[tuple[int, bytes]] = _decode(body)
    return found


sctp.decode_params = _decode_params
aiortc.rtcpeerconnection.RTCSctpTransport = BoundedSctpTransport
