"""One call from offer to hang-up: the parts put together, their lives begun and ended.

Media comes and goes through `Peer`; what is said is `Dialogue`'s; what is seen is `Seeing`'s. Here
stand the modes, the messages on the data channel, and the order in which things end.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import UUID

from server.call import events, offer
from server.call.calibrating import Calibrating
from server.call.caller import Caller
from server.call.chronicle import Chronicle
from server.call.clock import MediaClock
from server.call.conversation import Conversation
from server.call.dialogue import Dialogue
from server.call.engines import Engines
from server.call.hearing import Ear
from server.call.hints import Hints
from server.call.judging import Judging
from server.call.listening import Listening
from server.call.messages import Measures, Messages
from server.call.peer import Peer
from server.call.persona_filter import filtered
from server.call.playout import Playout
from server.call.prompt import Prompt
from server.call.seeing import Look
from server.call.showing import Showing
from server.call.teaching import Teaching
from server.call.thinking import Thinking
from server.call.treatment import Treatment
from server.call.turns import Turns
from server.call.visit import Visit
from server.call.voice_track import VoiceTrack
from server.call.watching import Watching
from server.call.workflow import Line
from server.learning.taught import Taught
from server.records.recorder import Recorder
from server.stt.vad import Vad

TICK_S = 0.02
STATS_S = 2.0
GREET_S = 1.0
"""A caller without a data channel says no hello; so long it is waited for."""
PAUSE_S = 3.0
"""Nothing at all has come from the caller for so long: the call pauses."""


class Session:
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
        self.id = recorder.session_started(user=caller.user_id, initiator=initiator)
        self._username = caller.username
        self._started = datetime.now(UTC)
        self._consented = False
        self._engines = engines
        self._recorder = recorder
        self._meta = meta
        self._lag_ms = lag_ms
        self._on_closed = on_closed
        self._tasks: set[asyncio.Task[Any]] = set()
        self._finishing: asyncio.Task[None] | None = None
        self._finished = asyncio.Event()
        self._ending: str | None = None
        self._ear: Ear | None = None
        self._clock = MediaClock()
        self._watching = Watching(
            self.id,
            recorder,
            engines,
            self._clock.now_ms,
            self._looked,
            lambda kind, what, message: self._dialogue.fault(kind, what, message),
        )
        self._visit = Visit(
            self.id,
            recorder,
            engines.visits,
            send=self._send,
            say=self._say,
            forget=lambda: self._thinking.forget(),
            on_fault=self._fault,
        )
        self._chronicle = Chronicle(self.id, recorder, self._clock.now_ms)
        self._playout = Playout(self._playout_event)
        self._showing: Showing | None = None
        if engines.stage is not None and wanted.sends_video:
            self._showing = Showing(
                self.id, recorder, engines.stage, self._playout, self._clock, self._fault
            )
        showing = self._showing
        tap = showing.voice if showing is not None else None
        self._peer = Peer(
            wanted,
            voice=VoiceTrack(self._playout, self._clock, tap=tap),
            face=showing.face if showing is not None else None,
            configuration=engines.ice,
            sees=engines.watchers is not None,
            on_connected=self._connected,
            on_text=self._message,
            on_closed=self._peer_closed,
            on_fault=self._fault,
        )
        self._prompt = Prompt(engines.briefing, self._fault)
        self._prompt.seeing = self._watching.sight.text
        conversation = Conversation(self._prompt.system.text)
        self._thinking = Thinking(
            engines.rules,
            engines.chat,
            conversation,
            self._prompt,
            self._fault,
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
            chronicle=self._chronicle,
            conversation=conversation,
            thinking=self._thinking,
            voice=filtered(engines.voice, engines.persona_filter, self._fault),
            playout=self._playout,
            turns=turns,
            send=self._send,
            on_active=self._visit.active,
            on_hang_up=lambda cause: self._start(self.close(cause)),
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
                "stats": Measures(recorder, self.id, self._fault).take,
                "calibrate": lambda said: self._calibrating.ask(said),
                "label": lambda said: self._teaching.take(said),
                "judge": Judging(
                    recorder, caller.user_id, self._dialogue.minutes.chat_of, self._send
                ).take,
            },
            refuse=lambda kind, message: self._send("fault", kind=kind, message=message),
            fault=self._dialogue.fault,
            told=self._chronicle.said,
        )
        self._listening = self._dialogue.listening = Listening(
            turns,
            Vad(),
            engines.recogniser,
            Hints(engines.rules),
            self._dialogue.act,
            self._fault,
        )
        self._treatment = self._listening.treatment = Treatment(
            self._listening.sound, self._fault, engines.caller_filter
        )
        self._calibrating = Calibrating(
            self.id,
            recorder,
            self._treatment,
            self._chronicle,
            self._send,
            self._dialogue.interrupt,
            self._fault,
        )
        self._teaching = Teaching(
            self.id,
            caller,
            taught,
            recorder,
            self._chronicle,
            self._dialogue,
            self._treatment,
            turns,
            self._clock.now_ms,
            send=self._send,
            on_fault=self._fault,
        )

    # -- the life of a call -----------------------------------------------------------------

    async def answer(self) -> str:
        """The SDP answer."""
        began = monotonic()
        sdp = await self._peer.answer()
        if self._peer.audio is not None:
            self._ear = Ear(self._peer.audio, self._treatment.sound, self._fault)
        self._watching.attach(self._peer)
        self._recorder.performance("answer", (monotonic() - began) * 1000, session=self.id)
        return sdp

    def live(self) -> dict[str, Any]:
        """What is told of a call that goes on."""
        return {
            "id": str(self.id),
            "user": self._username,
            "started": self._started.isoformat(),
            "mode": self._visit.mode,
            "consent_given": self._consented,
            "last_reply_ms": self._dialogue.last_reply_ms,
        }

    async def trickle(self, fragment: str) -> None:
        """More candidates of the caller's."""
        await self._peer.add_candidates(fragment)

    async def close(self, reason: str = "hung up") -> None:
        """Tell the caller, end the call, wait until all of it is kept; any number of times."""
        if self._ending is None:
            self._ending = reason
            self._visit.close(reason)
            await self._peer.told()
        await self._peer.close(reason)
        await self._finished.wait()

    def _connected(self) -> None:
        self._visit.connected()
        self._chronicle.note(
            "connected", audio=self._peer.offer.sends_audio, video=self._showing is not None
        )
        self._send(
            "hello",
            version=events.VERSION,
            session=str(self.id),
            persona=self._engines.persona,
            media={"audio": self._peer.offer.sends_audio, "video": self._showing is not None},
        )
        self._thinking.prime()
        self._start(self._tick())
        self._start(self._report())
        self._start(self._greet_at_last())

    def _peer_closed(self, reason: str) -> None:
        """However it came about: the connection is gone."""
        self._ending = self._ending or reason
        self._finishing = asyncio.create_task(self._finish(self._ending))

    async def _finish(self, reason: str) -> None:
        try:
            await self._let_go(reason)
        finally:
            self._chronicle.note("hang_up", cause=reason)
            self._recorder.session_finished(self.id, ending=reason)
            self._finished.set()
            self._on_closed(self.id)

    async def _let_go(self, reason: str) -> None:
        self._visit.close(reason)
        self._messages.close()
        await self._teaching.close()
        self._dialogue.close()
        self._calibrating.close()
        self._treatment.keep_costs(self._recorder, self.id)
        if self._ear is not None:
            self._ear.close()
        current = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._watching.close()
        if self._showing is not None:
            await self._showing.kept()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._listening.tick()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(STATS_S)
            self._pause_or_go_on()
            self._visit.tick()
            ear = self._ear
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
        silent = self._peer.silent_s > PAUSE_S
        if self._visit.heard(silent):
            (self._playout.hold if silent else self._playout.resume)()
            self._chronicle.note("paused" if silent else "resumed")

    # -- messages ---------------------------------------------------------------------------

    def _send(self, kind: str, /, **fields: Any) -> None:
        self._peer.send(events.message(kind, self._clock.now_ms(), **fields))

    def _message(self, message: str | bytes) -> None:
        if self._ending is None:  # afterwards the caller has been told that the call is over
            self._messages.take(message)

    def _hello(self, said: dict[str, Any]) -> None:
        facts = {**self._meta, **said.get("client", {})}
        system = self._recorder.client_system(facts)
        self._start(self._calibrating.recall(facts, system))
        zone = said.get("timezone")
        self._recorder.session_facts(self.id, timezone=zone, client_system=system)
        self._thinking.hello(zone)
        self._consent(said["consent"])
        self._teaching.hello()
        self._visit.called(said.get("away_ms", 0.0))

    def _consent(self, given: bool) -> None:
        given = self._consented = given and self._engines.asks_consent
        self._start(self._recorder.consent(self.id, given))
        self._calibrating.consent(given)
        self._visit.consent(given)
        self._teaching.consent(given)
        self._watching.consent(given)

    # -- what is said and seen --------------------------------------------------------------

    def _playout_event(self, event: Any) -> None:
        self._dialogue.playout_event(event)

    def _reply_begins(self) -> None:
        self._visit.answering()
        if self._showing is not None:
            self._showing.reply_begins()

    def _spoken(self, turn: UUID, spoken: list[UUID]) -> None:
        self._visit.quiet()
        if self._showing is not None:
            self._showing.spoken(turn, spoken)

    def _looked(self, look: Look) -> None:
        self._visit.looked(look.landmarks)
        self._calibrating.seen(look.landmarks, look.light)
        self._teaching.look(look)

    def _say(self, line: Line) -> None:
        if not self._teaching.lesson:
            self._dialogue.say(line, self._engines.lines[line])

    # -- odds and ends ----------------------------------------------------------------------

    def _fault(self, kind: str, message: str) -> None:
        self._dialogue.fault(kind, message)

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fault("call", f"{type(error).__name__}: {error}")
