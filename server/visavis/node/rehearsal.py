"""A call to ourselves before anyone calls.

The first connection of a process pays for what OpenSSL, libsrtp and the codecs set up once:
half a second on a busy machine, which no caller should wait. It also proves that media can
flow at all with the addresses that are offered.
"""

import asyncio

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from visavis.call.events import Bus, PeerConnected
from visavis.call.rtc import offer
from visavis.call.rtc.peer import Peer
from visavis.call.voice.clock import MediaClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.voice_track import VoiceTrack

PATIENCE_S = 10.0


async def rehearse(configuration: RTCConfiguration) -> float:
    """Call, connect, hang up; the ms from offer to connection.

    Raises TimeoutError if no connection comes about within 10 s.
    """
    loop = asyncio.get_running_loop()
    connected = asyncio.Event()
    caller = RTCPeerConnection(configuration)
    caller.addTransceiver("audio", "recvonly")
    caller.createDataChannel("events")
    await caller.setLocalDescription()
    began = loop.time()
    bus = Bus()
    bus.subscribe(PeerConnected, lambda _: connected.set())
    peer = Peer(
        offer.read(caller.localDescription.sdp),
        bus,
        voice=VoiceTrack(Playout(), MediaClock()),
        face=None,
        configuration=configuration,
    )
    try:
        answer = await peer.answer()
        await caller.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await asyncio.wait_for(connected.wait(), PATIENCE_S)
        return (loop.time() - began) * 1000
    finally:
        await peer.close()
        await caller.close()
