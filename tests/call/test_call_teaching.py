"""Takes recorded in a call, and signs understood in it, over a real database."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from learning.body import perform, varied
from overhear import faults, overhear
from records_opened import Books, Query

from visavis.call.channel import protocol
from visavis.call.events import Bus, ConsentChanged, LessonChanged, Looked, MessageCame, ToCaller
from visavis.call.hearing.audio_input import InputControl
from visavis.call.keeping.event_log import EventLog
from visavis.call.keeping.turn_recorder import TurnRecorder
from visavis.call.rtc.caller import Caller
from visavis.call.signs import lessons
from visavis.call.signs.lessons import MOST, STRANGER, UNASKED
from visavis.call.signs.signs import GONE
from visavis.call.signs.teaching import Teaching
from visavis.call.turns.floor import Floor
from visavis.call.turns.pace import Pace
from visavis.engines.pose.features import PARTS, Landmarks
from visavis.learning.taught import Taught
from visavis.learning.training import Trainings
from visavis.records.reading.reader import Reader

SIGNS = ("wave", "drink")


def resting(look: Looked, at_ms: float, ms: float = 700) -> list[Looked]:
    """The same picture for a while from `at_ms` on."""
    times = at_ms + np.arange(0, ms, 66.0)
    return [replace(look, landmarks=replace(look.landmarks, t_ms=float(t))) for t in times]


def looks(kind: str, seed: int, at_ms: float = 0.0) -> list[Looked]:
    """What a camera would have seen of a sign, from `at_ms` on, between rests."""
    random = np.random.default_rng(seed)
    took = perform(kind, varied(random, 0.3), random)
    began = at_ms + 700 - took.t_ms[0]
    moving = [
        Looked(
            Landmarks(
                **{part: getattr(took, part)[n] for part in PARTS},
                t_ms=began + float(took.t_ms[n]),
            ),
            took.header,
            0.5,
        )
        for n in range(len(took.t_ms))
    ]
    last = moving[-1]
    return [*resting(moving[0], at_ms, 690), *moving, *resting(last, last.landmarks.t_ms + 66)]


class Call:
    """A call's teaching half; `told` is what the caller was sent."""

    def __init__(self, books: Books, url: str, *, known: bool = True) -> None:
        self.books, self.reader = books, Reader(url)
        self.user = books.recorder.users.add("ann")
        self.session = books.recorder.session.started(user=self.user, initiator="caller")
        self.bus = Bus()
        self.told: list[dict[str, Any]] = []
        self.said: list[tuple[str, bool]] = []
        self.faults = faults(self.bus)
        self.on = overhear(self.bus, LessonChanged)
        self.bus.subscribe(ToCaller, self.send)
        self.at = 0.0
        self.control = InputControl()
        rows = TurnRecorder(self.session, books.recorder, self.bus)
        here: Any = self
        EventLog(self.session, books.recorder, rows, self.bus, here)
        self.caller = Caller(self.user, "ann", known)
        self.taught = Taught(self.reader, books.files, books.recorder.flushed, self.bus.fault)
        floor = Floor(self.bus, Pace())
        self.turns = floor._turns
        self.teaching = Teaching(
            self.session, self.caller, self.taught, self.control, self.bus, here, here, floor
        )
        self.lessons, self.signs = self.teaching._lessons, self.teaching._signs
        self.tasks = self.teaching._tasks

    def send(self, message: ToCaller) -> None:
        self.told.append(json.loads(protocol.message(message.kind, self.at, **message.fields)))

    def now_ms(self) -> float:
        """As of a clock."""
        return self.at

    def signed(self, label: str, at: float, *, sound: bool) -> UUID:
        """As of a dialogue."""
        self.said.append((label, sound))
        return uuid4()

    def consent(self, given: bool) -> None:
        self.bus.publish(ConsentChanged(given))

    def say(self, do: str, **fields: Any) -> None:
        said = protocol.parse(json.dumps({"type": "label", "do": do, **fields}))
        self.bus.publish(MessageCame(said))

    async def settled(self) -> None:
        await self.tasks.finish()
        await asyncio.sleep(0)

    async def look(self, seen: list[Looked]) -> None:
        for look in seen:
            self.at = look.landmarks.t_ms
            self.bus.publish(look)
            await asyncio.sleep(0)
            if self.signs._seen is not None:  # a camera is slower than this loop
                await self.signs._seen.join()

    async def take(self, kind: str, seed: int, label: str | None = None) -> dict[str, Any]:
        """Record one; the last that was told of it."""
        self.say("begin", modality="gesture", label=label or kind)
        await self.look(looks(kind, seed, self.at))
        self.say("end")
        await self.settled()
        return self.takes()[-1]

    @property
    def recognising(self) -> bool:
        """Whether signs are understood."""
        return bool(self.signs._recognising)

    def takes(self) -> list[dict[str, Any]]:
        return [one for one in self.told if one["type"] == "take"]

    def recognised(self) -> list[dict[str, Any]]:
        return [one for one in self.told if one["type"] == "sign"]


