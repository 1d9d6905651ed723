"""What a call tells of itself: each thing once, in order, and nothing by the packet."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from uuid_utils.compat import uuid7

from visavis.call.events import Bus, MessageCame, TurnEnded, Understood
from visavis.call.keeping import event_log as event_log
from visavis.call.keeping.event_log import EventLog
from visavis.call.turns.actions import Cancel, Discard, Hold, Nudge, Prepare, Transcribe
from visavis.call.turns.segment import Segment
from visavis.engines.stt.base import Transcript


class Recorder:
    """Stands where the recorder does."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, dict[str, Any], str | None]] = []
        self.session_events = self

    def add(
        self,
        session: UUID,
        kind: str,
        *,
        at_ms: float,
        turn: UUID | None,
        payload: Mapping[str, Any],
        words: str | None,
    ) -> None:
        self.rows.append((kind, at_ms, dict(payload), words))

    @property
    def kinds(self) -> list[str]:
        return [row[0] for row in self.rows]


class Rows:
    """The rows that events name."""

    def __init__(self) -> None:
        self.of = (uuid7(), uuid7())

    def heard(self, turn: UUID) -> tuple[UUID, UUID]:
        return self.of


class Clock:
    def now_ms(self) -> float:
        return 1234.56


def told() -> tuple[Recorder, Bus, Rows, EventLog]:
    recorded, bus, rows = Recorder(), Bus(), Rows()
    recorder: Any = recorded
    turns: Any = rows
    clock: Any = Clock()
    return recorded, bus, rows, EventLog(uuid7(), recorder, turns, bus, clock)


def attempt(number: int = 1, text: str = "Hello there.") -> Segment:
    transcript = Transcript(text, 0.01, -0.2, "en", 150.0, "test", {})
    return Segment(number, np.zeros(16, np.int16), 400.0, 900.0, 0.0, transcript=transcript)


def test_a_turn_with_many_pauses_begins_once_and_ends_once() -> None:
    recorded, bus, rows, _ = told()
    turn = uuid7()
    for number in range(1, 6):
        bus.publish(Transcribe(number, 400.0, 900.0))
    bus.publish(Prepare(5, "Hello there."))
    bus.publish(Understood(turn, attempt(5)))
    bus.publish(TurnEnded(turn, attempt(5)))
    bus.publish(Transcribe(6, 5000.0, 5500.0))
    assert recorded.kinds == ["speech_began", "transcript", "speech_ended", "turn", "speech_began"]
    assert [row[1] for row in recorded.rows[:3]] == [400.0, 1234.6, 900.0]
    assert recorded.rows[1][3] == "Hello there." and recorded.rows[1][2]["attempt"] == 5
    assert recorded.rows[2][2] == {"audio": str(rows.of[0]), "stt": str(rows.of[1])}


def test_a_click_is_no_event_and_a_cough_is_one() -> None:
    recorded, bus, _, _log = told()
    bus.publish(Discard("noise", 64.0))
    assert recorded.kinds == []
    bus.publish(Transcribe(1, 0.0, 300.0))
    bus.publish(Discard("no words", 300.0))
    assert recorded.kinds == ["speech_began", "discarded"]


def test_what_is_done_to_the_persona_is_told() -> None:
    recorded, bus, _, _log = told()
    for action in (Hold(), Cancel("spoken over"), Nudge(0)):
        bus.publish(action)
    assert recorded.kinds == ["voice_hold", "cancelled", "prompt"]
    assert recorded.rows[1][2] == {"cause": "spoken over"}


def test_a_callers_words_are_never_among_the_facts() -> None:
    recorded, bus, _, _ = told()

    def said(**message: Any) -> None:
        bus.publish(MessageCame(message))

    said(type="hello", client={"microphone": "x"}, consent=True, timezone="Z")
    said(type="judge", score=-1, id="7", comment="far too slow")
    said(type="stats", values={"rtt_ms": 3})
    said(type="text", text="told by who gives it a turn")
    assert [(kind, facts, words) for kind, _, facts, words in recorded.rows] == [
        ("hello", {"consent": True, "timezone": "Z"}, None),
        ("judge", {"score": -1, "id": "7"}, "far too slow"),
    ]


def test_a_call_without_end_has_no_rows_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "MOST", 5)
    recorded, _bus, _, log = told()
    for _ in range(9):
        log.note("interrupt")
    assert recorded.kinds == ["interrupt"] * 4 + ["unrecorded"]
