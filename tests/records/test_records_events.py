"""What happened in a call: in order, and without the caller's words where none may be kept."""

from uuid import UUID

from records_opened import Books, OpenBooks, Query
from uuid_utils.compat import uuid7

from visavis.records.recorder import Recorder

EVENTS = "select event_type, at_ms, turn_id, payload from session_events order by event_id"


def begin(recorder: Recorder) -> UUID:
    return recorder.session.started(user=recorder.users.add("guest"), initiator="page")


async def test_events_keep_their_order_their_time_and_their_turn(
    books: Books, query: Query
) -> None:
    recorder, turn = books.recorder, uuid7()
    session = begin(recorder)
    for n in range(50):
        recorder.session_events.add(
            session, f"step {n}", at_ms=float(n), turn=turn, payload={"n": n}
        )
    assert await recorder.flushed(10)
    rows = await query(EVENTS)
    assert [row["event_type"] for row in rows] == [f"step {n}" for n in range(50)]
    assert [row["at_ms"] for row in rows] == [float(n) for n in range(50)]
    assert rows[7]["payload"] == {"n": 7} and {row["turn_id"] for row in rows} == {turn}


async def test_words_stand_in_an_event_as_long_as_they_may_be_kept(
    open_books_with: OpenBooks, query: Query
) -> None:
    async with open_books_with(keep_transcripts=False) as books:
        recorder = books.recorder
        session = begin(recorder)
        recorder.session_events.add(session, "text", payload={"n": 1}, words="my secret")
        await recorder.consent(session, True)
        recorder.session_events.add(session, "text", payload={"n": 2}, words="my secret")
        assert await recorder.flushed(10)
        assert [row["payload"] for row in await query(EVENTS)] == [
            {"n": 1},
            {"n": 2, "words": "my secret"},
        ]
        await recorder.consent(session, False)
        assert await recorder.flushed(10)
        assert [row["payload"] for row in await query(EVENTS)] == [{"n": 1}, {}]


async def test_words_of_an_earlier_call_go_too(open_books_with: OpenBooks, query: Query) -> None:
    async with open_books_with(keep_transcripts=False) as books:
        session = begin(books.recorder)
        await books.recorder.consent(session, True)
        books.recorder.session_events.add(session, "text", words="my secret")
        assert await books.recorder.flushed(10)
    async with open_books_with(keep_transcripts=False) as books:
        assert await books.recorder.consent(session, False)
        assert await books.recorder.flushed(10)
    assert [row["payload"] for row in await query(EVENTS)] == [{}]


async def test_where_transcripts_are_kept_words_need_no_consent(books: Books, query: Query) -> None:
    books.recorder.session_events.add(begin(books.recorder), "text", words="hello")
    assert await books.recorder.flushed(10)
    assert [row["payload"] for row in await query(EVENTS)] == [{"words": "hello"}]