@pytest.fixture
async def call(books: Books, migrated: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Call]:
    monkeypatch.setattr(lessons, "LATE_S", 0.0)
    made = Call(books, migrated)
    made.consent(True)
    assert await books.recorder.flushed(10)
    yield made
    await made.teaching.close()
    await made.reader.close()


async def test_takes_are_recorded_kept_learnt_recognised_and_corrected(
    call: Call, query: Query
) -> None:
    call.say("lesson", on=True)
    assert call.control.unheard and not call.turns._expected and call.on == [LessonChanged(True)]
    for n in range(3):
        for sign in SIGNS:
            recorded = await call.take(sign, 10 * n + SIGNS.index(sign))
            assert (recorded["state"], recorded["reasons"]) == ("recorded", [])
            assert recorded["tracked"]["body"] > 0.9 and 1 <= recorded["seconds"] <= 10
            call.say("keep", id=recorded["id"])
            await call.settled()
            assert call.takes()[-1]["state"] == "kept"
    skeletons = [one for one in call.told if one["type"] == "skeleton"]
    times = [one["at"] for one in skeletons]
    assert len(skeletons) > 20 and min(np.diff(times)) >= 90
    rows = await query("select * from training_examples order by example_id")
    assert [row["label"] for row in rows] == [*SIGNS] * 3
    assert {(row["performer_id"], row["consent_given"]) for row in rows} == {("ann", True)}

    trainings = Trainings(call.reader, call.books.files, call.bus.fault)
    one = trainings.begin(
        call.user, "gesture", "baseline_knn", statuses=("unconfirmed",), activate=True
    )
    await trainings.finished(one.run)
    await trainings.close()
    assert one.state == "done", one.message

    call.say("lesson", on=False)
    call.say("lesson", on=True)  # before the models could be read
    await call.settled()
    assert not call.recognising
    call.say("lesson", on=False)
    assert not call.control.unheard and call.turns._expected
    await call.settled()
    assert (call.told[-1]["type"], call.told[-1]["gesture"]) == ("signs", ["drink", "wave"])
    for seed, sign in enumerate(("drink", "wave", "push")):
        await call.look(looks(sign, 100 + seed, call.at + 500))
    assert [one["label"] for one in call.recognised()] == ["drink", "wave", None]
    assert call.said == [("drink", False), ("wave", False)]
    known, _, unknown = call.recognised()
    assert known["confidence"] > 0.5 > unknown["confidence"] and known["turn"]

    for label in ("push", "shove"):
        call.say("correct", id=unknown["id"], label=label)
        await call.settled()
        assert call.recognised()[-1]["state"] == "corrected" and call.said[-1] == (label, False)
    corrected = await query("select * from training_examples where label_status = 'corrected'")
    assert [row["label"] for row in corrected] == ["shove"]
    payload = corrected[0]["payload"]
    assert payload["sign"] == unknown["id"] and payload["recognised"] is None
    assert await call.books.recorder.flushed(10)
    noted = await query(
        "select event_type, payload from session_events where event_type like 'sign%' "
        "order by event_id"
    )
    assert [row["event_type"] for row in noted] == ["sign"] * 3 + ["sign_corrected"] * 2
    assert noted[0]["payload"]["model"] == str(one.model)
    measures = await query("select value from performance_log where measure = 'sign'")
    assert len(measures) == 3 and call.faults == []


