"""One person in a call: the parts that hold a conversation, put together and let go.

Media are the call's and stay (`Media`); what is here is of whoever is there now. Who leaves takes
all of it along.
"""

import asyncio
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.call.calibration.guided import GuidedCalibration
from visavis.call.camera.camera import Camera
from visavis.call.channel import protocol
from visavis.call.channel.messages import Messages
from visavis.call.channel.outbox import Outbox
from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.dialogue import Dialogue
from visavis.call.dialogue.prompt import Prompt
from visavis.call.dialogue.responder import Responder
from visavis.call.engines import Engines
from visavis.call.events import (
    Bus,
    ClientKnown,
    Connected,
    ConsentChanged,
    HelloRepeated,
    Interrupted,
    MessageCame,
    ToCaller,
)
from visavis.call.face.output import FaceOutput
from visavis.call.hearing.audio_input import AudioInput, InputControl
from visavis.call.keeping.films import Drawn
from visavis.call.keeping.keeping import Keeping
from visavis.call.media import Media
from visavis.call.modes.controller import ModeController
from visavis.call.rtc.caller import Calling
from visavis.call.signs.teaching import Teaching
from visavis.call.turns.floor import Floor
from visavis.call.turns.hints import Hints
from visavis.call.turns.segmenter import SpeechSegmenter
from visavis.call.voice.clock import SessionClock
from visavis.call.voice.speaker import Speaker
from visavis.call.voice.utterance import Event
from visavis.compute.lag import LoopLag
from visavis.compute.tasks import Tasks
from visavis.engines.stt.vad import Vad
from visavis.learning.taught import Taught

TICK_S = 0.02
STATS_S = 2.0
GREET_S = 1.0
"""A caller without a data channel says no hello; so long it is waited for."""
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
        """`taught`: what is known of callers' signs; `client`: what an earlier session of the
        call was told."""
        caller, stage, speaking = calling.caller, engines.stage, engines.speaking
        clock = SessionClock(media.clock)
        drawn = None if stage is None else Drawn(stage.system, stage.parameters, stage.portrait)
        self._keeping = keeping.session(caller.user_id, calling.initiator, bus, clock, drawn)
        self.id = self._keeping.session
        self.bus = bus
        self.client = client
        self._calling, self._media, self._engines, self._lag = calling, media, engines, lag
        self._consented = False
        self._tasks = Tasks(bus.fault, "call")
        self._stopped = False
        self._heard_from: int | None = None
        """The first sample of the call's sound that was this session's."""
        Outbox(bus, media.peer, media.clock)
        self._modes = ModeController(bus, engines.visits)
        self._camera = Camera(bus, engines.watching, clock)
        self._face: FaceOutput | None = None
        if stage is not None and media.face is not None and media.recording is not None:
            self._face = FaceOutput(bus, stage, media.face, media.recording)
        floor, control = Floor(bus, engines.hearing.pace), InputControl()
        prompt = Prompt(engines.mind.briefing, bus, clock)
        conversation = Conversation(prompt.system.text)
        self._responder = Responder(
            engines.mind, conversation, prompt, bus, seed=self.id.int & 0xFFFF
        )
        self._dialogue = Dialogue(
            bus,
            floor,
            conversation,
            self._responder,
            None if speaking.voice is None else Speaker(speaking.voice, speaking.filter, bus),
            media.playout,
            speaks_signs=engines.mind.speaks_signs,
        )
        self._segmenter = SpeechSegmenter(
            bus, floor, Vad(), engines.hearing.recogniser, Hints(engines.mind.rules)
        )
        self._calibrating = GuidedCalibration(bus, control)
        self._teaching = Teaching(
            self.id, caller, taught, control, bus, clock, self._dialogue, floor
        )
        listeners = (self._calibrating, self._segmenter, self._teaching)
        self._audio_input = AudioInput(bus, control, listeners, engines.hearing.filter)
        self._messages = Messages(bus, media.rates)
        bus.subscribe(MessageCame, self._message)
        bus.subscribe(HelloRepeated, lambda _: self._greet())
        bus.subscribe(Interrupted, self._interrupted)

    # -- its life ---------------------------------------------------------------------------

    def begin(self, cause: str) -> None:
        """Media flow, and whoever is there is this session's."""
        sends = self._media.peer.offer.sends_audio
        self.bus.publish(Connected(cause, audio=sends, video=self._face is not None))
        self._greet()
        if self.client is not None:
            self.bus.publish(self.client)
        self._responder.prime()
        for work in (self._tick(), self._report(), self._greet_at_last()):
            self._tasks.start(work)

    def watch(self) -> None:
        """The caller's camera, if there is one, is this session's to look at."""
        self._camera.attach(self._media.peer)

    def live(self) -> dict[str, Any]:
        """What is told of a session that goes on."""
        return {
            "id": str(self.id),
            "user": self._calling.caller.username,
            "mode": self._modes.mode,
            "consent_given": self._consented,
            "last_reply_ms": self._dialogue.last_reply_ms,
        }

    def closing(self, reason: str) -> None:
        """The call is about to end; the caller is told."""
        self._modes.close(reason)

    def stop(self) -> None:
        """Say, hear and do nothing any more; any number of times."""
        if self._stopped:
            return
        self._stopped = True
        self._messages.close()
        self._dialogue.close()
        self._segmenter.close()
        self._calibrating.close()
        self._camera.stop()
        self._audio_input.close()

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

    # -- what comes -------------------------------------------------------------------------

    def sound(self, pcm: NDArray[np.int16], start: int) -> None:
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

    def _message(self, message: MessageCame) -> None:
        said = message.said
        match message.kind:
            case "hello":
                self._hello(message)
            case "consent":
                self._consent(said["given"])
            case "text":
                self._dialogue.typed(said["text"])
            case "interrupt":
                self._dialogue.interrupt()
            case "calibrate":
                self._calibrating.ask(said)
            case "label":
                self._teaching.take(said)

    def _hello(self, message: MessageCame) -> None:
        said = message.said
        facts = {**self._calling.meta, **said.get("client", {})}
        self.client = ClientKnown(facts, self._keeping.client(facts), said.get("timezone"))
        self.bus.publish(self.client)
        self._consent(said["consent"])
        self._modes.called(said.get("away_ms", 0.0))

    def _consent(self, given: bool) -> None:
        self._consented = given and self._engines.asks_consent
        self.bus.publish(ConsentChanged(self._consented))

    def _greet(self) -> None:
        sends = {"audio": self._media.peer.offer.sends_audio, "video": self._face is not None}
        fields = {"session": str(self.id), "persona": self._engines.persona, "media": sends}
        self.bus.publish(ToCaller("hello", {"version": protocol.VERSION, **fields}))

    def _interrupted(self, interrupted: Interrupted) -> None:
        playout = self._media.playout
        (playout.hold if interrupted.silent else playout.resume)()

    # -- time -------------------------------------------------------------------------------

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._segmenter.tick()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(STATS_S)
            self._modes.heard(self._media.peer.silent_s > PAUSE_S)
            self._modes.tick()
            ear = self._media.ear
            stats = {
                "packets_lost": ear.lost if ear is not None else 0,
                "concealed": ear.concealed if ear is not None else 0,
                "loop_lag_ms": round(self._lag.recent_ms, 1),
                "last_reply_ms": self._dialogue.last_reply_ms,
            }
            self.bus.publish(ToCaller("stats", stats))

    async def _greet_at_last(self) -> None:
        await asyncio.sleep(GREET_S)
        self._modes.called()
