"""What a call says, and what is then in Postgres and on the disk."""

import asyncio
import io
from typing import Any
from uuid import UUID

import av
import numpy as np
import pytest
from lineage import lineage
from records_opened import Books, OpenBooks, Query
from uuid_utils.compat import uuid7

from visavis.records.recorder import Recorder
from visavis.records.writing.session import CONSENT_CHANGES

RNG = np.random.default_rng(1)
VOICE = (RNG.standard_normal(16_000) * 3000).astype(np.int16)


def begin(recorder: Recorder) -> UUID:
    return recorder.session.started(user=recorder.users.add("guest"), initiator="page")


def exchange(recorder: Recorder, session: UUID, turn: UUID) -> dict[str, UUID]:
    """A spoken turn and its reply; the ids by table."""
    ids = {}
    ids["audio"] = recorder.audio.add(
        session, VOICE, 16_000, kind="input", turn=turn, at_ms=120.0, provenance="microphone"
    )
    ids["stt"] = recorder.stt.add(
        session,
        audio=ids["audio"],
        text="who are you",
        system="whisper",
        parameters={"beam": 1},
        turn=turn,
    )
    ids["chat"] = recorder.chat.add(
        session,
        generation=3,
        system="rules",
        parameters={"rule": "name"},
        stt=ids["stt"],
        user_prompt="who are you",
        system_prompt="Be kind.",
        turn=turn,
        prompt_values={"holes": {"caller_name": "Ada"}},
        retrieved=[{"text": "a chunk"}],
    )
    ids["speech"] = recorder.audio.add(
        session, VOICE, 24_000, kind="output", turn=turn, provenance="tts"
    )
    ids["tts"] = recorder.tts.add(
        session,
        text="I am Iris.",
        system="hibari",
        parameters={"pitch": 1.0},
        chat=ids["chat"],
        audio=ids["speech"],
        words=[{"text": "I", "start": 0, "end": 90}],
        turn=turn,
    )
    ids["lipsync"] = recorder.lipsync.add(
        session, tts=ids["tts"], audio=ids["speech"], system="shapes", parameters={}, turn=turn
    )
    recorder.chat.finished(session, ids["chat"], text="I am Iris. And you?")
    recorder.chat.heard(session, ids["chat"], heard="I am Iris.", words=3, complete=False)
    recorder.performance_log.turn(
        session, turn, 480.0, {"end_of_turn": 210.0, "stt": 50.5, "tts": 31.0}
    )
    return ids


@pytest.mark.parametrize("start", ["chat", "tts", "lipsync"])
async def test_one_query_walks_from_any_reply_back_to_the_microphone(
    books: Books, start: str
) -> None:
    session, turn = begin(books.recorder), uuid7()
    await books.recorder.consent(session, True)
    ids = exchange(books.recorder, session, turn)
    assert await books.recorder.flushed(10)

    (way,) = await lineage(books.url, ids[start])
    for name in ("chat", "stt", "audio", "tts", "lipsync"):
        assert way[f"{name}_id"] == ids[name]
    assert (way["stt_text"], way["tts_text"]) == ("who are you", "I am Iris.")
    assert (way["chat_text"], way["heard"]) == ("I am Iris. And you?", "I am Iris.")
    assert way["stt_parameters"] == {"beam": 1} and way["generation"] == 3
    assert (way["version"], way["node"], way["hardware"]) == ("1.2.3", "test", {"cores": 2})
    assert (way["deployment"], way["deployment_type"]) == ("here", "video_call")
    assert way["session_id"] == session and way["turn_id"] == turn
    assert sum(way["stages"].values()) == way["voice_to_voice"] == 480.0
    assert way["stages"]["unexplained"] == 188.5

    heard = books.files.path(way["audio_uri"])
    assert way["audio_uri"].startswith(f"users/{way['user_id']}/sessions/{session}/audio/")
    with av.open(io.BytesIO(heard.read_bytes())) as flac:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in flac.decode(audio=0)])
    assert np.array_equal(samples, VOICE)


async def test_a_typed_turn_has_no_microphone_and_a_way_back_all_the_same(books: Books) -> None:
    session = begin(books.recorder)
    chat = books.recorder.chat.add(
        session, generation=0, system="rules", parameters={}, user_prompt="hello", text="Hi."
    )
    assert await books.recorder.flushed(10)
    (way,) = await lineage(books.url, chat)
    assert way["stt_id"] is None and way["user_prompt"] == "hello" and way["version"] == "1.2.3"
    assert way["stages"] == {}


