"""What this server knows of the inside of aiortc and aioice, which their next version may change.

Every private attribute of theirs is touched here. What must be overridden is overridden where it
belongs (`ice`, `sctp_bounds`) and named here, so that `check` finds a version that lacks it before
anybody calls. Known: aiortc 1.16, aioice 0.13.
"""

import contextlib
import queue
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import aioice.ice
import aiortc.rtcsctptransport
from aiortc import RTCDtlsTransport, RTCIceTransport, RTCRtpReceiver, RTCRtpSender
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcrtpreceiver import RemoteStreamTrack
from aiortc.rtcsctptransport import InboundStream, RTCSctpTransport

NAMES: tuple[tuple[Any, str], ...] = (
    (aioice.ice, "get_host_addresses validate_remote_candidate StunProtocol"),
    (aioice.ice.StunProtocol, "datagram_received send_stun"),
    (
        aioice.ice.Connection,
        "_check_list _remote_candidates _queue sort_check_list check_incoming check_complete "
        "data_received request_received get_component_candidates",
    ),
    (RTCIceTransport, "_connection"),
    (RTCRtpReceiver, "_handle_disconnect __decoder_queue __decoder_error __jitter_buffer __codecs"),
    (RTCRtpSender, "_send_rtcp _send_keyframe __lsr"),
    (RemoteStreamTrack, "_queue"),
    (
        aiortc.rtcsctptransport,
        "decode_params SCTP_DATA_FIRST_FRAG SCTP_DATA_LAST_FRAG SCTP_DATA_UNORDERED "
        "WEBRTC_STRING WEBRTC_DCEP WEBRTC_BINARY DATA_CHANNEL_OPEN",
    ),
    (InboundStream, "add_chunk pop_messages prune_chunks"),
    (
        RTCSctpTransport,
        "_handle_data _receive_sack_chunk _receive_forward_tsn_chunk _receive_data_chunk "
        "_get_inbound_stream _mark_received _data_channel_receive _data_channels _advertised_rwnd "
        "_inbound_streams _last_received_tsn _sack_needed _sack_misordered _sack_duplicates "
        "_sent_queue _loop",
    ),
)
"""A module or a class, and the names in it; two underscores stand for a class's very own."""


def check() -> None:
    """Raises ValueError where the installed libraries lack what is used of their inside."""
    for owner, names in NAMES:
        require(owner, names)


def require(owner: Any, names: str) -> None:
    """Raises ValueError unless `owner` has all of these names, at once or once it is made."""
    missing = [name for name in names.split() if not _has(owner, name)]
    if missing:
        raise ValueError(
            f"aiortc {version('aiortc')} and aioice {version('aioice')} are not the versions that "
            f"this server knows ({', '.join(missing)} is missing); install those of "
            "requirements.lock"
        )


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


def encoded_by(receiver: RTCRtpReceiver, put: Any) -> None:
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


def divert(receiver: RTCRtpReceiver, on_packet: Callable[[Any], None]) -> None:
    """Have an audio `receiver` give its Opus packets (`aiortc.rtp.RtpPacket`) to `on_packet`, and
    decode nothing itself.

    aiortc offers no way to get at RTP packets. Its own jitter buffer is the last place where all
    pass, so an object of ours stands in for it, which always says that no frame is complete; the
    receiver goes on with RTCP and its statistics.
    """
    codecs = receiver._RTCRtpReceiver__codecs

    class Diverted:
        def add(self, packet: Any) -> tuple[bool, None]:
            if codecs[packet.payload_type].name.lower() == "opus":
                on_packet(packet)
            return False, None

    receiver._RTCRtpReceiver__jitter_buffer = Diverted()


# -- sending ----------------------------------------------------------------------------------


def rtcp_of(sender: RTCRtpSender) -> Any:
    """The coroutine function with which it sends a list of RTCP packets."""
    return sender._send_rtcp


def rtcp_by(sender: RTCRtpSender, send: Any) -> None:
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


def received_by(agent: Any, data: Any, request: Any) -> None:
    """What arrives at an agent goes to these: data, and STUN requests."""
    agent.data_received = data
    agent.request_received = request
