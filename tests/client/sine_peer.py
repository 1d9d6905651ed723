"""A WebRTC peer with known delays, to prove that the caller measures what is there.

It answers what it hears with a sound a set time after the last voiced packet arrived, gives way
when spoken over by a set plan, and shows a face whose mouth follows its voice by a set lag. It
shares no measuring code with the caller.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import numpy as np
from aiohttp import web
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket
from numpy.typing import NDArray

from visavis.client.ice import host_addresses

RATE, FRAME = 48_000, 960
VOICED_RMS = 0.01
"""−40 dBFS: under every sound of these tests, over the room's noise."""


@dataclass
class Behaviour:
    """What the peer does; times in ms from the arrival of the packet that causes it."""

    reply: NDArray[np.float64]
    delays: list[float] = field(default_factory=lambda: [500.0])
    duck_ms: float = 80.0
    duck_gain: float = 0.1
    silence_ms: float | None = 300.0
    """None: the voice comes back at ``back_ms``."""
    back_ms: float = 500.0
    mouth_lag_ms: float | None = None
    """Shows a face; None: no video is answered."""
    shut_after_s: float | None = None
    """Goes so long after the call began."""
    goodbye: bool = False
    """Says that it goes."""
    greets_after_ms: float | None = None
    """Says its reply unasked, so long after the caller's hello."""
    deaf: bool = False
    """Takes no typed text: neither shows nor answers it."""


