"""Thumbs in a call."""

import json

import pytest
from uuid_utils.compat import uuid7

from visavis.call.channel import protocol
from visavis.call.keeping.judging import MOST, Judging


@pytest.fixture
def judged(books):
    user = books.recorder.users.add("ann")
    session = books.recorder.session.started(user=user, initiator="caller")
    turn = uuid7()
    chat = books.recorder.chat.add(session, generation=1, system="rules", parameters={}, turn=turn)
    told = []
    judging = Judging(
        books.recorder,
        user,
        {turn: chat}.get,
        lambda what, /, **fields: told.append((what, fields)),
    )

    def say(score, turn=turn, **more):
        judging.take(
            protocol.parse(json.dumps({"type": "judge", "id": str(turn), "score": score, **more}))
        )

    return say, told, chat


ROWS = """
select j.score, j.comment, j.active, c.target_id from judgement j
join judgement_chat c on c.judgement_id = j.id order by j.id
"""


async def test_the_newest_opinion_of_a_reply_is_in_force(judged, books, query):
    say, told, chat = judged
    say(1)
    say(-1, comment="Too long.")
    say(None)
    say(0.5)
    assert await books.recorder.flushed(10)
    rows = await query(ROWS)
    assert [(row["score"], row["active"]) for row in rows] == [(1, False), (-1, False), (0.5, True)]
    assert rows[1]["comment"] == "Too long." and {row["target_id"] for row in rows} == {chat}
    assert [(kind, fields["score"]) for kind, fields in told] == [
        ("judged", 1),
        ("judged", -1),
        ("judged", None),
        ("judged", 0.5),
    ]


async def test_another_calls_reply_and_a_flood_are_refused(judged, books, query):
    say, told, _ = judged
    say(1, turn=uuid7())
    assert told[0][0] == "fault" and "not one of this call" in told[0][1]["message"]
    for _ in range(MOST + 5):
        say(1)
    assert told[-1][0] == "fault"
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
def test_a_message_that_is_none_is_refused(message):
    with pytest.raises(protocol.BadMessage):
        protocol.parse(json.dumps({"type": "judge", **message}))
