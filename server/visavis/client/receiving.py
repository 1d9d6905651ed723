"""Taking RTP packets from an aiortc receiver at the moment they arrive.

aiortc's own path adds a jitter buffer that prefetches four audio frames and never gives back what
a lost packet costs, and decodes video whether or not anyone looks. A measuring ear wants neither,
so a collector stands where the jitter buffer was and aiortc decodes nothing.
"""

from collections.abc import Callable
from typing import Any, Protocol

from aiortc import RTCRtpReceiver
from aiortc.rtp import RtcpSrPacket

from visavis.client.timeline import RtpTimeline


class Collector(Protocol):
    """What aiortc's receiver asks of its jitter buffer."""

    def add(self, packet: Any) -> tuple[bool, None]:
        """Take ``packet``; True asks the sender for a keyframe."""


def attach(receiver: RTCRtpReceiver, collector: Collector, timeline: RtpTimeline) -> None:
    """Give ``collector`` every packet of ``receiver``, and ``timeline`` its sender reports."""
    receiver._RTCRtpReceiver__jitter_buffer = collector
    handle: Callable[[Any], Any] = receiver._handle_rtcp_packet

    async def handle_and_note(packet: Any) -> None:
        if isinstance(packet, RtcpSrPacket):
            info = packet.sender_info
            timeline.reported(info.ntp_timestamp, info.rtp_timestamp)
        await handle(packet)

    receiver._handle_rtcp_packet = handle_and_note
