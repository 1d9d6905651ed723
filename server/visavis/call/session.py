"""One person in a call: the parts that hold a conversation, put together and let go.

Media are the call's and stay (`Media`); what is here leaves with whoever is there now.
"""

import asyncio
from contextlib import ExitStack
from typing import Any

from visavis.call.calibration.guided import GuidedCalibration
from visavis.call.camera.camera import Camera
from visavis.call.channel.greeting import Greeting
from visavis.call.channel.messages import Messages
from visavis.call.channel.outbox import Outbox
from visavis.call.channel.stats import CallStats
from visavis.call.dialogue import making
from visavis.call.engines import Engines
from visavis.call.events import Bus, ClientKnown, Connected, Interrupted
from visavis.call.face.output import FaceOutput
from visavis.call.hearing.audio_input import AudioInput, InputControl, Pcm
from visavis.call.keeping.keeping import Keeping
from visavis.call.media import Media
from visavis.call.modes.controller import ModeController
from visavis.call.rtc.caller import Calling
from visavis.call.signs.teaching import Teaching
from visavis.call.turns.floor import Floor
from visavis.call.turns.segmenter import SpeechSegmenter
from visavis.call.voice.clock import SessionClock
from visavis.call.voice.utterance import Event
from visavis.compute.lag import LoopLag
from visavis.compute.requester import Requester
from visavis.compute.tasks import Tasks
from visavis.engines.base import asked_by
from visavis.engines.stt.vad import Vad
from visavis.learning.taught import Taught

TICK_S = 0.02
STATS_S = 2.0
PAUSE_S = 3.0
"""Nothing at all has come from the caller for so long: the call pauses."""


class Session:
    """Of whoever is there. Begun by `begin`, stopped by `stop`, kept when `finish` returns."""

    def __init__(
        self,
        bus: Bus,
        media: Media,
        engines: Engines,
        keeping: Keeping,
        calling: Calling,
        taught: Taught | None,
        lag: LoopLag,
        client: ClientKnown | None,
    ) -> None:
        """`taught`: what is known of callers' signs; `client`: as an earlier session was told."""
        stage, hearing, speaking = engines.stage, engines.hearing, engines.speaking
        clock = SessionClock(media.clock)
        self._keeping = keeping.session(calling, bus, clock, stage)
        self.id = self._keeping.session
        self.bus, self._requester = bus, Requester(self.id, engines.host)
        self._calling, self._media = calling, media
        self._tasks = Tasks(bus.fault, "call")
        self._stopped = False
        self._heard_from: int | None = None
        """The first sample of the call's sound that was this session's."""
        Outbox(bus, media.peer, media.clock)
        self._stats = CallStats(bus, lag)
        self._modes = ModeController(bus, engines.visits)
        self._camera = Camera(bus, engines.camera, clock, self._requester.asker)
        self._face: FaceOutput | None = None
        if stage is not None and media.face is not None and media.recording is not None:
            self._face = FaceOutput(bus, stage, media.face, media.recording)
        floor, control = Floor(bus, hearing.pace, hearing.names), InputControl()
        self._dialogue = making.dialogue(
            bus,
            engines.mind,
            floor,
            speaking.speaker(bus, self._requester),
            media.playout,
            clock,
            seed=making.seed_of(self.id),
            requester=self._requester,
        )
        asker = self._requester.asker
        ears = asked_by(hearing.recogniser, asker, bus.fault)
        judge = asked_by(hearing.end_of_turn, asker, bus.fault)
        self._segmenter = SpeechSegmenter(bus, floor, Vad(), ears, judge)
        self._calibrating = GuidedCalibration(bus, control)
        self._teaching = Teaching(
            self.id, calling.caller, taught, control, bus, clock, self._dialogue, floor
        )
        listeners = (self._calibrating, self._segmenter, self._teaching)
        self._audio_input = AudioInput(bus, control, listeners, hearing.filter)
        self._messages = Messages(bus, media.rates)
        sends = {"audio": media.peer.offer.sends_audio, "video": self._face is not None}
        hello = {"session": str(self.id), "persona": engines.persona, "media": sends}
        self._greeting = Greeting(
            bus,
            self._keeping,
            calling,
            hello,
            client,
            self._tasks,
            asks_consent=engines.asks_consent,
        )
        bus.subscribe(Interrupted, self._interrupted)
        if engines.alerts is not None:
            engines.alerts.watch(self.id, bus)

    def begin(self, cause: str) -> None:
        """Media flow, and whoever is there is this session's."""
        sends = self._media.peer.offer.sends_audio
        self.bus.publish(Connected(cause, audio=sends, video=self._face is not None))
        self._tasks.start(self._tick())
        self._tasks.start(self._report())

    @property
    def client(self) -> ClientKnown | None:
        """What the caller's browser or telephone told of itself."""
        return self._greeting.client

    @property
    def quiet(self) -> bool:
        """Nobody speaks, and the persona may."""
        return self._dialogue.quiet

    def watch(self) -> None:
        """The caller's camera, if there is one, is this session's to look at."""
        self._camera.attach(self._media.peer)

    def live(self) -> dict[str, Any]:
        """What is told of a session that goes on."""
        return {
            "id": str(self.id),
            "user": self._calling.caller.username,
            "mode": self._modes.mode,
            "consent_given": self._greeting.consented,
            "last_reply_ms": self._stats.last_reply_ms,
        }

    def closing(self, reason: str) -> None:
        """The call is about to end; the caller is told."""
        self._modes.close(reason)

    def stop(self) -> None:
        """Say, hear and do nothing any more; any number of times. Raises what a part raises."""
        if self._stopped:
            return
        self._stopped = True
        with ExitStack() as stops:  # the last one first, and all of them whatever one raises
            stops.callback(self._requester.cancel)
            stops.callback(self._audio_input.close)
            stops.callback(self._camera.stop)
            stops.callback(self._calibrating.close)
            stops.callback(self._segmenter.close)
            stops.callback(self._dialogue.close)
            stops.callback(self._messages.close)

    async def finish(self, reason: str) -> None:
        """After `stop`: wait until all of it is kept, and end its row."""
        try:
            self._modes.close(reason)
            await self._teaching.close()
            await self._tasks.cancel()
            await self._camera.close()
            if self._face is not None:
                await self._face.filmed()
        finally:
            await self._keeping.finish(reason)

    def sound(self, pcm: Pcm, start: int) -> None:
        """The caller's next packet: (N,) int16 at 16 kHz, `start` counted since the call began."""
        if self._heard_from is None:
            self._heard_from = start
        if not self._stopped:
            self._audio_input.sound(pcm, start - self._heard_from)

    def playout_event(self, event: Event) -> None:
        """The persona's voice has got somewhere."""
        self._dialogue.playout_event(event)

    def message(self, message: str | bytes) -> None:
        """What the caller sends on the data channel."""
        self._messages.take(message)

    def _interrupted(self, interrupted: Interrupted) -> None:
        (self._media.playout.hold if interrupted.silent else self._media.playout.resume)()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._segmenter.tick()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(STATS_S)
            self._modes.heard(self._media.peer.silent_s > PAUSE_S)
            self._modes.tick()
            self._stats.tell(self._media.receiver)
