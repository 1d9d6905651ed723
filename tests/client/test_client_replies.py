"""Which reply belongs to which turn, on messages made by hand."""

from typing import Any

from visavis.client import replies
from visavis.client.report import SpokenOver, TurnReport


def caption(at: float, who: str, one: str, text: str = "Words.") -> dict[str, Any]:
    return {"type": "caption", "received_ms": at, "who": who, "id": one, "text": text}


def heard(at: float, one: str, words: int = 1, complete: bool = True) -> dict[str, Any]:
    return {
        "type": "heard",
        "received_ms": at,
        "id": one,
        "words": words,
        "complete": complete,
    }


def typed(text: str, at: float) -> TurnReport:
    return TurnReport(0, text, "text", at, at)


LATE_GREETING = [
    caption(1600, "caller", "one", "Why  is it so?"),
    caption(1700, "persona", "greeting"),
    heard(2500, "greeting"),
    caption(2600, "persona", "one"),
    heard(3500, "one"),
    caption(3700, "caller", "two", "Why is it so?"),
]


def test_a_typed_turn_has_the_id_of_its_own_text() -> None:
    first, second = typed("Why is it so?", 1500), typed("Why is it so?", 3600)
    assert replies.ids_of(LATE_GREETING, first) == ["one"]
    assert replies.ids_of(LATE_GREETING, second) == ["two"]
    assert replies.ids_of(LATE_GREETING, typed("Who?", 1500)) == []


def test_a_greeting_answers_nothing() -> None:
    ids = ["one"]
    assert not replies.answered(LATE_GREETING[:3], ids)
    assert replies.answered(LATE_GREETING[:4], ids)
    assert not replies.answered(LATE_GREETING, ["two"])
    assert replies.others_until(LATE_GREETING, ids, 1500) == 2500
    assert replies.others_until(LATE_GREETING, ids, 2550) is None


def test_a_reply_is_under_way_until_the_server_says_that_it_was_heard() -> None:
    assert replies.under_way(LATE_GREETING[:2]) and not replies.under_way(
        LATE_GREETING[:2], ["one"]
    )
    assert not replies.under_way(LATE_GREETING[:3])
    assert replies.told(LATE_GREETING, ["one"], 3500)
    assert not replies.told(LATE_GREETING, ["one"], 3501)


def test_a_reply_given_up_unheard_is_no_answer() -> None:
    events = [caption(10, "caller", "one"), heard(20, "one", words=0, complete=False)]
    assert not replies.answered(events, ["one"])
    assert replies.answered([*events, heard(30, "one", words=0)], ["one"]), "one without sound"


def test_speech_may_be_heard_as_several_turns() -> None:
    events = [
        caption(50, "caller", "before"),
        caption(110, "caller", "one"),
        caption(120, "caller", "before"),
        caption(130, "caller", "two"),
        caption(900, "caller", "next"),
    ]
    row = TurnReport(0, "say.wav", "speech", 100, 125)
    assert replies.ids_of(events, row, 800) == ["one", "two"]


def test_what_spoke_over_the_reply_to_a_typed_text_is_a_turn_of_it_too() -> None:
    events = [caption(110, "caller", "one", "Why?"), caption(500, "caller", "over", "No, wait.")]
    row = typed("Why?", 100)
    assert replies.ids_of(events, row) == ["one"]
    row.spoken_over = SpokenOver("over.wav", 400, 480)
    assert replies.ids_of(events, row) == ["one", "over"]
