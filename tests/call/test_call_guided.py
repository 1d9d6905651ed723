"""The guided check under virtual time: its steps, its rows, and what else happens meanwhile."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from call.test_call_measures import landmarks, noise
from numpy.typing import NDArray
from overhear import faults, overhear
from uuid_utils.compat import uuid7
from virtual_time import run

from visavis.call.calibration.guided import GuidedCalibration
from visavis.call.events import (
    Bus,
    ClientKnown,
    ConsentChanged,
    Hush,
    Looked,
    MessageCame,
    ToCaller,
)
from visavis.call.hearing.audio_input import AudioChunk, AudioInput, InputControl
from visavis.call.keeping.calibrations import CalibrationRecorder
from visavis.compute.tasks import Tasks
from visavis.engines.pose.features import Header, Landmarks
from visavis.records.writing.calibration_settings import StoredCalibration


class Recorder:
    """Stands where the records' does, and their part `calibration_settings`."""

    def __init__(self, latest: StoredCalibration | Exception | None = None) -> None:
        self.found = latest
        self.rows: list[tuple[str, StoredCalibration]] = []
        self.blanked: list[Mapping[str, Any]] = []
        self.facts: Mapping[str, Any] | None = None
        self.calibration_settings = self

    def add(
        self,
        session: UUID,
        found: StoredCalibration,
        *,
        cause: str,
        client_system: UUID | None,
        facts: Mapping[str, Any],
        details: Mapping[str, Any],
    ) -> UUID:
        self.rows.append((cause, found))
        return uuid7()

    def unframed(self, facts: Mapping[str, Any]) -> None:
        self.blanked.append(facts)

    async def latest(self, facts: Mapping[str, Any]) -> StoredCalibration | None:
        self.facts = facts
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


class Noted:
    def __init__(self) -> None:
        self.kinds: list[tuple[str, str]] = []

    def note(self, kind: str, **facts: Any) -> None:
        self.kinds.append((kind, facts["cause"]))


class Scene:
    """The check, and what is kept of it; `heard` is what the conversation would hear."""

    def __init__(self, latest: StoredCalibration | Exception | None = None) -> None:
        self.bus, self.control = Bus(), InputControl()
        self.books, self.noted, self.faults = Recorder(latest), Noted(), faults(self.bus)
        self.sent: list[tuple[str, str]] = []
        self.heard: list[NDArray[np.int16]] = []
        self.hushed = overhear(self.bus, Hush)
        tasks = Tasks(self.bus.fault, "call")
        recorder: Any = self.books
        log: Any = self.noted
        CalibrationRecorder(uuid7(), recorder, log, self.bus, tasks)
        self.calibrating = GuidedCalibration(self.bus, self.control)
        self.audio_input = AudioInput(self.bus, self.control, [self.calibrating, self])
        self.bus.subscribe(ToCaller, self.send)

    def send(self, message: ToCaller) -> None:
        self.said = message.fields
        self.sent.append((self.said["step"], self.said["state"]))

    def sound(self, chunk: AudioChunk) -> None:
        self.heard.append(chunk.attended)

    async def recall(self, **facts: Any) -> None:
        self.bus.publish(ClientKnown(facts, uuid7(), None))
        await asyncio.sleep(0.1)

    def see(self, at: Landmarks, light: float = 0.5) -> None:
        self.bus.publish(Looked(at, Header("eye", "1", 10.0, (640, 480)), light))

    def consent(self, given: bool) -> None:
        self.bus.publish(ConsentChanged(given))

    async def step(self, step: str, *sound: NDArray[np.int16]) -> None:
        self.bus.publish(MessageCame({"type": "calibrate", "step": step}))
        for piece in sound:
            for packet in piece.reshape(-1, 320):
                await asyncio.sleep(0.02)
                self.audio_input.sound(packet, 0)
        await asyncio.sleep(0.3)

    async def look(self, **place: Any) -> None:
        self.bus.publish(MessageCame({"type": "calibrate", "step": "look"}))
        for _ in range(20):
            await asyncio.sleep(0.1)
            self.see(landmarks(**place))
        await asyncio.sleep(0.3)

    async def whole(self, **place: Any) -> None:
        await self.step("quiet", noise(2.0, -70.0))
        await self.step("speech", noise(0.4, -70.0), noise(1.2, -35.0), noise(1.0, -70.0))
        await self.look(**place)


