"""One call from offer to hang-up: the connection, and the sessions that it carries.

Media comes and goes through `Peer`, sound and pictures leave on one clock. Who calls is the one
session of their call. At a stand the connection is always open and people come and go: with each
who leaves a session ends, and with it all that is theirs; the next one begins without consent.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.call.commands.commands import Command, CommandOutcome, SaySentence
from visavis.call.engines import Engines
from visavis.call.events import (
    Bus,
    ClientKnown,
    Faulted,
    HangUp,
    LineDue,
    Measured,
    PeerClosed,
    PeerConnected,
    PeerSaid,
    VisitorLeft,
)
from visavis.call.face.face_track import FaceTrack
from visavis.call.face.recording import Recording
from visavis.call.hearing.receiver import AudioReceiver
from visavis.call.keeping.keeping import Keeping
from visavis.call.media import Media
from visavis.call.rtc import offer
from visavis.call.rtc.caller import Calling
from visavis.call.rtc.peer import Peer
from visavis.call.session import Session
from visavis.call.voice.clock import MediaClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.utterance import Event
from visavis.call.voice.voice_track import VoiceTrack
from visavis.compute.lag import LoopLag
from visavis.compute.tasks import Tasks
from visavis.learning.taught import Taught

LEFT = "the visitor left"
"""How a session at a stand ends while the call goes on."""


class Call:
    """One call. Made for an offer, answered by `answer`, ended by `close`, whoever begins that."""

    def __init__(
        self,
        wanted: offer.Offer,
        engines: Engines,
        keeping: Keeping,
        calling: Calling,
        taught: Taught | None,
        lag: LoopLag,
        on_closed: Callable[[UUID], None],
    ) -> None:
        """`taught`: what is known of callers' signs; `on_closed(id)` is called once."""
        self._engines, self._keeping, self._calling = engines, keeping, calling
        self._taught = taught
        self._lag = lag
        self._on_closed = on_closed
        self._started = datetime.now(UTC)
        self.connected = False
        """Whether media has ever flowed."""
        bus = self._bus = Bus()
        """The connection's news; the session has its own."""
        self._tasks = Tasks(bus.fault, "call")
        self._finishing: asyncio.Task[None] | None = None
        self._finished = asyncio.Event()
        self._ending: str | None = None
        self._departures = Tasks(bus.fault, "call")
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
                bus=bus,
            )
        peer = Peer(
            wanted,
            bus,
            voice=VoiceTrack(playout, clock, tap=recording.voice if recording else None, bus=bus),
            face=face,
            configuration=engines.ice,
            sees=engines.camera.poses is not None,
        )
        self._media = Media(peer, clock, playout, face, recording)
        self._session = self._new_session(None)
        self.id = self._session.id
        """That of its first session."""
        bus.subscribe(PeerConnected, self._connected)
        bus.subscribe(PeerSaid, self._message)
        bus.subscribe(PeerClosed, self._peer_closed)
        bus.subscribe(Faulted, self._faulted)

    def _new_session(self, client: ClientKnown | None) -> Session:
        bus = Bus()
        session = Session(
            bus,
            self._media,
            self._engines,
            self._keeping,
            self._calling,
            self._taught,
            self._lag,
            client,
        )
        bus.subscribe(HangUp, self._hang_up)
        bus.subscribe(VisitorLeft, self._next_visitor)
        return session

    async def answer(self) -> str:
        """The SDP answer."""
        began = monotonic()
        peer = self._media.peer
        sdp = await peer.answer()
        if peer.audio is not None:
            self._media.hear(AudioReceiver(self._sound, self._bus))
        self._session.watch()
        self._session.bus.publish(Measured("answer", (monotonic() - began) * 1000))
        return sdp

    @property
    def session(self) -> UUID:
        """The id of the present session."""
        return self._session.id

    @property
    def user(self) -> str:
        """The `user_id` of who calls."""
        return self._calling.caller.user_id

    def take(self, command: Command) -> CommandOutcome:
        """Hand on what concerns whoever is there now."""
        if self._ending is not None:
            return CommandOutcome.NO_SUCH_CALL
        if isinstance(command, SaySentence) and not (self.connected and self._session.quiet):
            return CommandOutcome.NOT_NOW
        self._session.bus.publish(command)
        return CommandOutcome.DONE

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

    def _hang_up(self, wanted: HangUp) -> None:
        self._tasks.start(self._take_leave(wanted.cause))

    async def _take_leave(self, cause: str) -> None:
        """End the call when the last word has been heard, not when it has left."""
        if cause == "goodbye":
            await self._media.peer.voice_arrives()
        await self.close(cause)

    def _next_visitor(self, visitor: VisitorLeft) -> None:
        """Who was there has left: the next words are somebody else's, who has agreed to nothing."""
        if self._ending is not None:
            return
        left = self._session
        self._stop(left)
        try:
            self._session = self._new_session(left.client)
        except Exception as error:  # nobody could be heard any more: the page calls again
            self._bus.fault("call", f"{type(error).__name__}: {error}")
            self._tasks.start(self.close("failed"))
            return
        self._session.begin(LEFT)
        if visitor.talked:
            self._session.bus.publish(LineDue("close"))
        self._departures.start(self._departed(left))

    async def _departed(self, left: Session) -> None:
        await left.finish(LEFT)
        if self._ending is None:
            self._session.watch()

    def _peer_closed(self, closed: PeerClosed) -> None:
        """However it came about: the connection is gone."""
        self._ending = self._ending or closed.reason
        self._finishing = asyncio.create_task(self._finish(self._ending))

    async def _finish(self, reason: str) -> None:
        try:
            if self._media.receiver is not None:
                self._media.receiver.close()
            self._stop(self._session)
            await self._departures.finish()
            await self._session.finish(reason)
        finally:
            self._finished.set()
            self._on_closed(self.id)

    def _stop(self, session: Session) -> None:
        """Whatever fails in it, it is kept."""
        try:
            session.stop()
        except Exception as error:
            session.bus.fault("call", f"{type(error).__name__}: {error}")

    def _connected(self, _: PeerConnected) -> None:
        self.connected = True
        self._session.begin("connected")

    def _faulted(self, fault: Faulted) -> None:
        """The connection's faults are kept with whoever is there."""
        self._session.bus.publish(fault)

    def _message(self, said: PeerSaid) -> None:
        if self._ending is None:  # afterwards the caller has been told that the call is over
            self._session.message(said.message)

    def _sound(self, pcm: NDArray[np.int16], start: int) -> None:
        self._session.sound(pcm, start)

    def _playout_event(self, event: Event) -> None:
        self._session.playout_event(event)
