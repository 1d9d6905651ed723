"""One person in a call: the parts that hold a conversation, put together and let go.

Media are the call's and stay (`Media`); what is here is of whoever is there now: what is said is
`Dialogue`'s, what is seen is `Camera`'s. Here stand the modes and the messages on the data
channel. Who leaves takes all of it along.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.call.calibration.guided import GuidedCalibration
from visavis.call.caller import Caller
from visavis.call.camera.camera import Camera
from visavis.call.camera.frames import Look
from visavis.call.channel import protocol
from visavis.call.channel.messages import Measures, Messages
from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.dialogue import Dialogue
from visavis.call.dialogue.prompt import Prompt
from visavis.call.dialogue.responder import Responder
from visavis.call.engines import Engines
from visavis.call.face.output import FaceOutput
from visavis.call.hearing.audio_input import AudioInput
from visavis.call.keeping.event_log import EventLog
from visavis.call.keeping.judging import Judging
from visavis.call.media import Media
from visavis.call.modes.controller import ModeController
from visavis.call.modes.machine import Line
from visavis.call.signs.teaching import Teaching
from visavis.call.turns.hints import Hints
from visavis.call.turns.segmenter import SpeechSegmenter
from visavis.call.turns.turns import Turns
from visavis.call.voice.persona_filter import filtered
from visavis.call.voice.utterance import Event
from visavis.compute.asker import Asker
from visavis.engines.base import asked_by
from visavis.engines.stt.vad import Vad
from visavis.learning.taught import Taught
from visavis.records.recorder import Recorder

TICK_S = 0.02
STATS_S = 2.0
GREET_S = 1.0
"""A caller without a data channel says no hello; so long it is waited for."""
PAUSE_S = 3.0
"""Nothing at all has come from the caller for so long: the call pauses."""


@dataclass(frozen=True)
class Client:
    """What the caller's browser or telephone has told of itself, and its row."""

    facts: dict[str, Any]
    row: UUID
    timezone: str | None