async def test_a_session_and_its_modes(books: Books, query: Query) -> None:
    recorder = books.recorder
    recorder.mode_state.entered(None, "warmup", cause="start")
    session = begin(recorder)
    client = recorder.session.client_system({"browser": "Chromium"})
    recorder.session.facts(session, timezone="Europe/Vienna", client_system=client)
    for mode in ("idle", "chat", "chat", "close"):
        recorder.mode_state.entered(session, mode, cause=f"because {mode}")
    recorder.mode_state.entered(None, "idle", cause="warm")
    recorder.mode_state.page_was_away(session, 90_000.0)
    recorder.session.finished(session, ending="hang-up")
    recorder.run_ended()
    assert await recorder.flushed(10)

    (row,) = await query("select * from session")
    assert row["timezone"] == "Europe/Vienna" and row["client_system_id"] == client
    assert row["ending"] == "hang-up" and row["finished"] > row["started"]
    modes = await query(
        "select mode, lower(during) as since, upper(during) as until from mode_state "
        "where session_id = $1 order by lower(during)",
        session,
    )
    assert [mode["mode"] for mode in modes] == ["reset", "idle", "chat", "chat", "close"]
    assert (modes[0]["until"] - modes[0]["since"]).total_seconds() == 90
    ends = [mode["until"] for mode in modes]
    assert ends[:-1] == [mode["since"] for mode in modes[1:]] and ends[-1] is not None
    assert books.journal.stats.dead == 0


async def test_without_consent_the_row_is_there_and_the_file_is_not(
    books: Books, query: Query
) -> None:
    session, turn = begin(books.recorder), uuid7()
    ids = exchange(books.recorder, session, turn)
    features = books.recorder.pose.add(
        session, b"npz", encoding="e", frames=1, system="s", parameters={}, provenance="camera"
    )
    assert features is None
    assert await books.recorder.flushed(10)
    (way,) = await lineage(books.url, ids["tts"])
    assert way["audio_id"] == ids["audio"] and way["audio_uri"] is None
    assert way["audio_length_ms"] == 1000.0 and way["stt_text"] == "who are you"
    assert way["speech_uri"] is not None  # the persona's voice is not the caller's
    assert len(list(books.files.root.rglob("*.flac"))) == 1
    assert await query("select id from pose") == []


async def test_a_deployment_that_keeps_no_transcripts_keeps_no_words(
    open_books_with: OpenBooks, query: Query
) -> None:
    async with open_books_with(keep_transcripts=False) as books:
        exchange(books.recorder, begin(books.recorder), uuid7())
        assert await books.recorder.flushed(10)
        kept = begin(books.recorder)
        await books.recorder.consent(kept, True)
        exchange(books.recorder, kept, uuid7())
        books.recorder.session_events.add(kept, "heard", words="who are you")
        assert await books.recorder.flushed(10)
        for table, column in (("stt", "text"), ("chat", "user_prompt"), ("tts", "text")):
            rows = await query(f"select {column} as words from {table} order by created")
            assert [row["words"] is None for row in rows] == [True, False]
        (words,) = await query("select heard, text, system_prompt from chat order by id limit 1")
        assert set(words.values()) == {None}
        told = "select prompt_values, retrieved from chat order by id"
        first, second = await query(told)
        assert list(first.values()) == [{}, []] and second["retrieved"][0]["text"] == "a chunk"

        await books.recorder.consent(kept, False)
        assert await books.recorder.flushed(10)
        assert await query("select id from stt where text is not null") == []
        assert await query("select id from tts where text is not null or words <> '[]'") == []
        assert await query("select id from chat where coalesce(text, heard) is not null") == []
        assert all(list(row.values()) == [{}, []] for row in await query(told))
        assert await query("select payload from session_events") == [{"payload": {}}]