def test_the_whole_check_sets_the_gain_and_is_a_row() -> None:
    async def scene() -> None:
        here = Scene()
        await here.whole(size=0.1)
        assert [*dict.fromkeys(here.sent)] == [
            (step, state) for step in ("quiet", "speech", "look") for state in ("measuring", "done")
        ]
        ((cause, found),) = here.books.rows
        assert cause == "guided check" and found.gain_db == pytest.approx(11.0, abs=0.5)
        assert found.noise_floor_db == pytest.approx(-70.0, abs=1.0)
        assert found.speech_level_db == pytest.approx(-35.0, abs=1.0)
        assert found.framing["size"] == pytest.approx(0.1, abs=0.01)
        assert here.control.gain.db == found.gain_db
        assert here.said["message"] == "Come closer."
        assert here.noted.kinds == [("calibration", "guided check")]
        assert len(here.hushed) == 3 and not here.faults

    run(scene())


def test_what_is_said_in_the_check_is_no_turn_and_afterwards_it_is() -> None:
    async def scene() -> None:
        here = Scene()
        await here.step("speech", noise(1.2, -35.0), noise(1.0, -70.0))
        during = np.concatenate(here.heard)
        assert len(during) == 35_200 and not during[:16_000].any()
        here.heard.clear()
        here.audio_input.sound(noise(0.02, -35.0), 0)
        assert np.concatenate(here.heard).any()

    run(scene())


def test_without_a_camera_the_sound_is_kept_all_the_same() -> None:
    async def scene() -> None:
        here = Scene()
        await here.step("quiet", noise(2.0, -70.0))
        await here.step("speech", noise(1.2, -35.0), noise(1.0, -70.0))
        await here.step("look", noise(2.0, -70.0))
        ((_, found),) = here.books.rows
        assert found.framing == {} and found.gain_db > 0
        assert "not looked at" in here.said["message"]

    run(scene())


def test_a_look_that_comes_late_is_waited_for() -> None:
    async def scene() -> None:
        here = Scene()
        here.consent(True)
        here.bus.publish(MessageCame({"type": "calibrate", "step": "look"}))
        await asyncio.sleep(5)
        assert here.sent == [("look", "measuring")]
        here.see(landmarks(size=0.1))
        await asyncio.sleep(0.3)
        assert here.sent[-1] == ("look", "done") and here.said["message"] == "Come closer."

    run(scene())


def test_who_has_agreed_and_is_not_seen_is_not_told_that_they_have_not_agreed() -> None:
    async def scene() -> None:
        here = Scene()
        here.consent(True)
        here.bus.publish(MessageCame({"type": "calibrate", "step": "look"}))
        await asyncio.sleep(9)
        assert here.sent[-1] == ("look", "done")
        assert here.said["message"].startswith("I could not see you.")

    run(scene())


def test_silence_and_a_noisy_room_are_told_and_change_nothing() -> None:
    async def scene() -> None:
        here = Scene()
        await here.step("quiet", noise(1.0, -60.0), noise(1.0, -20.0))
        assert here.sent[-1] == ("quiet", "failed")
        await here.step("speech", noise(11.0, -90.0))
        assert here.sent[-1] == ("speech", "failed")
        here.bus.publish(MessageCame({"type": "calibrate", "step": "quiet"}))
        here.bus.publish(MessageCame({"type": "calibrate", "step": "cancel"}))
        await asyncio.sleep(3)
        assert here.sent[-1] == ("speech", "failed") and here.books.rows == []
        assert not here.control.unheard

    run(scene())