class Voice(MediaStreamTrack):  # type: ignore[misc]
    """Silence, and the reply at its exact sample; time is absolute."""

    kind = "audio"

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__()
        self._do = behaviour
        self.began = 0.0
        self.speaking = asyncio.Event()
        self._frame = 0
        self._turn = 0
        self.reply_at: float | None = None
        """When the current reply's first sample leaves."""
        self.last_voiced = 0.0
        self.spoken_over: float | None = None
        self._answered = True
        self.on_reply: Callable[[], None] = lambda: None
        """Called as a reply begins that somebody asked for."""

    def hear(self, now: float, voiced: bool) -> None:
        if not voiced:
            return
        if self.replying(now):
            self.spoken_over = self.spoken_over or now
        elif self.reply_at is None or now > self.reply_at:
            self._answered = False
        self.last_voiced = now

    def replying(self, now: float) -> bool:
        length = len(self._do.reply) / RATE
        return self.reply_at is not None and self.reply_at <= now < self.reply_at + length

    def voice(self, moments: NDArray[np.float64]) -> NDArray[np.float64]:
        """The reply's samples at ``moments`` (s), before any ducking."""
        if self.reply_at is None:
            return np.zeros(len(moments))
        places = np.round((moments - self.reply_at) * RATE).astype(int)
        inside = (places >= 0) & (places < len(self._do.reply))
        return np.where(inside, self._do.reply[places.clip(0, len(self._do.reply) - 1)], 0.0)

    async def recv(self) -> av.AudioFrame:
        if not self.speaking.is_set():
            self.began = time.perf_counter()
            self.speaking.set()
        due = self.began + self._frame * FRAME / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        delay = self._do.delays[self._turn % len(self._do.delays)] / 1000
        if not self._answered and due + FRAME / RATE > self.last_voiced + delay:
            self.reply_at, self.spoken_over = self.last_voiced + delay, None
            self._answered, self._turn = True, self._turn + 1
            self.on_reply()
        moments = due + np.arange(FRAME) / RATE
        samples = (self.voice(moments) * self._gain(moments)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._frame * FRAME, Fraction(1, RATE)
        self._frame += 1
        return frame

    def _gain(self, moments: NDArray[np.float64]) -> NDArray[np.float64]:
        gain = np.ones(len(moments))
        if self.spoken_over is not None:
            since = (moments - self.spoken_over) * 1000
            gain[since >= self._do.duck_ms] = self._do.duck_gain
            if self._do.silence_ms is not None:
                gain[since >= self._do.silence_ms] = 0.0
            else:
                gain[since >= self._do.back_ms] = 1.0
        return gain


class Face(MediaStreamTrack):  # type: ignore[misc]
    """Iris at 25 fps, her mouth as open as the voice was loud ``lag_ms`` ago."""

    kind = "video"
    levels = 8

    def __init__(self, voice: Voice, lag_ms: float) -> None:
        super().__init__()
        import cv2

        folder = Path(__file__).parents[2] / "server/visavis/personas/iris/portrait"
        shut, wide = (
            cv2.resize(cv2.imread(str(folder / f"{name}.webp")), (384, 384))
            for name in ("closed", "aa")
        )
        blends = [cv2.addWeighted(wide, k / 7, shut, 1 - k / 7, 0) for k in range(self.levels)]
        self._pictures = [av.VideoFrame.from_ndarray(b, format="bgr24") for b in blends]
        self._pictures = [picture.reformat(format="yuv420p") for picture in self._pictures]
        self._voice, self._lag = voice, lag_ms / 1000
        self._number = 0

    async def recv(self) -> av.VideoFrame:
        await self._voice.speaking.wait()
        began, moment = self._voice.began, self._number / 25
        await asyncio.sleep(max(0.0, began + moment - time.perf_counter()))
        around = began + moment - self._lag + np.linspace(-0.02, 0.02, 200)
        loud = np.sqrt(np.mean(self._voice.voice(around) ** 2)) / 8000
        picture = self._pictures[int(min(loud, 1.0) * (self.levels - 1))]
        frame = av.VideoFrame.from_ndarray(picture.to_ndarray(), format="yuv420p")
        frame.pts, frame.time_base = round(moment * 90_000), Fraction(1, 90_000)
        self._number += 1
        return frame


class _Listener:
    """Where the receiver's jitter buffer was: tells the voice of each voiced packet at once."""

    def __init__(self, voice: Voice) -> None:
        self._decoder = av.CodecContext.create("libopus", "r")
        self._voice = voice

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        now = time.perf_counter()
        for frame in self._decoder.decode(av.Packet(packet.payload)):
            samples = frame.to_ndarray().astype(float)
            if frame.format.name.startswith("s16"):
                samples /= 32768
            self._voice.hear(now, bool(np.sqrt(np.mean(samples**2)) > VOICED_RMS))
        return False, None


class Peer:
    """The peer's HTTP application and its calls."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.voices: list[Voice] = []
        self.received: list[dict[str, Any]] = []
        self.seen: list[tuple[int, int]] = []
        """The size of each picture of the caller's."""
        self.deleted: list[str] = []
        self._calls: dict[str, RTCPeerConnection] = {}
        self._channel: RTCDataChannel | None = None
        self._typed: tuple[str, str] | None = None
        """The id and the text of what was typed and not answered yet."""
        self._tasks: list[asyncio.Task[None]] = []
        self.app = web.Application()
        self.app.router.add_post("/calls", self._offer)
        self.app.router.add_delete("/calls/{id}", self._delete)
        self.app.on_shutdown.append(self._shut)

    async def _offer(self, request: web.Request) -> web.Response:
        call = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        name = str(len(self._calls))
        self._calls[name] = call
        voice = Voice(self.behaviour)
        self.voices.append(voice)
        voice.on_reply = self._reply
        call.on("datachannel", self._talk)
        await call.setRemoteDescription(RTCSessionDescription(await request.text(), "offer"))
        for transceiver in call.getTransceivers():
            if transceiver.kind == "audio":
                transceiver.sender.replaceTrack(voice)
                transceiver.direction = "sendrecv"
                transceiver.receiver._RTCRtpReceiver__jitter_buffer = _Listener(voice)
            elif self.behaviour.mouth_lag_ms is not None:
                transceiver.sender.replaceTrack(Face(voice, self.behaviour.mouth_lag_ms))
                transceiver.direction = "sendrecv"
            if transceiver.kind == "video":
                self._tasks.append(asyncio.create_task(self._watch(transceiver.receiver.track)))
        with host_addresses(("127.0.0.1",)):
            await call.setLocalDescription(await call.createAnswer())
        if self.behaviour.shut_after_s is not None:
            self._tasks.append(asyncio.create_task(self._vanish(call, self.behaviour.shut_after_s)))
        return web.Response(
            status=201,
            text=call.localDescription.sdp,
            content_type="application/sdp",
            headers={"Location": f"/calls/{name}"},
        )

    async def _watch(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self.seen.append((frame.width, frame.height))

    async def _vanish(self, call: RTCPeerConnection, after_s: float) -> None:
        await asyncio.sleep(after_s)
        if self.behaviour.goodbye:
            self._send(CLOSE)
            await asyncio.sleep(0.05)
        await call.close()

    def _talk(self, channel: RTCDataChannel) -> None:
        self._channel = channel

        def received(message: str) -> None:
            event = json.loads(message)
            self.received.append(event)
            if event["type"] == "hello":
                self._send(HELLO)
                if self.behaviour.greets_after_ms is not None:
                    self._tasks.append(asyncio.create_task(self._greet()))
            elif event["type"] == "text" and not self.behaviour.deaf:
                self._typed = str(uuid4()), event["text"]
                self._send(caption("caller", *self._typed))
                self.voices[-1].hear(time.perf_counter(), True)

        channel.on("message", received)

    async def _greet(self) -> None:
        await asyncio.sleep((self.behaviour.greets_after_ms or 0.0) / 1000)
        self.voices[-1].reply_at = time.perf_counter()
        await self._say(str(uuid4()), "Good day.")

    def _reply(self) -> None:
        """What is typed is shown and answered in captions; speech is by who greets."""
        turn, text = self._typed or (str(uuid4()), "")
        if text:
            self._typed = None
        elif self.behaviour.greets_after_ms is None:
            return
        else:
            self._send(caption("caller", turn, "Something said."))
        said = f"You typed: {text}" if text else "You said something."
        self._tasks.append(asyncio.create_task(self._say(turn, said)))

    async def _say(self, turn: str, text: str) -> None:
        self._send(caption("persona", turn, text))
        await asyncio.sleep(len(self.behaviour.reply) / RATE)
        self._send({"type": "heard", "at": 2.0, "id": turn, "words": 2, "complete": True})

    def _send(self, message: dict[str, Any]) -> None:
        if self._channel is not None and self._channel.readyState == "open":
            self._channel.send(json.dumps(message))

    async def _delete(self, request: web.Request) -> web.Response:
        self.deleted.append(request.match_info["id"])
        await self._calls[request.match_info["id"]].close()
        return web.Response()

    async def _shut(self, app: web.Application) -> None:
        await asyncio.gather(*(call.close() for call in self._calls.values()))
        await asyncio.gather(*self._tasks)


HELLO = {
    "type": "hello",
    "at": 0.0,
    "version": 1,
    "session": "0198c0de-0000-7000-8000-000000000001",
    "persona": "Sine",
    "media": {"audio": True, "video": True},
}
CLOSE = {"type": "mode", "at": 9.0, "mode": "close", "cause": "goodbye", "message": "Bye."}


def caption(who: str, turn: str, text: str) -> dict[str, Any]:
    return {"type": "caption", "at": 1.0, "who": who, "id": turn, "text": text, "final": True}
