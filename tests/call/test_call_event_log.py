"""What a call tells of itself: each thing once, in order, and nothing by the packet."""

import numpy as np
import pytest
from uuid_utils.compat import uuid7

from visavis.call.events import Bus, MessageCame, TurnEnded, Understood
from visavis.call.keeping import event_log as event_log
from visavis.call.keeping.event_log import EventLog
from visavis.call.turns.segment import Segment
from visavis.call.turns.turns import Cancel, Discard, Hold, Nudge, Prepare, Transcribe
from visavis.engines.stt.base import Transcript


class Books:
    """Stands where the recorder does."""

    def __init__(self) -> None:
        self.rows = []
        self.session_events = self

    def add(self, session, kind, *, at_ms, turn, payload, words) -> None:
        self.rows.append((kind, at_ms, dict(payload), words))

    @property
    def kinds(self):
        return [row[0] for row in self.rows]


class Rows:
    """The rows that events name."""

    def __init__(self) -> None:
        self.of = (uuid7(), uuid7())

    def heard(self, turn):
        return self.of


class Clock:
    def now_ms(self):
        return 1234.56


def told():
    books, bus, rows = Books(), Bus(), Rows()
    return books, bus, rows, EventLog(uuid7(), books, rows, bus, Clock())


def attempt(number=1, text="Hello there."):
    transcript = Transcript(text, 0.01, -0.2, "en", 150.0, "test", {})
    return Segment(number, np.zeros(16, np.int16), 400.0, 900.0, 0.0, transcript=transcript)


def test_a_turn_with_many_pauses_begins_once_and_ends_once() -> None:
    books, bus, rows, _ = told()
    turn = uuid7()
    for number in range(1, 6):
        bus.publish(Transcribe(number, 400.0, 900.0))
    bus.publish(Prepare(5, "Hello there."))
    bus.publish(Understood(turn, attempt(5)))
    bus.publish(TurnEnded(turn, attempt(5)))
    bus.publish(Transcribe(6, 5000.0, 5500.0))
    assert books.kinds == ["speech_began", "transcript", "speech_ended", "turn", "speech_began"]
    assert [row[1] for row in books.rows[:3]] == [400.0, 1234.6, 900.0]
    assert books.rows[1][3] == "Hello there." and books.rows[1][2]["attempt"] == 5
    assert books.rows[2][2] == {"audio": str(rows.of[0]), "stt": str(rows.of[1])}


def test_a_click_is_no_event_and_a_cough_is_one() -> None:
    books, bus, _, _log = told()
    bus.publish(Discard("noise", 64.0))
    assert books.kinds == []
    bus.publish(Transcribe(1, 0.0, 300.0))
    bus.publish(Discard("no words", 300.0))
    assert books.kinds == ["speech_began", "discarded"]


def test_what_is_done_to_the_persona_is_told() -> None:
    books, bus, _, _log = told()
    for action in (Hold(), Cancel("spoken over"), Nudge(0)):
        bus.publish(action)
    assert books.kinds == ["voice_hold", "cancelled", "prompt"]
    assert books.rows[1][2] == {"cause": "spoken over"}


def test_a_callers_words_are_never_among_the_facts() -> None:
    books, bus, _, _ = told()

    def said(**message) -> None:
        bus.publish(MessageCame(message))

    said(type="hello", client={"microphone": "x"}, consent=True, timezone="Z")
    said(type="judge", score=-1, id="7", comment="far too slow")
    said(type="stats", values={"rtt_ms": 3})
    said(type="text", text="told by who gives it a turn")
    assert [(kind, facts, words) for kind, _, facts, words in books.rows] == [
        ("hello", {"consent": True, "timezone": "Z"}, None),
        ("judge", {"score": -1, "id": "7"}, "far too slow"),
    ]


def test_a_call_without_end_has_no_rows_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "MOST", 5)
    books, _bus, _, log = told()
    for _ in range(9):
        log.note("interrupt")
    assert books.kinds == ["interrupt"] * 4 + ["unrecorded"]