async def test_what_cannot_be_taught_is_refused_in_plain_words(
    call: Call, books: Books, migrated: str
) -> None:
    await call.take("wave", 1, label="x" * 10_000)
    assert "10000 letters" in call.takes()[0]["reasons"][0]
    assert len(call.takes()[0]["label"]) <= 80
    call.told.clear()
    call.say("begin", modality="gesture", label="wave")
    await call.look(looks("wave", 1, call.at)[:6])
    call.say("end")
    await call.settled()
    assert "too short" in call.takes()[-1]["reasons"][0]
    call.say("begin", modality="audio", label="hum")
    call.lessons.sound(np.zeros(16_000, np.int16))
    call.say("end")
    await call.settled()
    assert "Nothing was heard" in call.takes()[-1]["reasons"][0]
    call.say("begin", modality="gesture", label="wave")
    call.at += 2_000
    call.say("end")
    await call.settled()
    assert "No picture" in call.takes()[-1]["reasons"][0]
    call.say("keep", id=str(uuid4()))
    assert call.told[-1]["kind"] == "take"
    call.say("correct", id=str(uuid4()), label="x")
    assert call.told[-1]["message"] == GONE
    call.consent(False)
    call.say("begin", modality="gesture", label="wave")
    assert call.takes()[-1]["reasons"] == [UNASKED]

    stranger = Call(books, migrated, known=False)
    stranger.consent(True)
    stranger.say("begin", modality="gesture", label="wave")
    assert stranger.takes()[-1]["reasons"] == [STRANGER]
    await stranger.reader.close()


async def test_takes_that_nobody_keeps_are_few_and_go_with_consent(
    call: Call, query: Query
) -> None:
    for n in range(MOST + 1):
        await call.take("wave", 50 + n)
    states = [one["state"] for one in call.takes()]
    assert states.count("recorded") == MOST + 1 and states.count("discarded") == 1
    call.say("discard", id=call.takes()[-1]["id"])
    assert call.takes()[-1]["state"] == "discarded"
    kept = await call.take("wave", 60)
    call.say("keep", id=kept["id"])
    await call.settled()
    (row,) = await query("select features_uri from training_examples")
    call.consent(False)
    await call.settled()
    assert not call.books.files.path(row["features_uri"]).exists()
    assert [one["state"] for one in call.takes()[-3:]] == ["discarded"] * 3
    assert await query("select 1 from training_examples") == []


async def test_a_take_of_a_forgotten_person_and_one_kept_twice_are_told(
    call: Call, query: Query
) -> None:
    first = await call.take("wave", 7)
    call.say("keep", id=first["id"])
    await call.settled()
    await query("delete from training_examples")
    second = await call.take("wave", 8)
    assert await call.books.recorder.flushed(10)
    await query("delete from session_events")
    await query("delete from session")
    call.say("keep", id=second["id"])
    await call.settled()
    last = call.takes()[-1]
    assert last["state"] == "recorded" and "was deleted" in last["reasons"][0]


async def test_consent_taken_back_at_the_last_moment_still_takes_the_takes_away(
    call: Call, query: Query
) -> None:
    kept = await call.take("wave", 70)
    call.say("keep", id=kept["id"])
    await call.settled()
    assert await query("select 1 from training_examples")
    call.consent(False)
    await call.teaching.close()
    assert await query("select 1 from training_examples") == [] and call.faults == []


async def test_a_sound_is_recorded_while_the_persona_does_not_listen(
    call: Call, query: Query
) -> None:
    call.say("lesson", on=True)
    call.say("begin", modality="audio", label="hum", performer="Aunt May")
    hum = (6_000 * np.sin(np.arange(24_000) / 12)).astype(np.int16)
    hum[:6_000] = hum[18_000:] = 0
    call.lessons.sound(hum)
    call.at += 1_500
    call.say("end")
    await call.settled()
    assert call.takes()[-1]["state"] == "recorded", call.takes()[-1]
    call.say("keep", id=call.takes()[-1]["id"])
    await call.settled()
    (row,) = await query("select modality, encoding, performer_id from training_examples")
    assert (row["modality"], row["encoding"]) == ("audio", "vocalisation_v1")
    assert row["performer_id"] == "Aunt May"
