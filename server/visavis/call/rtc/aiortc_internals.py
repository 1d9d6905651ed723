"""What this server knows of the inside of aiortc and aioice, which their next version may change.

Private attributes of their objects are touched here. The classes that extend theirs
(`ice.BoundedConnection`, those of `sctp_bounds`) touch what they inherit where they are. All of it
is named here, and `check` finds a version that lacks some before anything else of this room is
imported. Known: aiortc 1.16, aioice 0.13.
"""

import contextlib
import queue
import threading
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

from aiortc import MediaStreamTrack, RTCDtlsTransport, RTCRtpReceiver, RTCRtpSender
from aiortc.rtp import AnyRtcpPacket, RtpPacket

from visavis.call.hearing.receiver import AudioReceiver
from visavis.libraries import UnknownVersion

NAMES: tuple[tuple[str, str], ...] = (
    ("aioice.ice", "get_host_addresses validate_remote_candidate CandidatePair"),
    ("aioice.ice:StunProtocol", "datagram_received send_stun"),
    (
        "aioice.ice:Connection",
        "_check_list _remote_candidates _queue sort_check_list check_incoming check_complete "
        "data_received request_received get_component_candidates",
    ),
    ("aiortc.rtcicetransport", "Connection"),
    ("aiortc:RTCIceTransport", "_connection"),
    (
        "aiortc:RTCRtpReceiver",
        "_handle_disconnect __decoder_queue __decoder_error __jitter_buffer __codecs",
    ),
    ("aiortc:RTCRtpSender", "_send_rtcp _send_keyframe __lsr"),
    ("aiortc.rtcrtpreceiver:RemoteStreamTrack", "_queue"),
    (
        "aiortc.rtcsctptransport",
        "decode_params SCTP_DATA_FIRST_FRAG SCTP_DATA_LAST_FRAG SCTP_DATA_UNORDERED "
        "WEBRTC_STRING WEBRTC_DCEP WEBRTC_BINARY DATA_CHANNEL_OPEN",
    ),
    ("aiortc.rtcsctptransport:InboundStream", "add_chunk pop_messages prune_chunks"),
    (
        "aiortc.rtcsctptransport:RTCSctpTransport",
        "_handle_data _receive_sack_chunk _receive_forward_tsn_chunk _receive_data_chunk "
        "_get_inbound_stream _mark_received _data_channel_receive _data_channels _advertised_rwnd "
        "_inbound_streams _last_received_tsn _sack_needed _sack_misordered _sack_duplicates "
        "_sent_queue _loop",
    ),
)
"""A module, or a class in it, and the names that it must have; two underscores stand for a class's
very own."""


def check() -> None:
    """Raises `UnknownVersion` where the installed libraries lack what is used of their inside."""
    missing = [name for place, names in NAMES for name in _missing(place, names.split())]
    if missing:
        raise UnknownVersion(
            f"aiortc {version('aiortc')} and aioice {version('aioice')} are not the versions that "
            f"this server knows ({', '.join(missing)} is missing); install those of "
            "requirements.lock"
        )


def _missing(place: str, names: list[str]) -> list[str]:
    """Those that there aren't, at once or once an object is made; the class, if it is missing."""
    module, _, kind = place.partition(":")
    try:
        owner: Any = import_module(module)
    except ImportError:
        return [module]
    if kind:
        owner = getattr(owner, kind, None)
        if owner is None:
            return [kind]
    return [name for name in names if not _has(owner, name)]


def _has(owner: Any, name: str) -> bool:
    if hasattr(owner, name):
        return True
    own = f"_{owner.__name__}{name}" if name.startswith("__") else name
    makes = getattr(owner, "__init__", None)
    return own in getattr(getattr(makes, "__code__", None), "co_names", ())


# -- receiving --------------------------------------------------------------------------------


def frames_into(receiver: RTCRtpReceiver, waiting: Any) -> None:
    """Decoded frames of a receiver that has its track and has not started wait there."""
    receiver.track._queue = waiting


def encoded(receiver: RTCRtpReceiver) -> Any:
    """The queue before its decoder."""
    return receiver._RTCRtpReceiver__decoder_queue


def encoded_by(receiver: RTCRtpReceiver, put: Callable[[Any], None]) -> None:
    """Pictures go to this instead of the `put` of that queue."""
    encoded(receiver).put = put


def keyframe_wanted(receiver: RTCRtpReceiver) -> threading.Event:
    """Set, it asks the sender for a keyframe."""
    asking: threading.Event = receiver._RTCRtpReceiver__decoder_error
    return asking


def end_decoding(receiver: RTCRtpReceiver) -> None:
    """Stop its decoder and wait for it: for a thread, where aiortc would block the loop.

    What still waits to be decoded is thrown away, so that this takes one picture at most.
    """
    waiting = encoded(receiver)
    with contextlib.suppress(queue.Empty):
        while True:
            waiting.get_nowait()
    receiver._handle_disconnect()


def divert(receiver: RTCRtpReceiver, audio: AudioReceiver) -> None:
    """Have an aiortc `receiver` give its Opus packets to ours, and decode nothing itself; before
    media flows.

    aiortc offers no way to get at RTP packets. Its own jitter buffer is the last place where all
    pass, so an object of ours stands in for it, which always says that no frame is complete; the
    receiver goes on with RTCP and its statistics.
    """
    codecs = receiver._RTCRtpReceiver__codecs

    class Diverted:
        def add(self, packet: RtpPacket) -> tuple[bool, None]:
            if codecs[packet.payload_type].name.lower() == "opus":
                audio.take(packet)
            return False, None

    receiver._RTCRtpReceiver__jitter_buffer = Diverted()


# -- sending ----------------------------------------------------------------------------------


SendRtcp = Callable[[list[AnyRtcpPacket]], Awaitable[None]]


def rtcp_of(sender: RTCRtpSender) -> SendRtcp:
    """With this it sends RTCP packets."""
    send: SendRtcp = sender._send_rtcp
    return send


def rtcp_by(sender: RTCRtpSender, send: SendRtcp) -> None:
    """It sends its RTCP packets by this one from now on."""
    sender._send_rtcp = send


def reported_at(sender: RTCRtpSender, ntp: int) -> None:
    """The middle 32 bits of its last report's time are these: what the receiver will quote, from
    which aiortc knows the round trip."""
    sender._RTCRtpSender__lsr = ntp


def keyframes_by(sender: RTCRtpSender, track: MediaStreamTrack) -> None:
    """Who receives asks the track itself for a keyframe."""
    sender._send_keyframe = track.request_keyframe


# -- transports -------------------------------------------------------------------------------


def agent_of(transport: RTCDtlsTransport) -> Any:
    """The `aioice.Connection` under a DTLS transport."""
    return transport.transport._connection
