"""A caller's own signs and sounds, understood while they call, with the models that serve them.

Pictures that were looked at and sound that was heard go through small bounded queues to a thread
each; what comes back now and then is a sign. A known one becomes the caller's words, an unknown
one is shown and nothing is said. The latest can be corrected, which makes takes of them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from visavis.call.dialogue.dialogue import Dialogue
from visavis.call.events import Bus, Looked, Measured, SignMade, ToCaller
from visavis.call.rtc.caller import Caller
from visavis.call.signs.lessons import RATE, Lessons
from visavis.call.turns.floor import Floor
from visavis.call.voice.clock import SessionClock
from visavis.compute.tasks import Tasks
from visavis.engines.pose.features import dump
from visavis.learning.errors import LearningError, Unreachable
from visavis.learning.examples import Modality, Take, sound_file
from visavis.learning.recogniser import Recognised, SignRecogniser
from visavis.learning.registry import Serving
from visavis.learning.sounds import Sounded, SoundRecogniser
from visavis.learning.taught import Taught

WAIT = 16
"""Pictures, or packets of sound, that wait for their thread; more are dropped, and that is told."""
REMEMBERED = 20
"""Signs of a call that can still be corrected."""
GONE = "That sign is not one of this call, or was too long ago."


class _Made:
    """A sign that was made, while it can be corrected."""

    def __init__(
        self,
        modality: Modality,
        serving: Serving,
        found: Recognised | Sounded,
        npz: Callable[[], bytes],
    ) -> None:
        """`npz()` makes a take of it; some ms, for a thread."""
        self.modality = modality
        self.serving = serving
        self.label = found.label
        self.nearest = found.nearest
        self.confidence = found.confidence
        self.npz = npz
        self.example: UUID | None = None

    def correct(self, example: UUID, label: str) -> None:
        """It is this take now, and has another label."""
        self.example, self.label = example, label


class Signs:
    """What the caller of a session signs and utters, understood by the models of what they taught.
    Used from the event loop."""

    def __init__(
        self,
        session: UUID,
        caller: Caller,
        taught: Taught | None,
        bus: Bus,
        clock: SessionClock,
        dialogue: Dialogue,
        floor: Floor,
        lessons: Lessons,
        tasks: Tasks,
    ) -> None:
        """`floor` tells whether what sounds is taken for speech, `lessons` why no take can be kept;
        `tasks` runs what may take a while."""
        self._session = session
        self._caller = caller
        self._taught = taught
        self._bus = bus
        self._clock = clock
        self._dialogue = dialogue
        self._floor = floor
        self._lessons = lessons
        self._tasks = tasks
        self._seen: asyncio.Queue[Looked] | None = None
        self._heard: asyncio.Queue[tuple[NDArray[np.int16], float]] | None = None
        self._recognising: list[asyncio.Task[None]] = []
        self._made: OrderedDict[UUID, _Made] = OrderedDict()
        self._behind = False

    async def load(self) -> None:
        """Understand what the caller's models of now do, and tell them."""
        if self._taught is None:
            return
        try:
            models = await self._taught.models(self._caller.user_id)
        except Unreachable as error:
            self._bus.fault("signs", f"the caller's models can't be read: {error}")
            return
        self.pause()  # until now those of before have served
        if (gesture := models.get("gesture")) is not None:
            self._seen = asyncio.Queue(WAIT)
            self._recognising.append(asyncio.create_task(self._watch(self._seen, gesture)))
        if (audio := models.get("audio")) is not None:
            self._heard = asyncio.Queue(WAIT)
            self._recognising.append(asyncio.create_task(self._listen(self._heard, audio)))
        labels = {modality: list(one.model.labels) for modality, one in models.items()}
        self._tell("signs", gesture=labels.get("gesture", []), audio=labels.get("audio", []))

    def pause(self) -> None:
        """Understand nothing until models are loaded again."""
        for task in self._recognising:
            task.cancel()
        self._recognising.clear()
        self._seen = self._heard = None

    def look(self, look: Looked) -> None:
        """A picture was looked at, with consent."""
        if self._seen is not None:
            self._put(self._seen, look)

    def sound(self, pcm: NDArray[np.int16]) -> None:
        """The next (N,) samples at 16 kHz."""
        if self._heard is not None:
            self._put(self._heard, (pcm, monotonic()))

    def consent(self, given: bool) -> None:
        """Taken back, signs made before can't become takes any more."""
        if not given:
            self._made.clear()

    def correct(self, said: Mapping[str, Any]) -> None:
        """A message `label` with `correct`."""
        sign, why = UUID(said["id"]), self._lessons.unwilling()
        made = self._made.get(sign)
        if why is None and made is not None:
            self._tasks.start(self._corrected(sign, made, said["label"]))
        else:
            self._tell("fault", kind="not_corrected", message=why or GONE)

    # -- inside -----------------------------------------------------------------------------

    def _put(self, queue: asyncio.Queue[Any], item: object) -> None:
        try:
            queue.put_nowait(item)
        except asyncio.QueueFull:
            if not self._behind:
                self._bus.fault("signs_behind", "Signs are weighed too slowly; some are missed.")
            self._behind = True

    async def _watch(self, queue: asyncio.Queue[Looked], serving: Serving) -> None:
        recogniser = SignRecogniser(serving.model)
        while True:
            look = await queue.get()
            try:
                found = await asyncio.to_thread(recogniser.frame, look.landmarks, look.size)
            except Exception as error:
                self._broken(serving, error)
                return
            if found is not None:
                at = monotonic() - (self._clock.now_ms() - found.to_ms) / 1000
                npz = partial(dump, look.header, found.frames)
                self._recognised(found, at, _Made("gesture", serving, found, npz))
            queue.task_done()

    async def _listen(
        self, queue: asyncio.Queue[tuple[NDArray[np.int16], float]], serving: Serving
    ) -> None:
        recogniser, length = SoundRecogniser(serving.model, RATE), 0
        while True:
            pcm, arrived = await queue.get()
            length += len(pcm)
            try:
                found = await asyncio.to_thread(recogniser.sound, pcm)
            except Exception as error:
                self._broken(serving, error)
                return
            if found is not None:
                at = arrived - (length * 1000 / RATE - found.to_ms) / 1000
                wave = found.pcm.astype(np.float32) / 32768
                npz = partial(sound_file, wave, RATE)
                self._recognised(found, at, _Made("audio", serving, found, npz))

    def _broken(self, serving: Serving, error: Exception) -> None:
        self._bus.fault(
            "signs", f"model {serving.row['model_id']}: {type(error).__name__}: {error}"
        )

    def _recognised(self, found: Recognised | Sounded, at: float, made: _Made) -> None:
        modality, model = made.modality, made.serving.row
        if modality == "audio" and found.label is None and self._speaks():
            return  # words, not an unknown sound
        sign, turn = uuid7(), None
        if found.label is not None:
            turn = self._dialogue.signed(found.label, at, sound=modality == "audio")
        self._made[sign] = made
        while len(self._made) > REMEMBERED:
            self._made.popitem(last=False)
        self._bus.publish(
            SignMade(
                sign,
                turn,
                found.label,
                modality,
                {
                    "known": found.label is not None,
                    "confidence": round(found.confidence, 3),
                    "length_ms": round(found.to_ms - found.from_ms, 1),
                    "model": model["model_id"],
                },
            )
        )
        self._bus.publish(
            Measured(
                "sign",
                (monotonic() - at) * 1000,
                turn=turn,
                system=model["trainer_name"],
                parameters={"modality": modality, "model": model["model_id"]},
            )
        )
        self._show(sign, made, turn)

    def _show(
        self, sign: UUID, made: _Made, turn: UUID | None, *, state: str = "recognised"
    ) -> None:
        self._tell(
            "sign",
            id=str(sign),
            modality=made.modality,
            label=made.label,
            nearest=made.nearest,
            confidence=round(made.confidence, 3),
            state=state,
            **({"turn": str(turn)} if turn is not None else {}),
        )

    async def _corrected(self, sign: UUID, made: _Made, label: str) -> None:
        """The sign becomes a take, and its right word what the caller says."""
        assert self._taught is not None  # else `unwilling` had said so
        try:
            if made.example is None:
                take = Take(
                    self._caller.user_id,
                    self._session,
                    made.modality,
                    label,
                    await asyncio.to_thread(made.npz),
                    performer=self._caller.username,
                    consent=True,
                    status="corrected",
                    details={
                        "sign": str(sign),
                        "recognised": made.label,
                        "nearest": made.nearest,
                        "model": made.serving.row["model_id"],
                    },
                )
                row = await self._taught.keep(take)
            else:
                row = await self._taught.correct(self._caller.user_id, made.example, label)
        except LearningError as reason:
            self._tell("fault", kind="not_corrected", message=str(reason))
            return
        if self._lessons.unwilling() is not None:  # consent was taken back meanwhile
            await self._taught.withdraw(self._caller.user_id, self._session)
            return
        made.correct(UUID(row["example_id"]), row["label"])
        turn = self._dialogue.signed(row["label"], monotonic(), sound=False)
        facts = {"example": row["example_id"]}
        self._bus.publish(SignMade(sign, turn, row["label"], made.modality, facts, corrected=True))
        self._show(sign, made, turn, state="corrected")

    def _speaks(self) -> bool:
        """Whether what sounds is taken for speech."""
        return self._floor.hearing or self._floor.answering

    def _tell(self, kind: str, /, **fields: Any) -> None:
        self._bus.publish(ToCaller(kind, fields))