@pytest.mark.parametrize("when", ["during the call", "after the call", "by the next run"])
async def test_withdrawing_consent_deletes_files_and_blanks_rows(
    when: str, open_books_with: OpenBooks, query: Query
) -> None:
    async with open_books_with() as books:
        recorder, session = books.recorder, begin(books.recorder)
        await recorder.consent(session, True)
        exchange(recorder, session, uuid7())
        recorder.pose.add(
            session,
            b"npz",
            encoding="e",
            frames=1,
            system="s",
            parameters={},
            provenance="camera",
            interpretation={"hands": "raised"},
        )
        recorder.video.add(
            session, b"webm", kind="input", mime_type="video/webm", length_ms=9, provenance="camera"
        )
        recorder.vision.add(
            session, system="s", parameters={}, description="in red", details={"colour": "red"}
        )
        recorder.session_events.add(session, "heard", words="who are you")
        assert await recorder.flushed(10)
        assert len(list(books.files.root.rglob("users/**/*.*"))) == 4
        if when == "during the call":
            await recorder.consent(session, False)
        elif when == "after the call":
            recorder.session.finished(session, ending="hang-up")
            await recorder.consent(session, False)
        assert await recorder.flushed(10)
    if when == "by the next run":
        async with open_books_with() as books:
            assert await books.recorder.consent(session, False)
            assert await books.recorder.flushed(10)

    (left,) = books.files.root.rglob("users/**/*.*")
    rows = await query("select kind, uri, sha256, size, format from audio")
    assert {row["kind"]: row["uri"] is None for row in rows} == {"input": True, "output": False}
    assert str(left).endswith(next(row["uri"] for row in rows if row["kind"] == "output"))
    assert await query("select features_uri as u, interpretation as i from pose") == [
        {"u": None, "i": {}}
    ]
    assert await query("select uri, sha256 from video") == [{"uri": None, "sha256": None}]
    assert await query("select description, details from vision") == [
        {"description": None, "details": {}}
    ]
    # Words stay where the deployment keeps them; but a prompt says what was seen.
    assert await query("select system_prompt, prompt_values, heard from chat") == [
        {"system_prompt": None, "prompt_values": {}, "heard": "I am Iris."}
    ]
    assert await query("select payload from session_events") == [
        {"payload": {"words": "who are you"}}
    ]
    assert await query("select text from stt") == [{"text": "who are you"}]
    (consent,) = await query("select consent_given, consent_changes as changes from session")
    if when == "during the call":
        assert consent["consent_given"] is False
        assert [change["given"] for change in consent["changes"]] == [True, False]


async def test_only_changes_of_consent_are_kept_and_the_latest_of_them(
    books: Books, query: Query
) -> None:
    recorder, session = books.recorder, begin(books.recorder)
    changes = "select consent_given as given, consent_changes as changes from session"
    for given in (False, False, True, True, True, False, False):
        await recorder.consent(session, given)
    assert await recorder.flushed(10)
    (row,) = await query(changes)
    assert [change["given"] for change in row["changes"]] == [False, True, False]
    for n in range(2 * CONSENT_CHANGES + 1):
        await recorder.consent(session, n % 2 == 0)
    assert await recorder.flushed(10)
    (row,) = await query(changes)
    assert row["given"] is True and len(row["changes"]) == CONSENT_CHANGES


async def test_what_a_reply_was_told_comes_too_late_once_consent_is_taken_back(
    books: Books, query: Query
) -> None:
    recorder, session = books.recorder, begin(books.recorder)
    await recorder.consent(session, True)
    made_by: dict[str, Any] = {"system": "rules", "parameters": {}}
    first = recorder.chat.add(session, generation=1, user_prompt="hello", **made_by)
    await recorder.consent(session, False)
    second = recorder.chat.add(session, generation=2, user_prompt="hello", **made_by)
    for chat in (first, second):
        recorder.chat.told(session, chat, {"holes": {"seen": "somebody"}}, [])
    assert await recorder.flushed(10)
    told = await query("select prompt_values <> '{}' as told from chat order by id")
    assert [row["told"] for row in told] == [False, True]


async def test_a_reply_that_began_before_consent_is_blanked_with_what_came_after_it(
    open_books_with: OpenBooks, query: Query
) -> None:
    async with open_books_with(keep_transcripts=False) as books:
        recorder, session = books.recorder, begin(books.recorder)
        made_by: dict[str, Any] = {"system": "rules", "parameters": {}}
        chats = [recorder.chat.add(session, generation=n, **made_by) for n in range(3)]
        await recorder.consent(session, True)
        recorder.chat.told(session, chats[0], {"holes": {"earlier": "hello"}}, [])
        recorder.chat.finished(session, chats[1], text="I am Iris.")
        recorder.chat.heard(session, chats[2], heard="I am", words=2, complete=False)
        await recorder.consent(session, False)
        for chat in chats:  # too late
            recorder.chat.finished(session, chat, text="I am Iris.")
            recorder.chat.heard(session, chat, heard="I am", words=2, complete=False)
        await recorder.consent(session, True)
        for chat in chats:  # given anew, for what comes from now on
            recorder.chat.finished(session, chat, text="I am Iris.")
        assert await recorder.flushed(10)
        kept = await query("select prompt_values, text, heard, heard_words from chat")
        assert [list(row.values()) for row in kept] == [[{}, None, None, 2]] * 3


