"""Takes of a caller's signs and sounds, recorded in a call: begun, weighed, kept or discarded.

While a lesson is on the persona keeps quiet and doesn't listen, and the caller is shown what is
seen of them. A take is weighed before anybody is asked to keep it; what is no use for learning is
refused, with the reasons. Nothing is recorded without consent, and takes that nobody has kept are
forgotten with the call.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from visavis.call.events import Bus, LessonChanged, Looked, ToCaller
from visavis.call.hearing.audio_input import InputControl
from visavis.call.rtc.caller import Caller
from visavis.call.voice.clock import SessionClock
from visavis.compute.tasks import Tasks
from visavis.engines.pose.features import dump, load
from visavis.learning.errors import LearningError
from visavis.learning.examples import Modality, Take, label_of, sound_file
from visavis.learning.takes import MAX_S, audio_problems, gesture_problems
from visavis.learning.taught import Taught

RATE = 16_000
LESSON = "lesson"
"""Why the caller is not listened to."""
LATE_S = 0.4
"""So long what the last pictures show may still be on its way when a take ends."""
MOST = 4
"""Takes at once that nobody has kept or discarded; the oldest goes for one more."""
SHOW_MS = 95.0
"""Between two skeletons that are shown."""
PLAIN_POINTS = 25
"""Of the pose: from the nose to the hips."""

STRANGER = "Takes are kept for people whom the server knows by name. Choose who this is first."
UNASKED = "Nothing may be recorded before you agree to it."
UNABLE = "This server keeps no takes."
NOT_LOOKED = "No picture was looked at. Is the camera on?"
NO_SOUND = "No sound arrived. Is the microphone on?"
NO_SUCH_TAKE = "That take is not here any more. Record it again."


@dataclass
class _Recording:
    """A take that is being recorded, and then waits for what becomes of it."""

    modality: Modality
    label: str
    performer: str
    began_ms: float
    id: UUID = field(default_factory=uuid7)
    ended_ms: float = 0.0
    looks: list[Looked] = field(default_factory=list)
    sound: list[NDArray[np.int16]] = field(default_factory=list)
    npz: bytes = b""

    @property
    def seconds(self) -> float:
        return (self.ended_ms - self.began_ms) / 1000


class Lessons:
    """Of one session. Used from the event loop; what takes long is done in threads."""

    def __init__(
        self,
        session: UUID,
        caller: Caller,
        taught: Taught | None,
        control: InputControl,
        bus: Bus,
        clock: SessionClock,
        tasks: Tasks,
    ) -> None:
        """`taught`: where takes are kept; None: nowhere. `tasks` runs what may take a while."""
        self.on = False
        self._session = session
        self._caller = caller
        self._taught = taught
        self._control = control
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._consented = False
        self._recording: _Recording | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: OrderedDict[UUID, _Recording] = OrderedDict()
        self._shown_ms = -SHOW_MS

    # -- what happens -----------------------------------------------------------------------

    def take(self, said: Mapping[str, Any]) -> None:
        """A message `label`, but for `correct`."""
        match said["do"]:
            case "lesson":
                self._lesson(said["on"])
            case "begin":
                self._begin(said)
            case "end":
                self._end()
            case "keep":
                self._keep(UUID(said["id"]))
            case "discard":
                recording = self._waiting.pop(UUID(said["id"]), None)
                if recording is not None:
                    self._tell(recording, "discarded")

    def look(self, look: Looked) -> None:
        """A picture was looked at, with consent."""
        recording = self._recording
        if recording is not None and recording.modality == "gesture":
            recording.looks.append(look)
        if self.on and look.landmarks.t_ms - self._shown_ms >= SHOW_MS:
            self._shown_ms = look.landmarks.t_ms
            self._bus.publish(ToCaller("skeleton", _skeleton(look)))

    def sound(self, pcm: NDArray[np.int16]) -> None:
        """The next (N,) samples at 16 kHz."""
        recording = self._recording
        if recording is not None and recording.modality == "audio":
            recording.sound.append(pcm)

    def consent(self, given: bool) -> None:
        """Taken back, what was recorded in this call is gone, kept takes too."""
        withdrawn = self._consented and not given
        self._consented = given
        if not given:
            self._stop()
            if withdrawn and self._taught is not None and self._caller.known:
                self._tasks.start(self._taught.withdraw(self._caller.user_id, self._session))
            for recording in self._waiting.values():
                self._tell(recording, "discarded")
            self._waiting.clear()

    def close(self) -> None:
        """The call is over."""
        self._stop()
        self._waiting.clear()

    # -- lessons and takes ------------------------------------------------------------------

    def _lesson(self, on: bool) -> None:
        if on == self.on:
            return
        self.on = on
        if on:
            self._control.ignore(LESSON)
        else:
            self._control.attend(LESSON)
            self._stop()
        self._bus.publish(LessonChanged(on))

    def _begin(self, said: Mapping[str, Any]) -> None:
        self._stop()
        recording = _Recording(
            said["modality"],
            said["label"],
            said.get("performer") or self._caller.username,
            self._clock.now_ms(),
        )
        try:
            recording.label = label_of(said["label"])
        except LearningError as reason:
            recording.label = recording.label[:80]
            self._tell(recording, "refused", str(reason))
            return
        if (why := self.unwilling()) is not None:
            self._tell(recording, "refused", why)
            return
        self._recording = recording
        self._timer = asyncio.get_running_loop().call_later(MAX_S, self._end)
        self._tell(recording, "recording")

    def unwilling(self) -> str | None:
        """Why no take can be kept of this caller; None: it can."""
        if self._taught is None:
            return UNABLE
        if not self._caller.known:
            return STRANGER
        return None if self._consented else UNASKED

    def _end(self) -> None:
        recording = self._recording
        if recording is None or recording.ended_ms:
            return
        recording.ended_ms = self._clock.now_ms()
        self._tasks.start(self._weigh(recording))

    async def _weigh(self, recording: _Recording) -> None:
        """What was seen last comes late; then the take is looked at in a thread."""
        if recording.modality == "gesture":
            await asyncio.sleep(LATE_S)
        if self._recording is not recording:
            return  # given up meanwhile
        self._stop()
        tracked: dict[str, float] = {}
        if recording.modality == "gesture":
            span = (recording.began_ms, recording.ended_ms)
            looks = [one for one in recording.looks if span[0] <= one.landmarks.t_ms <= span[1]]
            recording.looks = []
            if not looks:
                self._tell(recording, "refused", NOT_LOOKED)
                return
            recording.npz, problems, tracked = await asyncio.to_thread(_gesture, looks)
        else:
            pcm = np.concatenate([np.zeros(0, np.int16), *recording.sound])
            recording.sound = []
            if not len(pcm):
                self._tell(recording, "refused", NO_SOUND)
                return
            recording.npz, problems = await asyncio.to_thread(_sound, pcm)
        if not self._consented:
            return
        if not problems:
            while len(self._waiting) >= MOST:
                self._tell(self._waiting.popitem(last=False)[1], "discarded")
            self._waiting[recording.id] = recording
        state = "refused" if problems else "recorded"
        self._tell(recording, state, *problems, tracked=tracked)

    def _stop(self) -> None:
        """Record no more; what isn't weighed yet is given up."""
        self._recording = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _keep(self, take: UUID) -> None:
        recording = self._waiting.pop(take, None)
        if recording is None:
            self._bus.publish(ToCaller("fault", {"kind": "take", "message": NO_SUCH_TAKE}))
        else:
            self._tasks.start(self._kept(recording))

    async def _kept(self, recording: _Recording) -> None:
        assert self._taught is not None  # else nothing would wait
        take = Take(
            self._caller.user_id,
            self._session,
            recording.modality,
            recording.label,
            recording.npz,
            performer=recording.performer,
            consent=True,
            details={"seconds": round(recording.seconds, 2)},
        )
        try:
            row = await self._taught.keep(take)
        except LearningError as reason:
            self._waiting[recording.id] = recording
            self._tell(recording, "recorded", str(reason))
            return
        if not self._consented:  # taken back meanwhile
            await self._taught.withdraw(self._caller.user_id, self._session)
            self._tell(recording, "discarded")
            return
        self._tell(recording, "kept", example=row["example_id"])

    def _tell(self, recording: _Recording, state: str, *reasons: str, **more: Any) -> None:
        if recording.ended_ms:
            more["seconds"] = round(recording.seconds, 2)
        fields = {
            "id": str(recording.id),
            "state": state,
            "modality": recording.modality,
            "label": recording.label,
            "reasons": reasons,
        }
        self._bus.publish(ToCaller("take", {**fields, **more}))


