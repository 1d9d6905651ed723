"""One open line to a server: the peer connection, its tracks, the data channel, its signalling."""

import asyncio
import json
import platform
import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import aiortc
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)

from visavis.client.camera import CallerCamera
from visavis.client.ear import Ear
from visavis.client.eye import Eye
from visavis.client.ice import host_addresses
from visavis.client.microphone import Microphone
from visavis.client.plan import CallPlan
from visavis.client.problems import CallFailed
from visavis.client.receiving import attach
from visavis.client.signalling import SignallingClient

GONE_S = 8.0
"""A server that sends neither sound nor a message for so long is gone: it sends sound all the time
and ``stats`` every 2 s. ICE alone notices after 30 s."""


class Line:
    """``async with Line(plan) as line``: connected inside, hung up after. Raises CallFailed."""

    def __init__(self, plan: CallPlan) -> None:
        self._plan = plan
        self._news = asyncio.Event()
        self._location: str | None = None
        self._signalling = SignallingClient(
            plan.url,
            verify=plan.verify,
            token=plan.token,
            person=plan.person,
            source=plan.source,
        )
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._channel = self._peer.createDataChannel("events")
        self.began = time.perf_counter()
        self.microphone = Microphone(room=plan.room)
        self.ear = Ear(self._news.set)
        self.eye: Eye | None = Eye() if plan.video else None
        self.camera: CallerCamera | None = None
        """Once connected, where video is offered."""
        self.events: list[dict[str, Any]] = []
        """Messages of the server, each with ``received_ms``."""
        self.answered_ms: float | None = None
        self.connected_ms: float | None = None
        self.hung_up: int | None = None
        self.hung_up_ms: float | None = None
        """When the caller hung up."""

    def ms(self, moment: float) -> float:
        """A perf_counter moment as ms since the call began."""
        return (moment - self.began) * 1000

    def now_ms(self) -> float:
        """This moment, in ms since the call began."""
        return self.ms(time.perf_counter())

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._close()

    async def until(self, happened: Callable[[], bool], timeout: float) -> bool:
        """Wait until ``happened()``; False when ``timeout`` s pass first.

        It is asked again at each packet and message, and every 50 ms. Raises CallFailed when the
        server is gone.
        """
        deadline = time.perf_counter() + timeout
        while not happened():
            if self._peer.connectionState in ("failed", "closed"):
                raise CallFailed("gone", "The server is gone: the connection broke off.")
            if time.perf_counter() - self._last_sign() > GONE_S:
                raise CallFailed("gone", f"Nothing has come from the server for {GONE_S:g} s.")
            remaining = deadline - time.perf_counter()
            if remaining <= 0:
                return False
            self._news.clear()
            try:
                async with asyncio.timeout(min(remaining, 0.05)):
                    await self._news.wait()
            except TimeoutError:
                continue
        return True

    @property
    def closing(self) -> bool:
        """Whether the server has said that it ends the call."""
        return any(
            event.get("type") == "mode" and event.get("mode") == "close" for event in self.events
        )

    def _last_sign(self) -> float:
        """When the server last let itself be noticed."""
        heard = self.ear.packets[-1].at if self.ear.packets else self.began
        told = self.began + self.events[-1]["received_ms"] / 1000 if self.events else self.began
        connected = self.began + (self.connected_ms or self.now_ms()) / 1000
        return max(heard, told, connected)

    def send(self, kind: str, **fields: Any) -> None:
        """One message to the server; nothing happens when the channel isn't open."""
        if self._channel.readyState == "open":
            message = {"type": kind, "at": round(self.now_ms(), 3), **fields}
            self._channel.send(json.dumps(message))

    @property
    def channel_open(self) -> bool:
        """Whether messages can be sent."""
        return bool(self._channel.readyState == "open")

    async def _open(self) -> None:
        plan, peer = self._plan, self._peer
        peer.on("connectionstatechange", self._news.set)
        self._channel.on("open", self._opened)
        self._channel.on("message", self._received)
        voice = peer.addTransceiver(self.microphone, direction="sendrecv")
        voice.setCodecPreferences(_codecs("audio", "audio/opus"))
        attach(voice.receiver, self.ear, self.ear.timeline)
        if self.eye is not None:
            self.camera = CallerCamera(plan.camera, plan.camera_size, plan.camera_fps)
            picture = peer.addTransceiver(self.camera, direction="sendrecv")
            picture.setCodecPreferences(_codecs("video", "video/VP8", "video/rtx"))
            attach(picture.receiver, self.eye, self.eye.timeline)
        with host_addresses(plan.addresses):
            await peer.setLocalDescription(await peer.createOffer())
        self.began = time.perf_counter()
        answer = await self._signalling.offer(peer.localDescription.sdp)
        self._location = answer.location
        self.answered_ms = self.now_ms()
        try:
            await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        except Exception as error:
            # aiortc raises whatever its SDP parser stumbles over
            raise CallFailed("refused", f"The server's answer is no usable SDP: {error}") from error
        try:
            connected = await self.until(
                lambda: peer.connectionState == "connected", plan.connect_s
            )
        except CallFailed:
            connected = False
        if not connected:
            raise CallFailed(
                "no_media",
                "The server answered, but media found no way to it (ICE or DTLS failed). "
                "A firewall may keep UDP out; --host-address chooses the address offered.",
            )
        self.connected_ms = self.now_ms()

    async def _close(self) -> None:
        try:
            if self._location is not None:
                self.hung_up_ms = self.now_ms()
                self.hung_up = await self._signalling.hang_up(self._location)
        finally:
            await self._signalling.close()
            await self._peer.close()

    def _opened(self) -> None:
        facts = {
            "name": "visavis call",
            "aiortc": aiortc.__version__,
            "platform": platform.platform(),
            **self._plan.client,
        }
        zone = str(datetime.now().astimezone().tzinfo)
        self.send("hello", client=facts, timezone=zone, consent=self._plan.consent)
        self._news.set()

    def _received(self, message: str | bytes) -> None:
        try:
            event = json.loads(message)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            event = {"type": "garbage", "message": repr(message[:200])}
        event["received_ms"] = self.now_ms()
        self.events.append(event)
        self._news.set()


def _codecs(kind: str, *names: str) -> list[Any]:
    offered = RTCRtpSender.getCapabilities(kind).codecs
    return [codec for codec in offered if codec.mimeType.lower() in {n.lower() for n in names}]
