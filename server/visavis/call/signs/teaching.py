"""A caller's own signs in one call: lessons in which they are taught, and their use."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.call.caller import Caller
from visavis.call.camera.frames import Look
from visavis.call.dialogue.dialogue import Dialogue
from visavis.call.hearing.audio_input import AudioInput
from visavis.call.keeping.event_log import EventLog
from visavis.call.signs.lessons import Lessons
from visavis.call.signs.signs import Signs
from visavis.call.turns.turns import Turns
from visavis.learning.taught import Taught
from visavis.records.recorder import Recorder

CLOSE_S = 2.0
"""So long the end of a call waits for takes that are being kept or taken away."""


class Teaching:
    """Of one call: while a lesson is on no sign is understood, afterwards those of the models that
    serve then."""

    def __init__(
        self,
        session: UUID,
        caller: Caller,
        taught: Taught | None,
        recorder: Recorder,
        event_log: EventLog,
        dialogue: Dialogue,
        audio_input: AudioInput,
        turns: Turns,
        now_ms: Callable[[], float],
        *,
        send: Callable[..., None],
        on_fault: Callable[[str, str], None],
    ) -> None:
        """As of :class:`Lessons` and :class:`Signs`."""
        self._on_fault = on_fault
        self._tasks: set[asyncio.Task[None]] = set()
        self._hush = dialogue.interrupt
        self._lessons = Lessons(
            session,
            caller,
            taught,
            audio_input,
            turns,
            now_ms,
            send=send,
            on_lesson=self._lesson,
            start=self._start,
        )
        self._signs = Signs(
            session,
            caller,
            taught,
            recorder,
            event_log,
            now_ms,
            send=send,
            answer=dialogue.signed,
            speaks=lambda: turns.hearing or turns.answering,
            unwilling=self._lessons.unwilling,
            start=self._start,
            on_fault=on_fault,
        )
        audio_input.overheard = self._overheard

    @property
    def lesson(self) -> bool:
        """Signs are taught now; the persona keeps quiet."""
        return self._lessons.on

    def hello(self) -> None:
        """The call has begun."""
        self._start(self._signs.load())

    def take(self, said: dict[str, Any]) -> None:
        """A message `label`."""
        (self._signs.correct if said["do"] == "correct" else self._lessons.take)(said)

    def look(self, look: Look) -> None:
        """A picture was looked at, with consent."""
        self._lessons.look(look)
        self._signs.look(look)

    def consent(self, given: bool) -> None:
        """To record what the caller does."""
        self._lessons.consent(given)
        self._signs.consent(given)

    async def close(self) -> None:
        """The call is over; what is being kept or taken away is, before this returns."""
        self._lessons.close()
        self._signs.pause()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSE_S)
            for task in late:
                task.cancel()
                self._on_fault("signs", "A take was not kept or taken away before the call ended.")

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_fault("signs", f"{type(error).__name__}: {error}")

    def _lesson(self, on: bool) -> None:
        if on:
            self._hush()
            self._signs.pause()
        else:
            self._start(self._signs.load())

    def _overheard(self, pcm: NDArray[np.int16]) -> None:
        self._lessons.sound(pcm)
        self._signs.sound(pcm)