class Session:
    """Of whoever is there. Begun by `begin`, stopped by `stop`, kept when `finish` returns."""

    def __init__(
        self,
        media: Media,
        engines: Engines,
        recorder: Recorder,
        *,
        caller: Caller,
        taught: Taught | None,
        initiator: str,
        meta: dict[str, str],
        client: Client | None,
        lag_ms: Callable[[], float],
        on_hang_up: Callable[[str], None],
        on_left: Callable[[bool], None],
    ) -> None:
        """`taught`: what is known of callers' signs; `meta`: what signalling knows of the caller;
        `client`: what an earlier session of the call was told; `lag_ms()`: the event loop's
        present lag; `on_hang_up(cause)`: the call is to end; `on_left(talked)`: only this session
        is, for nobody is there any more."""
        self.id = recorder.session_started(user=caller.user_id, initiator=initiator)
        self.client = client
        self._username = caller.username
        self._consented = False
        self._media = media
        self._engines = engines
        self._recorder = recorder
        self._meta = meta
        self._lag_ms = lag_ms
        self._audio = media.peer.offer.sends_audio
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopped = False
        self._heard_from: int | None = None
        """The first sample of the call's sound that was this session's."""
        self._began_ms = media.clock.now_ms()
        """On the call's media clock. What is kept counts from here."""
        self._camera = Camera(
            self.id,
            recorder,
            engines,
            self._now_ms,
            self._looked,
            lambda kind, what, message: self._dialogue.fault(kind, what, message),
        )
        self._visit = ModeController(
            self.id,
            recorder,
            engines.visits,
            send=self._send,
            say=self.say,
            on_left=on_left,
            on_fault=self.fault,
        )
        self._event_log = EventLog(self.id, recorder, self._now_ms)
        self._face_output: FaceOutput | None = None
        if engines.stage is not None and media.face is not None and media.recording is not None:
            self._face_output = FaceOutput(
                self.id, recorder, engines.stage, media.face, media.recording, self.fault
            )
        self._prompt = Prompt(engines.briefing, self.fault)
        self._prompt.seeing = self._camera.sight.text
        conversation = Conversation(self._prompt.system.text)
        self._responder = Responder(
            engines.rules,
            asked_by(engines.chat, Asker(self.id)),
            conversation,
            self._prompt,
            self.fault,
            seed=self.id.int & 0xFFFF,
            openers=engines.openers,
            opener_after_s=engines.opener_after_s,
            max_tokens=engines.max_tokens,
            temperature=engines.temperature,
        )
        turns = Turns(engines.pace)
        self._dialogue = Dialogue(
            session=self.id,
            recorder=recorder,
            event_log=self._event_log,
            conversation=conversation,
            responder=self._responder,
            voice=filtered(engines.voice, engines.persona_filter, self.fault),
            playout=media.playout,
            turns=turns,
            send=self._send,
            on_active=self._visit.active,
            on_hang_up=on_hang_up,
            on_trouble=self._visit.trouble,
            on_reply=self._reply_begins,
            on_spoken=self._spoken,
            may_prompt=lambda: self._visit.expects,
            speaks_signs=engines.speaks_signs,
        )
        self._messages = Messages(
            {
                "hello": self._hello,
                "consent": lambda said: self._consent(said["given"]),
                "text": lambda said: self._dialogue.typed(said["text"]),
                "interrupt": lambda said: self._dialogue.interrupt(),
                "stats": Measures(recorder, self.id, self.fault).take,
                "calibrate": lambda said: self._calibrating.ask(said),
                "label": lambda said: self._teaching.take(said),
                "judge": Judging(
                    recorder, caller.user_id, self._dialogue.minutes.chat_of, self._send
                ).take,
            },
            refuse=lambda kind, message: self._send("fault", kind=kind, message=message),
            fault=self._dialogue.fault,
            told=self._told,
            again=self._greet,
            rates=media.rates,
        )
        self._listening = self._dialogue.listening = SpeechSegmenter(
            turns,
            Vad(),
            asked_by(engines.recogniser, Asker(self.id)),
            Hints(engines.rules),
            self._dialogue.act,
            self.fault,
        )
        self._audio_input = self._listening.audio_input = AudioInput(
            self._listening.sound, self.fault, engines.caller_filter
        )
        self._calibrating = GuidedCalibration(
            self.id,
            recorder,
            self._audio_input,
            self._event_log,
            self._send,
            self._dialogue.interrupt,
            self.fault,
        )
        self._teaching = Teaching(
            self.id,
            caller,
            taught,
            recorder,
            self._event_log,
            self._dialogue,
            self._audio_input,
            turns,
            self._now_ms,
            send=self._send,
            on_fault=self.fault,
        )

    # -- its life ---------------------------------------------------------------------------

    def begin(self, cause: str) -> None:
        """Media flow, and whoever is there is this session's."""
        self._visit.connected(cause)
        self._event_log.note("connected", audio=self._audio, video=self._face_output is not None)
        self._greet()
        if self.client is not None:
            self._known(self.client)
        self._responder.prime()
        self._start(self._tick())
        self._start(self._report())
        self._start(self._greet_at_last())

    def _greet(self) -> None:
        self._send(
            "hello",
            version=protocol.VERSION,
            session=str(self.id),
            persona=self._engines.persona,
            media={"audio": self._audio, "video": self._face_output is not None},
        )

    def watch(self) -> None:
        """The caller's camera, if there is one, is this session's to look at."""
        self._camera.attach(self._media.peer)

    def live(self) -> dict[str, Any]:
        """What is told of a session that goes on."""
        return {
            "id": str(self.id),
            "user": self._username,
            "mode": self._visit.mode,
            "consent_given": self._consented,
            "last_reply_ms": self._dialogue.last_reply_ms,
        }

    def closing(self, reason: str) -> None:
        """The call is about to end; the caller is told."""
        self._visit.close(reason)

    def stop(self) -> None:
        """Say, hear and do nothing any more; any number of times."""
        if self._stopped:
            return
        self._stopped = True
        self._messages.close()
        self._dialogue.close()
        self._calibrating.close()
        self._camera.stop()
        self._audio_input.keep_costs(self._recorder, self.id)

    async def finish(self, reason: str) -> None:
        """After `stop`: wait until all of it is kept, and end its row."""
        try:
            self._visit.close(reason)
            await self._teaching.close()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._camera.close()
            if self._face_output is not None:
                await self._face_output.kept()
        finally:
            self._event_log.note("hang_up", cause=reason)
            self._recorder.session_finished(self.id, ending=reason)

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

    def say(self, line: Line) -> None:
        """One of the persona's lines of that kind, unless somebody is being taught."""
        if not self._teaching.lesson:
            self._dialogue.say(line, self._engines.lines[line])

    def message(self, message: str | bytes) -> None:
        """What the caller sends on the data channel."""
        self._messages.take(message)

    def fault(self, kind: str, message: str) -> None:
        """Something failed in this call."""
        self._dialogue.fault(kind, message)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._listening.tick()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(STATS_S)
            self._pause_or_go_on()
            if self._teaching.lesson:  # who is being taught neither speaks nor types
                self._visit.noticed()
            self._visit.tick()
            ear = self._media.ear
            self._send(
                "stats",
                packets_lost=ear.lost if ear is not None else 0,
                concealed=ear.concealed if ear is not None else 0,
                loop_lag_ms=round(self._lag_ms(), 1),
                last_reply_ms=self._dialogue.last_reply_ms,
            )

    async def _greet_at_last(self) -> None:
        await asyncio.sleep(GREET_S)
        self._visit.called()

    def _pause_or_go_on(self) -> None:
        silent = self._media.peer.silent_s > PAUSE_S
        if self._visit.heard(silent):
            (self._media.playout.hold if silent else self._media.playout.resume)()
            self._event_log.note("paused" if silent else "resumed")

    # -- messages ---------------------------------------------------------------------------

    def _send(self, kind: str, /, **fields: Any) -> None:
        self._media.peer.send(protocol.message(kind, self._media.clock.now_ms(), **fields))

    def _told(self, said: dict[str, Any]) -> None:
        self._event_log.said(said)
        if said["type"] not in ("hello", "stats"):
            self._visit.noticed()

    def _hello(self, said: dict[str, Any]) -> None:
        facts = {**self._meta, **said.get("client", {})}
        self.client = Client(facts, self._recorder.client_system(facts), said.get("timezone"))
        self._known(self.client)
        self._consent(said["consent"])
        self._visit.called(said.get("away_ms", 0.0))

    def _known(self, client: Client) -> None:
        self._start(self._calibrating.recall(client.facts, client.row))
        self._recorder.session_facts(self.id, timezone=client.timezone, client_system=client.row)
        self._responder.hello(client.timezone)
        self._teaching.hello()

    def _consent(self, given: bool) -> None:
        given = self._consented = given and self._engines.asks_consent
        self._start(self._recorder.consent(self.id, given))
        self._calibrating.consent(given)
        self._visit.consent(given)
        self._teaching.consent(given)
        self._camera.consent(given)

    # -- what is said and seen --------------------------------------------------------------

    def _reply_begins(self) -> None:
        self._visit.answering()
        if self._face_output is not None:
            self._face_output.reply_begins()

    def _spoken(self, turn: UUID, spoken: list[UUID]) -> None:
        self._visit.quiet()
        if self._face_output is not None:
            self._face_output.spoken(turn, spoken)

    def _looked(self, look: Look) -> None:
        self._visit.looked(look.landmarks)
        self._calibrating.seen(look.landmarks, look.light)
        self._teaching.look(look)

    # -- odds and ends ----------------------------------------------------------------------

    def _now_ms(self) -> float:
        return self._media.clock.now_ms() - self._began_ms

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fault("call", f"{type(error).__name__}: {error}")
