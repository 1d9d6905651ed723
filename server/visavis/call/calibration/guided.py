"""The guided check of microphone and camera, and what a call remembers of the last one.

The page asks for one step after the other: be quiet, say a sentence, look at the camera. Levels
are measured in the sound that arrives here, the framing in the landmarks of a camera that may be
looked at. What is found becomes the caller's gain at once and a row; a camera that moves later
gives another row. While a step listens, nothing that is said is taken for a turn.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from visavis.call.calibration import measures
from visavis.call.calibration.measures import Framing, Levels, Moves
from visavis.call.events import (
    Bus,
    Calibrated,
    Calibration,
    ConsentChanged,
    Hush,
    Looked,
    MessageCame,
    Recalled,
    ToCaller,
)
from visavis.call.hearing.audio_input import AudioChunk, InputControl

QUIET_S = 2.0
SPEECH_S = 10.0
"""The longest that a sentence is waited for."""
PAUSE_S = 0.7
"""Silence after which the sentence is over."""
LOOK_S = 2.0
LOOK_AT_MOST_S = 8.0
"""Waited for the first look: Holistic is still loading, or has a busy machine."""
POLL_S = 0.1
MEASURING = "calibration"
"""Why the caller is not listened to."""
MOST_MOVES = 50
"""Rows that a moving camera makes in one call."""

UNLOOKED = "The camera was not looked at: you have not agreed to it, or it is off."
UNSEEN = "I could not see you. Is your camera on, and is your face in the picture?"


class GuidedCalibration:
    """A session's checks of microphone, loudspeaker and camera, and what they have found."""

    def __init__(self, bus: Bus, control: InputControl) -> None:
        self._bus = bus
        self._control = control
        self._levels: Levels | None = None
        """Of the step that listens."""
        self._current = Calibration()
        self._known = False
        """`_current` is this call's own, or remembered."""
        self._step: asyncio.Task[None] | None = None
        self._quiet: float | None = None
        self._speech: float | None = None
        self._looking: list[Framing] | None = None
        self._agreed = False
        self._moves = Moves()
        self._moved = 0
        bus.subscribe(MessageCame, self._asked)
        bus.subscribe(Recalled, self._recalled)
        bus.subscribe(Looked, self._seen)
        bus.subscribe(ConsentChanged, self._consent)

    def _asked(self, message: MessageCame) -> None:
        """The page asks for a step."""
        if message.kind != "calibrate":
            return
        said = message.said
        self._stop()
        match said["step"]:
            case "quiet":
                self._begin(self._be_quiet())
            case "speech":
                self._begin(self._say_something())
            case "look":
                self._begin(self._look())
            case "set":
                self._keep(replace(self._current, gain_db=said["gain_db"]), "page")
                self._tell("set", "done", "Your microphone is set by hand now.")

    def sound(self, chunk: AudioChunk) -> None:
        """What the microphone hears, before the gain."""
        if self._levels is not None:
            self._levels.push(chunk.unamplified)

    def close(self) -> None:
        """The session is over; what is recalled late is nobody's."""
        self._known = True
        self._stop()

    def _recalled(self, recalled: Recalled) -> None:
        """Begin with what is known of this client, unless its caller was quicker."""
        found = recalled.calibration
        if self._known:
            return
        self._current, self._known = found, True
        self._control.set_gain(found.gain_db)
        if found.framing and self._moves.place is None:
            self._moves.settle(Framing(**found.framing))
        self._bus.publish(Calibrated(found, "remembered"))
        self._tell("remembered", "done", "")

    def _seen(self, look: Looked) -> None:
        """The camera was looked at, with consent."""
        framing = measures.framing(look.landmarks, look.light)
        if self._looking is not None:
            if framing is not None:
                self._looking.append(framing)
            return
        left = self._moves.see(look.landmarks.t_ms, framing)
        place = self._moves.place
        if left is None or place is None or self._moved >= MOST_MOVES:
            return
        self._moved += 1
        moved = replace(self._current, framing=place.as_json())
        self._keep(moved, "camera moved", before=left.as_json())
        advice = measures.advice(place)
        self._tell("moved", "done", " ".join(["Your camera has moved.", *advice]) if advice else "")

    def _consent(self, consent: ConsentChanged) -> None:
        """Taken back, nothing of what the camera has told is known any more."""
        self._agreed = consent.given
        if consent.given:
            return
        self._moves = Moves()
        self._looking = None
        self._current = replace(self._current, framing={})

    # -- steps ------------------------------------------------------------------------------

    def _begin(self, step: Coroutine[Any, Any, None]) -> None:
        self._bus.publish(Hush())
        self._step = asyncio.create_task(step)
        self._step.add_done_callback(self._ended)

    def _ended(self, step: asyncio.Task[None]) -> None:
        if not step.cancelled() and (error := step.exception()) is not None:
            self._bus.fault("calibration", f"{type(error).__name__}: {error}")

    def _stop(self) -> None:
        """End a step that is under way, if one is; its measure is void."""
        if self._step is not None:
            self._step.cancel()
        self._step = self._looking = None
        self._unlisten()

    async def _be_quiet(self) -> None:
        levels = self._listen()
        self._tell("quiet", "measuring", "Please be quiet for a moment.")
        await asyncio.sleep(QUIET_S)
        self._unlisten()
        self._quiet = measures.noise_floor(levels)
        if not levels.db:
            self._tell("quiet", "failed", "No sound arrives from your microphone. Is it muted?")
        elif self._quiet is None:
            self._tell("quiet", "failed", "It was not quiet. Please try once more.")
        else:
            self._tell("quiet", "done", "That is how your room sounds.", noise=self._quiet)

    async def _say_something(self) -> None:
        noise = self._quiet if self._quiet is not None else measures.FLOOR_DB
        levels = self._listen()
        self._tell("speech", "measuring", "Please say a sentence, as you would in a call.")
        for _ in range(round(SPEECH_S / POLL_S)):
            await asyncio.sleep(POLL_S)
            if _sentence_over(levels, noise):
                break
        self._unlisten()
        self._speech = measures.speech_level(levels, noise)
        if self._speech is None:
            self._tell("speech", "failed", "I could hardly hear you. Please try once more.")
        else:
            self._tell("speech", "done", _of_speech(self._speech, noise), speech=self._speech)

    async def _look(self) -> None:
        seen: list[Framing] = []
        self._looking = seen
        self._tell("look", "measuring", "Please look at the camera.")
        await asyncio.sleep(LOOK_S)
        for _ in range(round((LOOK_AT_MOST_S - LOOK_S) / POLL_S)):
            if seen or not self._agreed:
                break
            await asyncio.sleep(POLL_S)
        self._looking = None
        place = measures.middle(seen) if seen else None
        gain = self._current.gain_db
        if self._speech is not None and self._quiet is not None:
            gain = measures.gain(self._speech, self._quiet)
        found = Calibration(
            gain, self._quiet, self._speech, place.as_json() if place is not None else {}
        )
        self._keep(found, "guided check", pictures=len(seen))
        if place is None:
            self._tell("look", "done", UNSEEN if self._agreed else UNLOOKED)
        else:
            self._moves.settle(place)
            advice = measures.advice(place)
            self._tell("look", "done", " ".join(advice) or "You are well in the picture.")

    def _listen(self) -> Levels:
        self._levels = Levels()
        self._control.ignore(MEASURING)
        return self._levels

    def _unlisten(self) -> None:
        self._levels = None
        self._control.attend(MEASURING)

    # -- results ----------------------------------------------------------------------------

    def _keep(self, found: Calibration, cause: str, **details: Any) -> None:
        self._current, self._known = found, True
        self._control.set_gain(found.gain_db)
        self._bus.publish(Calibrated(found, cause, details))

    def _tell(
        self,
        step: str,
        state: str,
        message: str,
        *,
        noise: float | None = None,
        speech: float | None = None,
    ) -> None:
        levels = {"noise_floor_db": noise, "speech_level_db": speech}
        fields = {
            "step": step,
            "state": state,
            "message": message,
            "gain_db": self._current.gain_db,
            **{name: level for name, level in levels.items() if level is not None},
        }
        self._bus.publish(ToCaller("calibration", fields))


def _sentence_over(levels: Levels, noise_db: float) -> bool:
    """Enough was said, and nothing more since a moment."""
    pause = round(PAUSE_S * measures.RATE / measures.WINDOW)
    latest = Levels(levels.db[-pause:])
    enough = measures.speech_level(levels, noise_db) is not None
    return enough and not measures.spoken(latest, noise_db)


def _of_speech(speech_db: float, noise_db: float) -> str:
    gain = measures.gain(speech_db, noise_db)
    if gain > 0:
        return "You are a little quiet; I will turn you up."
    if gain < 0:
        return "You are a little loud; I will turn you down."
    if speech_db < measures.TARGET_DB - 12:
        return "You are quiet, and your room is too noisy to turn you up. Move to the microphone."
    return "I hear you well."
