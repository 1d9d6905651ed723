"""Mouth and voice are lined up by what was due, however late it left."""

import asyncio
import time
from typing import Any

import pytest
from aiortc.clock import datetime_from_ntp
from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket
from virtual_time import VirtualLoop, run

from visavis.call.rtc import reports
from visavis.call.voice.clock import TICK, MediaClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.voice_track import VoiceTrack


class Sender:
    """Where aiortc's sender hands its reports on."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self._RTCRtpSender__lsr = 0

    async def _send_rtcp(self, packets: list[Any]) -> None:
        self.sent += packets


def report() -> RtcpSrPacket:
    info = RtcpSenderInfo(ntp_timestamp=1, rtp_timestamp=2, packet_count=3, octet_count=4)
    return RtcpSrPacket(ssrc=5, sender_info=info)


def test_a_late_packet_is_reported_at_its_due_time() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        clock, sender = MediaClock(), Sender()
        voice = VoiceTrack(Playout(), clock)
        reports.correct(sender, voice)
        await sender._send_rtcp([first := report()])
        assert first.sender_info.ntp_timestamp == 1
        began = time.time()
        for _ in range(5):
            await voice.recv()
        loop.advance(0.1)
        packet = await voice.recv()
        assert packet.pts == 5 * TICK
        await sender._send_rtcp([second := report()])
        # Due 100 ms after the start; sent 180 ms after it, of which only 80 were slept.
        moment = datetime_from_ntp(second.sender_info.ntp_timestamp).timestamp()
        assert moment - (time.time() - loop.time()) - clock.due(0) == pytest.approx(0.1, abs=0.005)
        assert began - 1 < moment < time.time() + 1
        lsr = second.sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF
        assert lsr == sender._RTCRtpSender__lsr

    run(main())