async def test_consent_taken_back_while_a_file_is_being_written_wins(
    books: Books, query: Query
) -> None:
    session = begin(books.recorder)
    await books.recorder.consent(session, True)
    books.recorder.audio.add(session, VOICE, 16_000, kind="input", provenance="microphone")
    books.recorder.consent(session, False).close()  # a call that ends here doesn't wait
    assert await books.recorder.flushed(10)
    assert list(books.files.root.rglob("*.flac")) == []
    assert await query("select uri from audio") == [{"uri": None}]


async def test_what_can_not_be_written_is_a_fault_and_no_exception(
    books: Books, query: Query
) -> None:
    session = begin(books.recorder)
    await books.recorder.consent(session, True)
    books.recorder.mode_state.entered(session, "chat", cause="speech")
    (books.files.root / "users").write_text("in the way")
    books.recorder.audio.add(session, VOICE, 16_000, kind="input", provenance="microphone")
    books.recorder.performance_log.add("stt", float("nan"), session=session)
    assert await books.recorder.flushed(10)
    assert await books.recorder.flushed(10)
    faults = await query("select type, session_id, mode, run_id from faults order by created")
    assert [fault["type"] for fault in faults] == ["file_not_written", "rows_refused"]
    assert faults[0]["session_id"] == session and faults[0]["mode"] == "chat"
    assert faults[0]["run_id"] is not None


async def test_two_runs_give_named_things_one_row(open_books_with: OpenBooks, query: Query) -> None:
    for _ in range(2):
        async with open_books_with() as books:
            begin(books.recorder)
            assert await books.recorder.flushed(10)
    for table, rows in (("run", 2), ("session", 2), ("users", 1), ("deployment", 1)):
        assert len(await query(f"select * from {table}")) == rows
    assert len(await query("select * from system_version")) == 1


async def test_a_slow_disk_is_told_and_never_waited_for(books: Books, query: Query) -> None:
    session = begin(books.recorder)
    await books.recorder.consent(session, True)
    minute = np.zeros(48_000 * 60, np.int16)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(13):  # 75 MB
        books.recorder.audio.add(session, minute, 48_000, kind="output", provenance="test")
    assert loop.time() - began < 0.1
    assert await books.recorder.flushed(30)
    assert await books.recorder.flushed(10)
    await books.recorder.close()
    assert await books.recorder.flushed(10)
    (fault,) = await query("select details from faults where type = 'file_dropped'")
    assert fault["details"]["times"] == 2
    assert len(await query("select id from audio where uri is null")) == 2


async def test_the_filter_of_a_sound_is_on_exactly_the_rows_it_touched(
    books: Books, query: Query
) -> None:
    recorder = books.recorder
    session = recorder.session.started(user=recorder.users.add("someone"), initiator="caller")
    row = recorder.audio.filter("high-pass", "highpass=f=80")
    assert row == recorder.audio.filter("high-pass", "highpass=f=80")
    assert row != recorder.audio.filter("high-pass", "highpass=f=100")
    pcm = np.zeros(160, np.int16)
    common: dict[str, Any] = {"kind": "input", "provenance": "a test"}
    touched = recorder.audio.add(
        session, pcm, 16_000, audio_filter=row, details={"gain_db": 6.0}, **common
    )
    untouched = recorder.audio.add(session, pcm, 16_000, **common)
    assert await recorder.flushed(10)
    rows = {
        found["id"]: found
        for found in await query(
            "select a.id, a.details, f.name, f.implementation from audio a "
            "left join audio_filter f on f.id = a.audio_filter_id"
        )
    }
    assert (rows[touched]["name"], rows[touched]["implementation"]) == (
        "high-pass",
        "highpass=f=80",
    )
    assert rows[touched]["details"] == {"gain_db": 6.0}
    assert rows[untouched]["name"] is None
    assert [one["count"] for one in await query("select count(*) from audio_filter")] == [2]