def _gesture(looks: list[Looked]) -> tuple[bytes, list[str], dict[str, float]]:
    """The file, what is wrong with the take, and which share of it each part was seen in."""
    npz = dump(looks[0].header, [look.landmarks for look in looks])
    features = load(npz)
    problems = gesture_problems(features, [look.light * 255 for look in looks])
    body, _, left, right = features.mask.mean(axis=0).tolist()
    tracked = {"body": body, "left_hand": left, "right_hand": right}
    return npz, problems, {part: round(share, 3) for part, share in tracked.items()}


def _sound(pcm: NDArray[np.int16]) -> tuple[bytes, list[str]]:
    """The file, and what is wrong with the take."""
    wave = pcm.astype(np.float32) / 32768
    return sound_file(wave, RATE), audio_problems(wave, RATE)


def _skeleton(look: Looked) -> dict[str, list[list[int] | None]]:
    """Points in thousandths of the picture, None where unseen."""
    seen = look.landmarks
    pose = np.where(seen.pose[:, 3:] >= 0.5, seen.pose[:, :2], np.nan)[:PLAIN_POINTS]
    parts = {"pose": pose, "left_hand": seen.left_hand, "right_hand": seen.right_hand}
    return {name: _points(part[:, :2]) for name, part in parts.items()}


def _points(part: NDArray[np.float32]) -> list[list[int] | None]:
    unseen = np.isnan(part[:, 0])
    whole = np.rint(np.nan_to_num(part) * 1000).astype(int).tolist()
    return [None if gone else point for gone, point in zip(unseen, whole, strict=True)]
