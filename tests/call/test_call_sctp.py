"""What a caller may send on data channels, chunk by chunk; nothing goes over a network here."""

import asyncio
import struct
from typing import Any

import pytest
from aiortc import rtcsctptransport
from aiortc.rtcsctptransport import (
    DataChunk,
    ForwardTsnChunk,
    SackChunk,
    serialize_packet,
)
from virtual_time import VirtualLoop

from visavis.call.events import Bus, Faulted
from visavis.call.rtc import sctp_bounds
from visavis.call.rtc.sctp_bounds import BoundedSctpTransport

FIRST, LAST, UNORDERED = 2, 1, 4
STRING, BINARY, DCEP = 51, 53, 50


class Dtls:
    """Takes what is sent."""

    state = "connected"
    _role = "server"

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def _send_data(self, data: bytes) -> None:
        self.sent.append(data)

    def _unregister_data_receiver(self, receiver: object) -> None:
        pass


class Association:
    """Ours, and what the other end sends on it."""

    def __init__(self) -> None:
        self.dtls = Dtls()
        self.sctp = BoundedSctpTransport(self.dtls)
        self.sctp._set_state(self.sctp.State.ESTABLISHED)
        self.sctp._last_received_tsn = 99
        self.sctp._remote_port = 5000
        self.messages: list[Any] = []
        self.faults: list[str] = []
        bus = Bus()
        bus.subscribe(Faulted, lambda fault: self.faults.append(fault.description))
        self.sctp.tell(bus)
        self.sctp.on("datachannel", lambda channel: channel.on("message", self.messages.append))
        self.tsn = 100
        self.sequence: dict[int, int] = {}

    def chunk(self, flags: int, data: bytes, stream: int = 0, proto: int = STRING) -> DataChunk:
        chunk = DataChunk(flags=flags)
        chunk.tsn, chunk.stream_id, chunk.protocol = self.tsn % 2**32, stream, proto
        chunk.stream_seq, chunk.user_data = self.sequence.get(stream, 0), data
        self.tsn += 1
        if flags & LAST and not flags & UNORDERED:
            self.sequence[stream] = chunk.stream_seq + 1
        return chunk

    def fragments(self, data: bytes, size: int = 1_000, stream: int = 0) -> list[DataChunk]:
        pieces = [data[n : n + size] for n in range(0, len(data), size)]
        last = len(pieces) - 1
        return [
            self.chunk((FIRST if n == 0 else 0) | (LAST if n == last else 0), piece, stream)
            for n, piece in enumerate(pieces)
        ]

    async def take(self, *chunks: DataChunk) -> None:
        for chunk in chunks:
            await self.sctp._receive_data_chunk(chunk)

    async def open(self, stream: int = 0, label: bytes = b"events") -> None:
        opening = struct.pack("!BBHLHH", 3, 0, 0, 0, len(label), 0) + label
        await self.take(self.chunk(FIRST | LAST, opening, stream, DCEP))

    def held(self) -> int:
        streams = self.sctp._inbound_streams.values()
        return sum(len(c.user_data) for s in streams for c in s.reassembly)


@pytest.fixture
async def link() -> Association:
    link = Association()
    await link.open()
    return link


async def test_the_answer_announces_what_is_taken() -> None:
    assert BoundedSctpTransport.getCapabilities().maxMessageSize == 262_144


@pytest.mark.parametrize("order", ["as sent", "late", "reversed"])
async def test_one_too_long_ends_there_and_the_next_is_taken(link: Association, order: str) -> None:
    long = link.fragments(b"x" * 70_000)
    if order == "late":
        long.append(long.pop(30))
    elif order == "reversed":
        long.reverse()
    await link.take(*long, *link.fragments(b"hello"))
    assert [len(message) for message in link.messages] in ([65_537, 5], [70_000, 5])
    assert link.messages[-1] == "hello" and link.held() == 0 and link.faults == []
    assert link.sctp._advertised_rwnd == sctp_bounds.WINDOW


async def test_one_that_is_just_short_enough_is_taken_whole(link: Association) -> None:
    await link.take(*link.fragments(b"y" * 65_536))
    assert link.messages == ["y" * 65_536]


async def test_one_that_never_ends_ends_its_channel_and_no_other(link: Association) -> None:
    await link.open(2, b"other")
    await link.take(link.chunk(FIRST, b"x"))
    for _ in range(3_000):
        await link.take(link.chunk(0, b"x" * 1_000))
        assert link.held() <= sctp_bounds.MAX_HELD
    assert len(link.messages) == 1 and len(link.messages[0]) == 65_537
    assert len(link.faults) == 1 and "went on" in link.faults[0]
    assert link.sctp._data_channels[0].readyState == "closing"
    await link.take(*link.fragments(b"still here", stream=2))
    assert link.messages[-1] == "still here" and link.held() == 0


async def test_a_message_in_crumbs_ends_too(link: Association) -> None:
    await link.take(link.chunk(FIRST, b"{"), *(link.chunk(0, b"{") for _ in range(10_000)))
    assert link.messages == ["{" * (sctp_bounds.MAX_FRAGMENTS + 1)] and link.held() == 0


