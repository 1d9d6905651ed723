"""One call from offer to hang-up: the connection, and the sessions that it carries.

Media comes and goes through `Peer`, sound and pictures leave on one clock. Who calls is the one
session of their call. At a stand the connection is always open and people come and go: with each
who leaves a session ends, and with it all that is theirs; the next one begins without consent.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.call.caller import Caller
from visavis.call.engines import Engines
from visavis.call.face.face_track import FaceTrack
from visavis.call.face.recording import Recording
from visavis.call.hearing.receiver import AudioReceiver
from visavis.call.media import Media
from visavis.call.rtc import offer
from visavis.call.rtc.peer import Peer
from visavis.call.session import Client, Session
from visavis.call.voice.clock import MediaClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.utterance import Event
from visavis.call.voice.voice_track import VoiceTrack
from visavis.learning.taught import Taught
from visavis.records.recorder import Recorder

LEFT = "the visitor left"
"""How a session at a stand ends while the call goes on."""


class Call:
    """One call. Made for an offer, answered by `answer`, ended by `close`, whoever begins that."""

    def __init__(
        self,
        wanted: offer.Offer,
        engines: Engines,
        recorder: Recorder,
        *,
        caller: Caller,
        taught: Taught | None,
        initiator: str,
        meta: dict[str, str],
        lag_ms: Callable[[], float],
        on_closed: Callable[[UUID], None],
    ) -> None:
        """`taught`: what is known of callers' signs; `meta`: what signalling knows of the caller;
        `lag_ms()`: the event loop's present lag; `on_closed(id)` is called once."""
        self._engines = engines
        self._recorder = recorder
        self._caller = caller
        self._taught = taught
        self._initiator = initiator
        self._meta = meta
        self._lag_ms = lag_ms
        self._on_closed = on_closed
        self._started = datetime.now(UTC)
        self.connected = False
        """Whether media has ever flowed."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._finishing: asyncio.Task[None] | None = None
        self._finished = asyncio.Event()
        self._ending: str | None = None
        self._departures: set[asyncio.Task[None]] = set()
        """Sessions whose visitor has left, being kept."""
        clock, playout = MediaClock(), Playout(self._playout_event)
        recording = face = None
        stage = engines.stage
        if stage is not None and wanted.sends_video:
            recording = Recording(stage.face.size, stage.hub.fps)
            face = FaceTrack(
                playout,
                clock,
                stage.hub,
                stage.view(),
                films=stage.films,
                recording=recording,
                on_fault=self._fault,
            )
        peer = Peer(
            wanted,
            voice=VoiceTrack(playout, clock, tap=recording.voice if recording else None),
            face=face,
            configuration=engines.ice,
            sees=engines.watchers is not None,
            on_connected=self._connected,
            on_text=self._message,
            on_closed=self._peer_closed,
            on_fault=self._fault,
        )
        self._media = Media(peer, clock, playout, face, recording)
        self._session = self._new_session(None)
        self.id = self._session.id
        """That of its first session."""

    def _new_session(self, client: Client | None) -> Session:
        return Session(
            self._media,
            self._engines,
            self._recorder,
            caller=self._caller,
            taught=self._taught,
            initiator=self._initiator,
            meta=self._meta,
            client=client,
            lag_ms=self._lag_ms,
            on_hang_up=self._hang_up,
            on_left=self._next_visitor,
        )

    async def answer(self) -> str:
        """The SDP answer."""
        began = monotonic()
        peer = self._media.peer
        sdp = await peer.answer()
        if peer.audio is not None:
            self._media.ear = AudioReceiver(peer.audio, self._sound, self._fault)
        self._session.watch()
        self._recorder.performance("answer", (monotonic() - began) * 1000, session=self.id)
        return sdp

    def live(self) -> dict[str, Any]:
        """What is told of a call that goes on; its id is that of the present session."""
        return {"started": self._started.isoformat(), **self._session.live()}

    async def trickle(self, fragment: str) -> None:
        """More candidates of the caller's."""
        await self._media.peer.add_candidates(fragment)

    async def close(self, reason: str = "hung up") -> None:
        """Tell the caller, end the call, wait until all of it is kept; any number of times."""
        peer = self._media.peer
        if self._ending is None:
            self._ending = reason
            self._session.closing(reason)
            await peer.told()
        await peer.close(reason)
        await self._finished.wait()

    def _hang_up(self, cause: str) -> None:
        self._start(self.close(cause), self._tasks)

    def _next_visitor(self, talked: bool) -> None:
        """Who was there has left: the next words are somebody else's, who has agreed to nothing."""
        if self._ending is not None:
            return
        left = self._session
        left.stop()
        self._session = self._new_session(left.client)
        self._session.begin(LEFT)
        if talked:
            self._session.say("close")
        self._start(self._departed(left), self._departures)

    async def _departed(self, left: Session) -> None:
        await left.finish(LEFT)
        if self._ending is None:
            self._session.watch()

    def _peer_closed(self, reason: str) -> None:
        """However it came about: the connection is gone."""
        self._ending = self._ending or reason
        self._finishing = asyncio.create_task(self._finish(self._ending))

    async def _finish(self, reason: str) -> None:
        try:
            if self._media.ear is not None:
                self._media.ear.close()
            self._session.stop()
            await asyncio.gather(*self._departures, return_exceptions=True)
            await self._session.finish(reason)
            for task in self._tasks:
                task.cancel()  # what waits for the end of the call
        finally:
            self._finished.set()
            self._on_closed(self.id)

    def _connected(self) -> None:
        self.connected = True
        self._session.begin("connected")

    def _message(self, message: str | bytes) -> None:
        if self._ending is None:  # afterwards the caller has been told that the call is over
            self._session.message(message)

    def _sound(self, pcm: NDArray[np.int16], start: int) -> None:
        self._session.sound(pcm, start)

    def _playout_event(self, event: Event) -> None:
        self._session.playout_event(event)

    def _fault(self, kind: str, message: str) -> None:
        self._session.fault(kind, message)

    def _start(self, work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        among.add(task)
        task.add_done_callback(among.discard)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fault("call", f"{type(error).__name__}: {error}")