def test_a_gain_set_by_hand_is_a_row_of_the_page() -> None:
    async def scene() -> None:
        here = Scene()
        here.bus.publish(MessageCame({"type": "calibrate", "step": "set", "gain_db": 6}))
        assert [(cause, found.gain_db) for cause, found in here.books.rows] == [("page", 6)]
        assert here.control.gain.db == 6

    run(scene())


def test_a_call_begins_with_what_is_known_of_its_client() -> None:
    async def scene() -> None:
        here = Scene(StoredCalibration(gain_db=4.0, noise_floor_db=-60.0))
        await here.recall(microphone="x")
        assert here.control.gain.db == 4.0 and here.books.facts == {"microphone": "x"}
        assert here.books.rows == [] and here.noted.kinds == [("calibration", "remembered")]

    run(scene())


def test_what_is_found_late_never_replaces_what_was_measured_in_this_call() -> None:
    async def scene() -> None:
        here = Scene(StoredCalibration(gain_db=4.0))
        here.bus.publish(MessageCame({"type": "calibrate", "step": "set", "gain_db": -3}))
        await here.recall()
        assert here.control.gain.db == -3

    run(scene())


def test_a_database_that_is_away_is_a_fault_and_no_delay() -> None:
    async def scene() -> None:
        here = Scene(OSError("no route"))
        await here.recall()
        assert here.control.gain.db == 0 and here.faults[0][0] == "calibration"

    run(scene())


def watched(here: Scene, seconds: float, at: float = 0.0, **place: Any) -> None:
    for n in range(int(seconds * 10)):
        here.see(replace(landmarks(**place), t_ms=at + n * 100))


def test_a_camera_that_moves_is_another_row_with_the_same_sound() -> None:
    async def scene() -> None:
        here = Scene()
        await here.whole()
        watched(here, 5, 10_000)
        watched(here, 10, 15_000, x=0.2)
        assert [cause for cause, _ in here.books.rows] == ["guided check", "camera moved"]
        first, second = (found for _, found in here.books.rows)
        assert second.gain_db == first.gain_db and second.speech_level_db == first.speech_level_db
        assert (first.framing["x"], second.framing["x"]) == pytest.approx((0.5, 0.2), abs=0.01)
        assert here.said["message"] == "Your camera has moved. Move to your left."

    run(scene())


def test_a_camera_moved_between_two_calls_is_noticed_too() -> None:
    async def scene() -> None:
        framing = {"x": 0.8, "y": 0.45, "size": 0.4, "light": 0.5}
        here = Scene(StoredCalibration(framing=framing))
        await here.recall()
        watched(here, 5)
        assert [cause for cause, _ in here.books.rows] == ["camera moved"]

    run(scene())


def test_consent_taken_back_takes_what_the_camera_told() -> None:
    async def scene() -> None:
        here = Scene()
        here.consent(True)
        await here.whole()
        watched(here, 5, 10_000)
        watched(here, 5, 15_000, x=0.2)
        here.consent(False)
        assert here.books.blanked == [{}]
        here.bus.publish(MessageCame({"type": "calibrate", "step": "set", "gain_db": 1}))
        assert here.books.rows[-1][1].framing == {}

    run(scene())


def test_who_has_not_agreed_takes_nothing_of_an_earlier_caller_away() -> None:
    async def scene() -> None:
        here = Scene(StoredCalibration(framing={"x": 0.8, "y": 0.45, "size": 0.4, "light": 0.5}))
        here.bus.publish(ClientKnown({"microphone": "x"}, uuid7(), None))
        here.consent(False)
        await asyncio.sleep(0.1)
        assert here.books.blanked == [] and here.noted.kinds == [("calibration", "remembered")]

    run(scene())


def test_what_is_recalled_after_the_end_reaches_nobody() -> None:
    async def scene() -> None:
        here = Scene(StoredCalibration(gain_db=4.0))
        here.calibrating.close()
        await here.recall()
        assert here.control.gain.db == 0 and here.sent == []

    run(scene())