@pytest.mark.parametrize("flags", [FIRST, FIRST | UNORDERED, UNORDERED])
async def test_pieces_of_many_messages_are_bounded_together(link: Association, flags: int) -> None:
    for n in range(5_000):
        await link.take(link.chunk(flags, b"x" * 1_000, stream=n % 65_000))
    assert link.held() <= sctp_bounds.MAX_HELD
    assert len(link.sctp._inbound_streams) <= sctp_bounds.MAX_STREAMS
    assert link.sctp._advertised_rwnd == max(0, sctp_bounds.WINDOW - link.held())


async def test_what_comes_too_far_ahead_of_a_gap_is_sent_again(link: Association) -> None:
    missing = link.chunk(FIRST | LAST, b"0")
    ahead = [link.chunk(FIRST | LAST, b"%d" % n) for n in range(1, 2_000)]
    await link.take(*ahead)
    assert len(link.sctp._sack_misordered) == sctp_bounds.MAX_GAP - 1
    assert link.messages == []
    await link.take(missing)
    assert len(link.messages) == sctp_bounds.MAX_GAP and not link.sctp._sack_misordered
    await link.take(*ahead[sctp_bounds.MAX_GAP - 1 :])
    assert link.messages == [str(n) for n in range(2_000)]


async def test_numbers_begin_again(link: Association) -> None:
    link.sctp._last_received_tsn, link.tsn = 2**32 - 3, 2**32 - 2
    chunks = link.fragments(b"z" * 5_000) + link.fragments(b"end")
    await link.take(*chunks[1:], chunks[0])
    assert link.messages == ["z" * 5_000, "end"]
    await link.take(chunks[0])
    assert len(link.messages) == 2 and link.sctp._sack_duplicates


async def test_channels_are_bounded(link: Association) -> None:
    for n in range(1_000):
        await link.open(2 + n, b"c")
    assert len(link.sctp._data_channels) <= sctp_bounds.MAX_STREAMS
    await link.open(0)  # a second time
    await link.take(*link.fragments(b"hello"))
    assert link.messages == ["hello"]


async def test_text_that_is_no_text_is_handed_on_as_bytes(link: Association) -> None:
    await link.take(link.chunk(FIRST | LAST, b"\xff\xfe"))
    assert link.messages == [b"\xff\xfe"]


async def test_an_acknowledgement_of_what_was_never_sent_costs_nothing(link: Association) -> None:
    sack = SackChunk()
    sack.cumulative_tsn = link.sctp._last_sacked_tsn
    sack.gaps = [(1, 65_535)] * 200
    await link.sctp._receive_sack_chunk(sack)
    assert sack.gaps == []


async def test_streams_that_nothing_came_on_are_not_made_by_giving_them_up(
    link: Association,
) -> None:
    forward = ForwardTsnChunk()
    forward.cumulative_tsn = 200
    forward.streams = [(n, 1) for n in range(1_000, 1_290)]
    await link.sctp._receive_forward_tsn_chunk(forward)
    assert set(link.sctp._inbound_streams) == {0}


async def test_a_message_given_up_halfway_is_over(link: Association) -> None:
    await link.take(*link.fragments(b"x" * 70_000)[:-1])
    forward = ForwardTsnChunk()
    forward.cumulative_tsn, forward.streams = link.tsn - 1, [(0, 1)]
    await link.sctp._receive_forward_tsn_chunk(forward)
    await link.take(*link.fragments(b"next"))
    assert link.messages[-1] == "next"


def test_a_parameter_without_length_is_refused() -> None:
    assert rtcsctptransport.decode_params(struct.pack("!HH", 7, 6) + b"ab\0\0") == [(7, b"ab")]
    with pytest.raises(ValueError, match="shorter"):
        rtcsctptransport.decode_params(struct.pack("!HH", 1, 0) + bytes(8))


async def test_a_packet_that_cannot_be_taken_ends_the_association_only(link: Association) -> None:
    chunk = link.chunk(FIRST | LAST, b"\x03" + bytes(7) + b"\0\x02\0\0" + b"\xff\xff", 8, DCEP)
    await link.sctp._handle_data(
        serialize_packet(5000, 5000, link.sctp._local_verification_tag, chunk)
    )
    assert len(link.faults) == 1 and link.sctp.state == "closed"


async def test_packets_wait_for_their_share_and_too_many_are_lost(
    link: Association, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[bytes] = []

    async def take(data: bytes) -> None:
        taken.append(data)
        link.sctp._share.spend(0.0002)

    monkeypatch.setattr(link.sctp, "_take", take)
    await link.sctp._handle_data(b"first")
    link.sctp._share.spend(sctp_bounds.BURST_S)
    for n in range(1_000):
        await link.sctp._handle_data(b"%1000d" % n)
    assert taken == [b"first"] and link.sctp._queued_size <= sctp_bounds.MAX_QUEUED
    async with asyncio.timeout(5):
        while len(taken) < 20:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert taken[1:20] == [b"%1000d" % n for n in range(19)]
    await link.sctp.stop()
    assert not link.sctp._queued


def test_a_share_comes_in_slowly_and_is_saved_a_little() -> None:
    loop = VirtualLoop()
    share = sctp_bounds.Share(0.25, 0.5, loop)
    share.spend(0.5)
    assert share.wait_s() == 0.0
    share.spend(0.25)
    assert share.wait_s() == pytest.approx(1.0)
    loop.advance(100.0)
    assert share.wait_s() == 0.0
    share.spend(1.0)
    assert share.wait_s() == pytest.approx(2.0)
    loop.close()
