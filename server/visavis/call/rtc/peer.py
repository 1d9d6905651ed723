"""One caller's WebRTC connection, from the answer to the hang-up.

aiortc does the protocols; this is what it leaves to us: which codecs, who is the DTLS server,
candidates that need not be waited for, queues that stay bounded, a peer that vanishes, and an
end that is quick, complete and told exactly once.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCSessionDescription,
)

from visavis.call.events import Bus, PeerClosed, PeerConnected, PeerSaid
from visavis.call.face.face_track import FaceTrack
from visavis.call.hearing.receiver import AudioReceiver
from visavis.call.rtc import aiortc_internals, intake, reports
from visavis.call.rtc.ice import Allowance, Liveness
from visavis.call.rtc.offer import Offer, OfferError, candidate, read_fragment
from visavis.call.rtc.sctp_bounds import BoundedSctpTransport
from visavis.call.voice.voice_track import VoiceTrack

CODECS = {"audio": ("audio/opus",), "video": ("video/vp8", "video/rtx")}

CONNECT_S = 15.0
"""A caller that has not connected by then is not coming."""

SILENCE_S = 8.0
"""Nothing at all has arrived for this long: the peer is gone. Browsers check the path every
2.5 s and report on what they receive every 1 to 5 s."""

WATCH_S = 1.0

CLOSE_S = 1.0
"""What aiortc may take to close before that is a fault."""

TOLD_S = 0.25
"""What the last messages may take to leave before the connection ends."""

ARRIVE_S = 0.05
"""Between the last message and the end: what overtakes it on the way is lost."""

EVENTS_LABEL = "events"

EVENTS_WAITING = 256
"""Messages that wait for the data channel to open or to drain; then the oldest is dropped."""

EVENTS_BUFFERED = 256 * 1024
"""Bytes that SCTP may hold before messages wait here, where the oldest can still be dropped."""


HEARD_S, MOST_S = 0.3, 1.0
"""Voice that has arrived waits so long in a jitter buffer, usually; what is waited at most."""


class Peer:
    """One connection. Everything happens on the event loop that made it."""

    def __init__(
        self,
        offer: Offer,
        bus: Bus,
        *,
        voice: VoiceTrack,
        face: FaceTrack | None,
        configuration: RTCConfiguration,
        sees: bool = True,
    ) -> None:
        """``face`` None sends no video, whatever was offered; ``sees`` False takes none.

        Publishes `PeerConnected`, `PeerSaid`, `PeerClosed`, and faults that don't end the call.
        """
        self.offer = offer
        self.events_dropped = 0
        self.audio: RTCRtpReceiver | None = None
        """The caller's microphone, for `heard_by`; after ``answer``."""
        self.camera: MediaStreamTrack | None = None
        """The caller's camera, for ``camera``, which decides what is decoded of it."""
        self.camera_receiver: RTCRtpReceiver | None = None
        self._candidates = offer.candidate_lines
        self._allowance = Allowance(offer.size)
        self._voice = voice
        self._face = face if offer.sends_video else None
        self._sees = sees and offer.sees
        self._bus = bus
        self._connection = RTCPeerConnection(configuration)
        self._liveness: Liveness | None = None
        self._channel: RTCDataChannel | None = None
        self._waiting: deque[str] = deque(maxlen=EVENTS_WAITING)
        self._tasks: set[asyncio.Task[None]] = set()
        self._connected = False
        self._closing = False
        self._closed = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether media can flow."""
        return self._connected and not self._closing

    @property
    def sends_video(self) -> bool:
        """Whether the caller sees the persona."""
        return self._face is not None

    async def answer(self) -> str:
        """The SDP answer, after tens of ms (and at most ``ice.GATHER_S`` for STUN and TURN).

        Attach to ``audio`` and ``camera`` before the answer is sent: media may follow at once.
        Raises OfferError for what only shows when it is tried; ``close`` then, as ever.
        """
        connection = self._connection
        self._add_media("audio", self._voice, self.offer.sends_audio, self.offer.hears)
        self._add_media("video", self._face, self.sends_video, self._sees)
        connection.on("connectionstatechange", self._state_changed)
        connection.on("datachannel", self._channel_opened)
        # We are the DTLS server: as client aiortc fails against GStreamer's older OpenSSL.
        sdp = self.offer.sdp.replace("a=setup:actpass", "a=setup:active")
        try:
            await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            self._take_in()
            self._allowance.bind(connection)
            if isinstance(connection.sctp, BoundedSctpTransport):
                connection.sctp.tell(self._bus)
            await connection.setLocalDescription()
        except Exception as error:
            self._bus.fault("answer", f"{type(error).__name__}: {error}")
            raise OfferError("The offer is SDP, but no answer to it can be made.") from error
        self._start(self._watch(), "watch")
        self._start(self._add(self.offer.candidates), "candidates")
        if self.offer.sends_audio:
            reports.correct(self._sender("audio"), self._voice)
        if self._face is not None:
            reports.correct(self._sender("video"), self._face)
            aiortc_internals.keyframes_by(self._sender("video"), self._face)
        return str(connection.localDescription.sdp)

    def _add_media(
        self, kind: str, track: MediaStreamTrack | None, sends: bool, receives: bool
    ) -> None:
        if kind not in self.offer.kinds:
            return
        direction = {
            (True, True): "sendrecv",
            (True, False): "sendonly",
            (False, True): "recvonly",
            (False, False): "inactive",
        }[sends, receives]
        transceiver = self._connection.addTransceiver(track if sends else kind, direction)
        available = RTCRtpSender.getCapabilities(kind).codecs
        transceiver.setCodecPreferences(
            [codec for codec in available if codec.mimeType.lower() in CODECS[kind]]
        )

    def _sender(self, kind: str) -> RTCRtpSender:
        return next(s for s in self._connection.getSenders() if s.kind == kind)

    def _take_in(self) -> None:
        """Find the receivers, and bound what they queue."""
        for transceiver in self._connection.getTransceivers():
            receiver = transceiver.receiver
            if receiver.track is None:
                continue
            intake.bound(receiver)
            if transceiver.kind == "audio":
                self.audio = receiver
            elif self._sees:
                self.camera = receiver.track
                self.camera_receiver = receiver

    def heard_by(self, receiver: AudioReceiver) -> None:
        """Let the caller's microphone, if there is one, be heard by this; after ``answer``, and
        before it is sent."""
        if self.audio is not None:
            aiortc_internals.divert(self.audio, receiver)

    async def add_candidates(self, fragment: str) -> None:
        """Trickle: take a fragment's candidates in. Raises ``offer.BadFragment``, ``TooBig`` or
        ``TooManyCandidates``.

        Returns at once; names of the ``.local`` kind are looked up meanwhile.
        """
        found = read_fragment(fragment, self.offer.ufrag, self._candidates)
        self._candidates += found.candidate_lines
        self._allowance.signalled(sum(len(line) for _, line in found.candidates))
        self._start(self._add(found.candidates), "candidates")

    async def _add(self, candidates: tuple[tuple[str, str], ...]) -> None:
        """All of them at the same time: a name that nobody knows takes seconds to fail."""
        lines = [candidate(mid, line) for mid, line in candidates if line]
        await asyncio.gather(*map(self._connection.addIceCandidate, lines))
        if any(not line for _, line in candidates):
            await self._connection.addIceCandidate(None)

    def send(self, message: str) -> None:
        """Send on the data channel, or as soon as it is open and not congested.

        More than 256 waiting messages push the oldest out; a fault at the end says how many. After
        the end, and to a caller who opens no channel, messages go nowhere.
        """
        if self._closing or not self.offer.events:
            return
        if len(self._waiting) == EVENTS_WAITING:
            self.events_dropped += 1
        self._waiting.append(message)
        self._flush()

    def _flush(self) -> None:
        channel = self._channel
        while (
            channel is not None
            and channel.readyState == "open"
            and self._waiting
            and channel.bufferedAmount < EVENTS_BUFFERED
        ):
            channel.send(self._waiting.popleft())

    async def voice_arrives(self) -> None:
        """Wait until the voice that has left is heard: its way, as far as RTCP tells, and the
        time in the caller's jitter buffer; 1 s at most."""
        way_s = 0.0
        if self.offer.sends_audio:
            for told in (await self._sender("audio").getStats()).values():
                way_s = max(way_s, (getattr(told, "roundTripTime", None) or 0.0) / 2)
        await asyncio.sleep(min(HEARD_S + way_s, MOST_S))

    async def told(self) -> None:
        """Wait until what was sent has left and had time to arrive; 0.25 s at most."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + TOLD_S
        while loop.time() < deadline:
            channel = self._channel
            if channel is None or channel.readyState != "open":
                return
            if not self._waiting and not channel.bufferedAmount:
                await asyncio.sleep(ARRIVE_S)
                return
            await asyncio.sleep(ARRIVE_S / 5)

    def _channel_opened(self, channel: RTCDataChannel) -> None:
        if channel.label != EVENTS_LABEL or self._channel is not None:
            channel.close()
            return
        self._channel = channel
        channel.bufferedAmountLowThreshold = EVENTS_BUFFERED // 4
        channel.on("message", self._message)
        channel.on("bufferedamountlow", self._flush)
        self._flush()

    def _message(self, message: str | bytes) -> None:
        self._bus.publish(PeerSaid(message))

    def _state_changed(self) -> None:
        state = self._connection.connectionState
        if self._closing:
            return
        if state == "connected" and not self._connected:
            self._connected = True
            if not self.offer.sends_audio:
                self._start(self._pull_voice(), "voice")
            self._bus.publish(PeerConnected())
        elif state == "failed":
            self._start(self.close("failed"), "close")
        elif state == "closed":
            self._start(self.close("left"), "close")

    async def _pull_voice(self) -> None:
        """Nobody listens, but the voice still paces the call: captions and face follow it."""
        while True:
            await self._voice.recv()

    async def _watch(self) -> None:
        liveness = self._liveness = Liveness(self._connection)
        began = asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(WATCH_S)
            if not self._connected:
                if asyncio.get_running_loop().time() - began > CONNECT_S:
                    return await self.close("never connected")
            elif liveness.silent_s() > SILENCE_S:
                return await self.close("vanished")

    @property
    def silent_s(self) -> float:
        """Seconds since anything at all, media or check, came from the peer."""
        return 0.0 if self._liveness is None else self._liveness.silent_s()

    async def close(self, reason: str = "hung up") -> None:
        """End the call and let go of everything, within a second; any number of times."""
        if self._closing:
            await self._closed.wait()
            return
        self._closing = True
        try:
            await self._let_go()
        finally:
            self._closed.set()
            if self.events_dropped:
                dropped = f"Messages to the caller dropped in this call: {self.events_dropped:,}."
                self._bus.fault("channel_full", dropped)
            self._bus.publish(PeerClosed(reason))

    async def _let_go(self) -> None:
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        self._voice.stop()
        if self._face is not None:
            self._face.stop()
        for receiver in self._connection.getReceivers():
            await asyncio.to_thread(aiortc_internals.end_decoding, receiver)
        try:
            await asyncio.wait_for(self._connection.close(), CLOSE_S)
        except Exception as error:
            self._bus.fault("close", f"{type(error).__name__}: {error}")
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=f"peer {name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None and not self._closing:
            error = task.exception()
            self._bus.fault(task.get_name(), f"{type(error).__name__}: {error}")
