"""Thumbs in a call."""

import json

import pytest
from overhear import told
from records_opened import Books, Query
from uuid_utils.compat import uuid7

from visavis.call.channel import protocol
from visavis.call.events import Bus, MessageCame, ReplyChosen
from visavis.call.keeping.judging import MOST, Judging
from visavis.call.keeping.turn_recorder import TurnRecorder


@pytest.fixture
def judged(books: Books):
    user = books.recorder.users.add("ann")
    session = books.recorder.session.started(user=user, initiator="caller")
    turn = uuid7()
    bus = Bus()
    rows = TurnRecorder(session, books.recorder, bus)
    Judging(books.recorder, user, rows, bus)
    bus.publish(ReplyChosen(turn, 1, "Hello?", "rules", {}, None))
    sent = told(bus)

    def say(score, turn=turn, **more) -> None:
        said = {"type": "judge", "id": str(turn), "score": score, **more}
        bus.publish(MessageCame(protocol.parse(json.dumps(said))))

    return say, sent, rows.chat_of(turn)


ROWS = """
select j.score, j.comment, j.active, c.target_id from judgement j
join judgement_chat c on c.judgement_id = j.id order by j.id
"""


async def test_the_newest_opinion_of_a_reply_is_in_force(
    judged, books: Books, query: Query
) -> None:
    say, sent, chat = judged
    say(1)
    say(-1, comment="Too long.")
    say(None)
    say(0.5)
    assert await books.recorder.flushed(10)
    rows = await query(ROWS)
    assert [(row["score"], row["active"]) for row in rows] == [(1, False), (-1, False), (0.5, True)]
    assert rows[1]["comment"] == "Too long." and {row["target_id"] for row in rows} == {chat}
    assert [(kind, fields["score"]) for kind, fields in sent] == [
        ("judged", 1),
        ("judged", -1),
        ("judged", None),
        ("judged", 0.5),
    ]


async def test_another_calls_reply_and_a_flood_are_refused(
    judged, books: Books, query: Query
) -> None:
    say, sent, _ = judged
    say(1, turn=uuid7())
    assert sent[0][0] == "fault" and "not one of this call" in sent[0][1]["message"]
    for _ in range(MOST + 5):
        say(1)
    assert sent[-1][0] == "fault"
    assert await books.recorder.flushed(20)
    assert len(await query(ROWS)) == MOST


@pytest.mark.parametrize(
    "message",
    [
        {"id": "../x", "score": 1},
        {"id": str(uuid7()), "score": 2},
        {"id": str(uuid7()), "score": "good"},
        {"id": str(uuid7())},
        {"id": str(uuid7()), "score": 1, "comment": "x" * 4001},
    ],
)
def test_a_message_that_is_none_is_refused(message) -> None:
    with pytest.raises(protocol.BadMessage):
        protocol.parse(json.dumps({"type": "judge", **message}))
