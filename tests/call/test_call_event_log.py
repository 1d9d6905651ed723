"""What a call tells of itself: each thing once, in order, and nothing by the packet."""

import numpy as np
from uuid_utils.compat import uuid7

from visavis.call.keeping import event_log as event_log
from visavis.call.keeping.event_log import EventLog
from visavis.call.turns.segmenter import Segment
from visavis.call.turns.turns import Cancel, Discard, Hold, Nudge, Prepare, Transcribe
from visavis.engines.stt.base import Transcript


class FaultSink:
    """Stands where the recorder does."""

    def __init__(self):
        self.rows = []
        self.session_events = self

    def add(self, session, kind, *, at_ms, turn, payload, words):
        self.rows.append((kind, at_ms, dict(payload), words))

    @property
    def kinds(self):
        return [row[0] for row in self.rows]


def told():
    books = FaultSink()
    return books, EventLog(uuid7(), books, lambda: 1234.56)


def attempt(number=1, text="Hello there."):
    transcript = Transcript(text, 0.01, -0.2, "en", 150.0, "test", {})
    return Segment(number, np.zeros(16, np.int16), 400.0, 900.0, 0.0, transcript=transcript)


def test_a_turn_with_many_pauses_begins_once_and_ends_once():
    books, told_by = told()
    turn, audio, stt = uuid7(), uuid7(), uuid7()
    for number in range(1, 6):
        told_by.decided(Transcribe(number, 400.0, 900.0))
    told_by.decided(Prepare(5, "Hello there."))
    told_by.understood(turn, attempt(5))
    told_by.turn(turn, attempt(5), audio, stt)
    told_by.decided(Transcribe(6, 5000.0, 5500.0))
    assert books.kinds == ["speech_began", "transcript", "speech_ended", "turn", "speech_began"]
    assert [row[1] for row in books.rows[:3]] == [400.0, 1234.6, 900.0]
    assert books.rows[1][3] == "Hello there." and books.rows[1][2]["attempt"] == 5
    assert books.rows[2][2] == {"audio": str(audio), "stt": str(stt)}


def test_a_click_is_no_event_and_a_cough_is_one():
    books, told_by = told()
    told_by.decided(Discard("noise", 64.0))
    assert books.kinds == []
    told_by.decided(Transcribe(1, 0.0, 300.0))
    told_by.decided(Discard("no words", 300.0))
    assert books.kinds == ["speech_began", "discarded"]


def test_what_is_done_to_the_persona_is_told():
    books, told_by = told()
    for action in (Hold(), Cancel("spoken over"), Nudge(0)):
        told_by.decided(action)
    assert books.kinds == ["voice_hold", "cancelled", "prompt"]
    assert books.rows[1][2] == {"cause": "spoken over"}


def test_a_callers_words_are_never_among_the_facts():
    books, told_by = told()
    told_by.said({"type": "hello", "client": {"microphone": "x"}, "consent": True, "timezone": "Z"})
    told_by.said({"type": "judge", "score": -1, "id": "7", "comment": "far too slow"})
    told_by.said({"type": "stats", "values": {"rtt_ms": 3}})
    told_by.said({"type": "text", "text": "told by who gives it a turn"})
    assert [(kind, facts, words) for kind, _, facts, words in books.rows] == [
        ("hello", {"consent": True, "timezone": "Z"}, None),
        ("judge", {"score": -1, "id": "7"}, "far too slow"),
    ]


def test_a_call_without_end_has_no_rows_without_end(monkeypatch):
    monkeypatch.setattr(event_log, "MOST", 5)
    books, told_by = told()
    for _ in range(9):
        told_by.note("interrupt")
    assert books.kinds == ["interrupt"] * 4 + ["unrecorded"]
