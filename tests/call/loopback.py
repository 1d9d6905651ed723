"""A caller of aiortc's on 127.0.0.1 and a small flat face: real connections, no models."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, VideoStreamTrack
from numpy.typing import NDArray
from overhear import faults

from visavis.call.events import Bus, PeerClosed, PeerSaid
from visavis.call.face.face_track import FaceTrack
from visavis.call.face.idle import IdleHub
from visavis.call.face.recording import Recording
from visavis.call.face.view import DrawnView
from visavis.call.rtc import ice, offer
from visavis.call.rtc.peer import Peer
from visavis.call.voice.clock import MediaClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.utterance import Event, Utterance
from visavis.call.voice.voice_track import VoiceTrack
from visavis.engines.lipsync.base import Face, Tick
from visavis.engines.lipsync.visemes import AT_REST, VISEMES

POOL = ThreadPoolExecutor(2, "drawing")


class FlatFace:
    """Grey, and as bright as the mouth is open."""

    system, size = "flat", 64

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}

    def draw(self, tick: Tick) -> NDArray[np.uint8]:
        picture = np.full((96, 64), 128, np.uint8)
        picture[:64] = 60 + 150 * (1 - tick.mouth[VISEMES.index("sil")])
        return picture

    def rest(self) -> NDArray[np.uint8]:
        return self.draw(Tick(AT_REST, 0.0))

    def asleep(self) -> NDArray[np.uint8]:
        return np.full((96, 64), 128, np.uint8)


def drawn(face: Face) -> DrawnView:
    """One viewer's picture of it."""
    return DrawnView(face, POOL, fps=25, bitrate=800_000)


class Sent(Recording):
    """All packets of the face that have left."""

    def __init__(self) -> None:
        super().__init__(64, 25)
        self.packets: list[Any] = []

    def face(self, packet: Any) -> None:
        self.packets.append(packet)


class OpenMouth:
    """Says "aa" all along."""

    def at(self, ms: float) -> NDArray[np.float32]:
        weights: NDArray[np.float32] = np.eye(15, dtype=np.float32)[VISEMES.index("aa")]
        return weights


def tone(seconds: float, hz: float = 440.0) -> NDArray[np.float32]:
    t = np.arange(round(seconds * 48_000)) / 48_000
    pcm: NDArray[np.float32] = (0.3 * np.sin(2 * np.pi * hz * t)).astype(np.float32)
    return pcm


def utterance(seconds: float = 1.0, generation: int = 0, **more: Any) -> Utterance:
    return Utterance(generation, uuid4(), tone(seconds), **more)


class Caller:
    """The other end."""

    def __init__(self, *, audio: str | None = "sendrecv", video: str | None = "recvonly") -> None:
        self.connection = RTCPeerConnection(ice.configuration())
        self.frames: dict[str, list[Any]] = {"audio": [], "video": []}
        self.messages: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        if audio:
            mine = AudioStreamTrack() if audio in ("sendrecv", "sendonly") else "audio"
            self.connection.addTransceiver(mine, audio)
        if video:
            mine = VideoStreamTrack() if video in ("sendrecv", "sendonly") else "video"
            self.connection.addTransceiver(mine, video)
        self.channel = self.connection.createDataChannel("events")
        self.channel.on("message", self.messages.append)
        self.connection.on("track", self._track)

    def _track(self, track: Any) -> None:
        async def read() -> None:
            while True:
                try:
                    self.frames[track.kind].append(await track.recv())
                except MediaStreamError:
                    return

        self.tasks.append(asyncio.create_task(read()))

    async def offer(self) -> str:
        await self.connection.setLocalDescription()
        return str(self.connection.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def close(self) -> None:
        await self.connection.close()
        await asyncio.gather(*self.tasks)


class Call:
    """Our end, wired as a session wires it."""

    def __init__(self, sdp: str, hub: IdleHub, **more: Any) -> None:
        self.events: list[Event] = []
        self.texts: list[str | bytes] = []
        self.reasons: list[str] = []
        bus = self.bus = Bus()
        self.faults = faults(bus)
        self.playout = Playout(self.events.append)
        self.clock = MediaClock()
        self.voice = VoiceTrack(self.playout, self.clock)
        recording = Sent()
        self.sent = recording.packets
        self.face = FaceTrack(self.playout, self.clock, hub, drawn(FlatFace()), recording=recording)
        self.peer = Peer(
            offer.read(sdp),
            bus,
            voice=self.voice,
            face=self.face,
            configuration=ice.configuration(),
        )
        take = more.get("on_text", self.texts.append)
        bus.subscribe(PeerSaid, lambda said: take(said.message))
        bus.subscribe(PeerClosed, lambda closed: self.reasons.append(closed.reason))


@asynccontextmanager
async def idle_hub() -> AsyncIterator[IdleHub]:
    hub = IdleHub(drawn(FlatFace()), fps=25)
    yield hub
    await hub.close()


@asynccontextmanager
async def connected(hub: IdleHub, **media: Any) -> AsyncIterator[tuple[Call, Caller]]:
    caller = Caller(**media)
    call = Call(await caller.offer(), hub)
    await caller.accept(await call.peer.answer())
    await until(lambda: call.peer.connected and caller.connection.connectionState == "connected")
    try:
        yield call, caller
    finally:
        await call.peer.close()
        await caller.close()


async def until(condition: Any, seconds: float = 10.0) -> None:
    """Wait for something real to happen, in short steps; fail clearly if it does not."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it is the other side's doing
            await asyncio.sleep(0.005)
