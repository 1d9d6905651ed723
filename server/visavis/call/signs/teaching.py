"""A caller's own signs in one call: lessons in which they are taught, and their use."""

from uuid import UUID

from visavis.call.commands.commands import LoadModels
from visavis.call.dialogue.dialogue import Dialogue
from visavis.call.events import (
    Bus,
    ClientKnown,
    ConsentChanged,
    LessonChanged,
    Looked,
    MessageCame,
)
from visavis.call.hearing.audio_input import AudioChunk, InputControl
from visavis.call.rtc.caller import Caller
from visavis.call.signs.lessons import Lessons
from visavis.call.signs.signs import Signs
from visavis.call.turns.floor import Floor
from visavis.call.voice.clock import SessionClock
from visavis.compute.tasks import Tasks
from visavis.learning.taught import Taught

CLOSE_S = 2.0
"""So long the end of a call waits for takes that are being kept or taken away."""


class Teaching:
    """Of one session: while a lesson is on no sign is understood, afterwards those of the models
    that serve then."""

    def __init__(
        self,
        session: UUID,
        caller: Caller,
        taught: Taught | None,
        control: InputControl,
        bus: Bus,
        clock: SessionClock,
        dialogue: Dialogue,
        floor: Floor,
    ) -> None:
        """As of :class:`Lessons` and :class:`Signs`."""
        self._bus = bus
        self._floor = floor
        self._tasks = Tasks(bus.fault, "signs")
        self._lessons = Lessons(session, caller, taught, control, bus, clock, self._tasks)
        self._signs = Signs(
            session, caller, taught, bus, clock, dialogue, floor, self._lessons, self._tasks
        )
        bus.subscribe(MessageCame, self._message)
        bus.subscribe(ClientKnown, lambda _: self._load())
        bus.subscribe(LoadModels, self._models_changed)
        bus.subscribe(Looked, self._looked)
        bus.subscribe(ConsentChanged, self._consent)
        bus.subscribe(LessonChanged, self._lesson_changed)

    def sound(self, chunk: AudioChunk) -> None:
        """What the caller's microphone hears, in a lesson too."""
        self._lessons.sound(chunk.pcm)
        self._signs.sound(chunk.pcm)

    async def close(self) -> None:
        """The call is over; what is being kept or taken away is, before this returns."""
        self._lessons.close()
        self._signs.pause()
        for _ in range(await self._tasks.finish(CLOSE_S)):
            message = "A take was not kept or taken away before the call ended."
            self._bus.fault("signs", message)

    def _message(self, message: MessageCame) -> None:
        if message.kind == "label":
            correct = message.said["do"] == "correct"
            (self._signs.correct if correct else self._lessons.take)(message.said)

    def _load(self) -> None:
        self._tasks.start(self._signs.load())

    def _models_changed(self, _: LoadModels) -> None:
        """Now: a sign is weighed by one model from its beginning to its end, and the others serve
        until these are read. The end of a lesson loads them by itself."""
        if not self._lessons.on:
            self._load()

    def _looked(self, look: Looked) -> None:
        self._lessons.look(look)
        self._signs.look(look)

    def _consent(self, consent: ConsentChanged) -> None:
        self._lessons.consent(consent.given)
        self._signs.consent(consent.given)

    def _lesson_changed(self, lesson: LessonChanged) -> None:
        self._floor.expect(not lesson.on)
        if lesson.on:
            self._signs.pause()
        else:
            self._load()
