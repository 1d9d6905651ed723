"""Sender reports that name the moment a sample was due, so that mouth and voice meet.

A receiver lines audio and video up by the pairs of wall-clock and RTP time in RTCP sender
reports (RFC 3550 §6.4.1). aiortc pairs the last packet's RTP time with the moment at which it
got around to sending it; on a busy machine that is tens of ms late, at random and for each
stream by itself, and the receiver delays one of them for it. The media clock knows when the
packet was due, for both streams alike.
"""

import asyncio
import time

from aiortc import RTCRtpSender
from aiortc.rtp import AnyRtcpPacket, RtcpSrPacket

from visavis.call.face.face_track import FaceTrack
from visavis.call.rtc import aiortc_internals
from visavis.call.voice.voice_track import VoiceTrack

NTP_1970 = 2_208_988_800
"""Seconds from NTP's epoch, 1900, to Unix's (RFC 5905 §6)."""


def correct(sender: RTCRtpSender, track: VoiceTrack | FaceTrack) -> None:
    """From now on that sender's reports pair its last packet with the moment it was due."""
    send = aiortc_internals.rtcp_of(sender)

    async def corrected(packets: list[AnyRtcpPacket]) -> None:
        moment = track.due()
        for packet in packets:
            if isinstance(packet, RtcpSrPacket) and moment is not None:
                packet.sender_info.ntp_timestamp = ntp = ntp_of(moment)
                aiortc_internals.reported_at(sender, (ntp >> 16) & 0xFFFF_FFFF)
        await send(packets)

    aiortc_internals.rtcp_by(sender, corrected)


def ntp_of(moment: float) -> int:
    """A loop time (s) as a 64-bit NTP timestamp of this machine's wall clock."""
    unix = time.time() + moment - asyncio.get_running_loop().time()
    return round((unix + NTP_1970) * (1 << 32))
