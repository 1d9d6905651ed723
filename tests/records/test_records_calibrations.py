"""Calibrations: every change a row, and what the next call of the same client begins with."""

from uuid import UUID

import pytest
from known import known
from records_opened import Books, OpenBooks, Query

from visavis.records.writing import calibration_settings as calibrations
from visavis.records.writing.calibration_settings import StoredCalibration

FACTS = {"browser": "x", "microphone": "desk", "window": "1280x800", "odd": "a\0b"}
FOUND = StoredCalibration(6.0, -62.5, -30.0, {"x": 0.5, "y": 0.4, "size": 0.3, "light": 0.6})


async def put(
    books: Books,
    found: StoredCalibration = FOUND,
    facts: dict[str, str] = FACTS,
    cause: str = "guided check",
    consent: bool = True,
) -> UUID:
    recorder = books.recorder
    session = recorder.session.started(user=recorder.users.add("guest"), initiator="page")
    if consent:
        await recorder.consent(session, True)
    system = recorder.session.client_system(facts)
    row = recorder.calibration_settings.add(
        session, found, cause=cause, client_system=system, facts=facts
    )
    assert await recorder.flushed(10)
    return row


async def test_every_change_is_a_row(books: Books, query: Query) -> None:
    await put(books)
    await put(books, StoredCalibration(3.0), cause="camera moved")
    rows = await query("select * from calibration_settings order by created")
    assert [(row["cause"], row["gain_db"]) for row in rows] == [
        ("guided check", 6.0),
        ("camera moved", 3.0),
    ]
    assert rows[0]["framing"] == dict(FOUND.framing) and rows[0]["noise_floor_db"] == -62.5
    assert rows[0]["deployment_id"] and rows[0]["client_system_id"] and rows[0]["session_id"]
    assert rows[1]["noise_floor_db"] is None


FRAMING = "select framing, details, gain_db from calibration_settings order by created"


async def test_what_the_camera_told_is_kept_with_consent_only(books: Books, query: Query) -> None:
    await put(books, consent=False)
    await put(books)
    assert [row["framing"] for row in await query(FRAMING)] == [{}, dict(FOUND.framing)]


@pytest.mark.parametrize("when", ["during the call", "after the call", "by the next run"])
async def test_consent_withdrawn_takes_what_the_camera_told(
    when: str, open_books_with: OpenBooks, query: Query
) -> None:
    async with open_books_with() as books:
        await put(books)
        (session,) = await query("select id from session")
        if when == "after the call":
            books.recorder.session.finished(session["id"], ending="hung up")
        if when != "by the next run":
            await books.recorder.consent(session["id"], False)
            assert await books.recorder.flushed(10)
    if when == "by the next run":
        async with open_books_with() as books:
            assert await books.recorder.consent(session["id"], False)
            assert await books.recorder.flushed(10)
    assert await query(FRAMING) == [{"framing": {}, "details": {}, "gain_db": 6.0}]


async def test_framing_is_forgotten_at_once_and_the_gain_is_not(books: Books) -> None:
    await put(books)
    books.recorder.calibration_settings.unframed(FACTS)
    found = known(await books.recorder.calibration_settings.latest(FACTS))
    assert found.framing == {} and found.gain_db == 6.0


@pytest.mark.parametrize("by", ["memory", "database"])
async def test_the_latest_of_the_same_client_and_deployment_counts(
    by: str, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by == "database":
        monkeypatch.setattr(calibrations, "FRESH_S", 0.0)
    ask = books.recorder.calibration_settings.latest
    assert await ask(FACTS) is None
    await put(books, StoredCalibration(1.0))
    await put(books)
    await put(books, StoredCalibration(9.0), {**FACTS, "microphone": "headset"})
    assert await ask({**FACTS, "window": "400x600"}) == FOUND
    assert await ask({**FACTS, "microphone": "other"}) is None
    assert await ask({}) is None
    books.recorder.deployment.add(name="elsewhere", kind="kiosk", configuration={})
    if by == "database":
        assert await ask(FACTS) is None


async def test_a_forgotten_client_is_not_known_any_more(
    books: Books, monkeypatch: pytest.MonkeyPatch, query: Query
) -> None:
    monkeypatch.setattr(calibrations, "FRESH_S", 0.0)
    await put(books)
    await query("update client_system set facts = '{}'")
    assert await books.recorder.calibration_settings.latest(FACTS) is None


async def test_memory_is_bounded(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrations, "MOST", 3)
    recorder = books.recorder
    session = recorder.session.started(user=recorder.users.add("guest"), initiator="page")
    for n in range(10):
        recorder.calibration_settings.add(
            session, FOUND, cause="page", client_system=None, facts={"n": n}, details={}
        )
    assert len(recorder.calibration_settings._latest_of) == 3
