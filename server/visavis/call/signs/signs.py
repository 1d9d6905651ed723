"""A caller's own signs and sounds, understood while they call, with the models that serve them.

Pictures that were looked at and sound that was heard go through small bounded queues to a thread
each; what comes back now and then is a sign. A known one becomes the caller's words, an unknown
one is shown and nothing is said. The latest can be corrected, which makes takes of them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from visavis.call.caller import Caller
from visavis.call.camera.frames import Look
from visavis.call.keeping.event_log import EventLog
from visavis.call.signs.lessons import RATE
from visavis.engines.pose.features import dump
from visavis.learning.errors import LearningError
from visavis.learning.examples import Modality, Take, sound_file
from visavis.learning.recogniser import Recognised, Recogniser
from visavis.learning.registry import Serving
from visavis.learning.sounds import Sounded, SoundRecogniser
from visavis.learning.taught import Taught
from visavis.records.reading.reader import Away
from visavis.records.recorder import Recorder

WAIT = 16
"""Pictures, or packets of sound, that wait for their thread; more are dropped, and that is told."""
REMEMBERED = 20
"""Signs of a call that can still be corrected."""
GONE = "That sign is not one of this call, or was too long ago."


class Answer(Protocol):
    """`Dialogue.signed`."""

    def __call__(self, label: str, at: float, *, sound: bool) -> UUID:
        """The turn that the sign belongs to."""


@dataclass
class _Made:
    """A sign that was made, while it can be corrected."""

    modality: Modality
    serving: Serving
    label: str | None
    nearest: str
    confidence: float
    npz: Callable[[], bytes]
    example: UUID | None = None


class Signs:
    """Of one call. Used from the event loop."""

    def __init__(
        self,
        session: UUID,
        caller: Caller,
        taught: Taught | None,
        recorder: Recorder,
        event_log: EventLog,
        now_ms: Callable[[], float],
        *,
        send: Callable[..., None],
        answer: Answer,
        speaks: Callable[[], bool],
        unwilling: Callable[[], str | None],
        start: Callable[[Coroutine[Any, Any, None]], None],
        on_fault: Callable[[str, str], None],
    ) -> None:
        """`now_ms()`: the call's media clock; `send(kind, **fields)` reaches the caller;
        `speaks()`: whether what sounds is taken for speech; `unwilling()`: why no take of theirs
        can be kept; `start` runs what may take a while and makes faults of what fails in it."""
        self._session = session
        self._caller = caller
        self._taught = taught
        self._recorder = recorder
        self._event_log = event_log
        self._now_ms = now_ms
        self._send = send
        self._answer = answer
        self._speaks = speaks
        self._unwilling = unwilling
        self._start = start
        self._on_fault = on_fault
        self._seen: asyncio.Queue[Look] | None = None
        self._heard: asyncio.Queue[tuple[NDArray[np.int16], float]] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._made: OrderedDict[UUID, _Made] = OrderedDict()
        self._behind = False

    async def load(self) -> None:
        """Understand what the caller's models of now do, and tell them."""
        self.pause()
        if self._taught is None:
            return
        try:
            models = await self._taught.models(self._caller.user_id)
        except Away as error:
            self._on_fault("signs", f"the caller's models can't be read: {error}")
            return
        self.pause()  # somebody may have loaded meanwhile
        if (gesture := models.get("gesture")) is not None:
            self._seen = asyncio.Queue(WAIT)
            self._tasks.append(asyncio.create_task(self._watch(self._seen, gesture)))
        if (audio := models.get("audio")) is not None:
            self._heard = asyncio.Queue(WAIT)
            self._tasks.append(asyncio.create_task(self._listen(self._heard, audio)))
        labels = {modality: list(one.model.labels) for modality, one in models.items()}
        self._send("signs", gesture=labels.get("gesture", []), audio=labels.get("audio", []))

    def pause(self) -> None:
        """Understand nothing until models are loaded again."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        self._seen = self._heard = None

    def look(self, look: Look) -> None:
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

    def correct(self, said: dict[str, Any]) -> None:
        """A message `label` with `correct`."""
        sign, why = UUID(said["id"]), self._unwilling()
        made = self._made.get(sign)
        if why is None and made is not None:
            self._start(self._corrected(sign, made, said["label"]))
        else:
            self._send("fault", kind="not_corrected", message=why or GONE)

    # -- inside -----------------------------------------------------------------------------

    def _put(self, queue: asyncio.Queue[Any], item: object) -> None:
        try:
            queue.put_nowait(item)
        except asyncio.QueueFull:
            if not self._behind:
                self._on_fault("signs_behind", "Signs are weighed too slowly; some are missed.")
            self._behind = True

    async def _watch(self, queue: asyncio.Queue[Look], serving: Serving) -> None:
        recogniser = Recogniser(serving.model)
        while True:
            look = await queue.get()
            try:
                found = await asyncio.to_thread(recogniser.frame, look.landmarks, look.size)
            except Exception as error:
                self._broken(serving, error)
                return
            if found is not None:
                at = monotonic() - (self._now_ms() - found.to_ms) / 1000
                npz = partial(dump, look.header, found.frames)
                self._recognised("gesture", serving, found, at, npz)
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
                self._recognised("audio", serving, found, at, partial(sound_file, wave, RATE))

    def _broken(self, serving: Serving, error: Exception) -> None:
        self._on_fault("signs", f"model {serving.row['model_id']}: {type(error).__name__}: {error}")

    def _recognised(
        self,
        modality: Modality,
        serving: Serving,
        found: Recognised | Sounded,
        at: float,
        npz: Callable[[], bytes],
    ) -> None:
        if modality == "audio" and found.label is None and self._speaks():
            return  # words, not an unknown sound
        sign, turn = uuid7(), None
        if found.label is not None:
            turn = self._answer(found.label, at, sound=modality == "audio")
        made = _Made(modality, serving, found.label, found.nearest, found.confidence, npz)
        self._made[sign] = made
        while len(self._made) > REMEMBERED:
            self._made.popitem(last=False)
        self._event_log.note(
            "sign",
            turn=turn,
            words=found.label,
            sign=str(sign),
            modality=modality,
            known=found.label is not None,
            confidence=round(found.confidence, 3),
            length_ms=round(found.to_ms - found.from_ms, 1),
            model=serving.row["model_id"],
        )
        self._recorder.performance_log.add(
            "sign",
            (monotonic() - at) * 1000,
            session=self._session,
            turn=turn,
            system=serving.row["trainer_name"],
            parameters={"modality": modality, "model": serving.row["model_id"]},
        )
        self._show(sign, made, turn)

    def _show(
        self, sign: UUID, made: _Made, turn: UUID | None, *, state: str = "recognised"
    ) -> None:
        self._send(
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
            self._send("fault", kind="not_corrected", message=str(reason))
            return
        if self._unwilling() is not None:  # consent was taken back meanwhile
            await self._taught.withdraw(self._caller.user_id, self._session)
            return
        made.example, made.label = UUID(row["example_id"]), row["label"]
        turn = self._answer(row["label"], monotonic(), sound=False)
        self._event_log.note(
            "sign_corrected",
            turn=turn,
            words=row["label"],
            sign=str(sign),
            modality=made.modality,
            example=row["example_id"],
        )
        self._show(sign, made, turn, state="corrected")
