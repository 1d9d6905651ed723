"""What a kept call gives back to be played again, and what keeps it from that."""

from uuid import UUID

import numpy as np
import pytest
from known import known
from records_opened import Books, Query
from uuid_utils.compat import uuid7

from visavis.records.recorder import Recorder
from visavis.replay.kept import CannotReplay, Kept, read

VOICE = (np.random.default_rng(3).standard_normal(16_000) * 3000).astype(np.int16)


def begin(recorder: Recorder) -> UUID:
    return recorder.session.started(user=recorder.users.add("guest"), initiator="page")


def spoken(recorder: Recorder, session: UUID, at_ms: float, text: str = "who are you") -> None:
    turn = uuid7()
    audio = recorder.audio.add(
        session, VOICE, 16_000, kind="input", turn=turn, at_ms=at_ms, provenance="microphone"
    )
    stt = recorder.stt.add(session, audio=audio, text=text, system="w", parameters={}, turn=turn)
    answer(recorder, session, turn, text, stt)
    recorder.performance_log.turn(session, turn, 300.0, {"endpoint": 210.0, "think": 40.0})


def answer(
    recorder: Recorder, session: UUID, turn: UUID, text: str | None, stt: UUID | None = None
) -> None:
    chat = recorder.chat.add(
        session,
        generation=1,
        system="rules",
        parameters={"rule": "name"},
        stt=stt,
        user_prompt=text,
        system_prompt="Be kind.",
        text="I am Iris.",
        turn=turn,
    )
    recorder.chat.heard(session, chat, heard="I am Iris.", words=3, complete=True)


async def kept(books: Books, migrated: str, session: UUID) -> Kept:
    assert await books.recorder.flushed(10)
    assert await books.recorder.flushed(10)
    return await read(migrated, books.files, session)


async def test_sound_and_typed_words_come_back_in_order(books: Books, migrated: str) -> None:
    recorder = books.recorder
    session = begin(recorder)
    await recorder.consent(session, True)
    answer(recorder, session, uuid7(), None)  # the greeting
    spoken(recorder, session, 1000.0)
    turn = uuid7()
    recorder.session_events.add(session, "text", at_ms=4000.0, turn=turn, words="and where?")
    answer(recorder, session, turn, "and where?")
    found = await kept(books, migrated, session)
    greeting, said, typed = found.exchanges
    assert not greeting.playable and greeting.heard == "I am Iris."
    assert np.array_equal(known(said.pcm), VOICE) and said.typed is None and said.at_ms == 1000.0
    assert said.transcript == "who are you" and said.reply == "I am Iris."
    assert said.stages == {"endpoint": 210.0, "think": 40.0, "unexplained": 50.0}
    assert said.systems == {"stt": "w", "chat": "rules"}
    assert typed.typed == "and where?" and typed.at_ms == 4000.0 and typed.pcm is None
    assert found.system_prompt == "Be kind." and found.version == "1.2.3" and not found.unkept


async def test_a_turn_that_went_on_is_the_beginning_of_the_next(
    books: Books, migrated: str
) -> None:
    session = begin(books.recorder)
    await books.recorder.consent(session, True)
    spoken(books.recorder, session, 1000.0, "who")
    spoken(books.recorder, session, 1000.0)
    spoken(books.recorder, session, 9000.0)
    # What was heard before and after the words overlaps: the next, and no rest of it.
    spoken(books.recorder, session, 9001.0)
    found = await kept(books, migrated, session)
    assert [exchange.voided for exchange in found.exchanges] == [True, False, False, False]


async def test_a_changed_and_a_missing_file_are_named(
    books: Books, migrated: str, query: Query
) -> None:
    session = begin(books.recorder)
    await books.recorder.consent(session, True)
    for at_ms in (0.0, 2000.0, 4000.0):
        spoken(books.recorder, session, at_ms)
    await kept(books, migrated, session)
    whole, changed, missing = [
        row["uri"] for row in await query("select uri from audio order by id")
    ]
    path = books.files.path(changed)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    books.files.path(missing).unlink()
    with pytest.raises(CannotReplay) as caught:
        await read(migrated, books.files, session)
    told = str(caught.value)
    assert f"{changed} has changed" in told and f"{missing} is missing" in told
    assert whole not in told


@pytest.mark.parametrize(
    ("consent", "says"),
    [
        (None, "did not agree"),
        (False, "took their consent back"),
        ("silent", "said and typed nothing"),
    ],
)
async def test_nothing_to_replay_says_why(
    consent: bool | str | None, says: str, books: Books, migrated: str
) -> None:
    recorder = books.recorder
    session = begin(recorder)
    if consent is not None:
        await recorder.consent(session, True)
    if consent != "silent":
        spoken(recorder, session, 0.0)
    assert await recorder.flushed(10)
    if consent is False:
        await recorder.consent(session, False)
    with pytest.raises(CannotReplay, match=says):
        await kept(books, migrated, session)


async def test_an_unknown_session_is_told(books: Books, migrated: str) -> None:
    with pytest.raises(CannotReplay, match="No session"):
        await kept(books, migrated, uuid7())
