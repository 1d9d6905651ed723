"""Taking consent back and forgetting by the API."""

import pytest
from aiohttp import ClientResponse
from records_opened import Query
from web.api.conftest import called
from web.api.house import Called, House


def files_of(house: House, call: Called) -> list[str]:
    folder = house.books.files.root / "users" / call.user
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def withdraw(house: House, call: Called, token: str) -> ClientResponse:
    return await house.ask("POST", f"/api/sessions/{call.session}/withdraw-consent", token)


@pytest.mark.parametrize("token", ["ann-token", "olga-token"])
async def test_consent_to_a_call_that_is_over_is_taken_back(
    house: House, query: Query, token: str
) -> None:
    before = files_of(house, house.ann), files_of(house, house.bob)
    answer = await withdraw(house, house.ann, token)
    assert answer.status == 200 and await answer.json() == {"files": 1, "rows": 1}
    assert await house.books.recorder.flushed(10)
    assert files_of(house, house.ann) == [f"{house.ann.voice}.flac"] != before[0]
    assert files_of(house, house.bob) == before[1]
    (heard,) = await query("select uri, sha256 from audio where id = $1", house.ann.heard)
    assert heard == {"uri": None, "sha256": None}
    (row,) = await query(
        "select consent_given, consent_changes from session where id = $1", house.ann.session
    )
    assert row["consent_given"] is False
    assert [change["given"] for change in row["consent_changes"]] == [True, False]
    again = await (await withdraw(house, house.ann, token)).json()
    assert again == {"files": 0, "rows": 0}


async def test_consent_to_a_call_that_goes_on_is_taken_back(house: House, query: Query) -> None:
    going = called(house.books, "ann", "Still here.", ends=False)
    assert await house.books.recorder.flushed(10)
    assert await (await withdraw(house, going, "ann-token")).json() == {"files": 1, "rows": 1}
    assert await house.books.recorder.flushed(10)
    (row,) = await query("select consent_given from session where id = $1", going.session)
    assert row["consent_given"] is False
    (heard,) = await query("select uri from audio where id = $1", going.heard)
    assert heard["uri"] is None


async def test_consent_is_the_callers_own_to_take_back(house: House) -> None:
    for call, token in ((house.bob, "ann-token"), (house.ann, "tess-token")):
        before = files_of(house, call)
        assert (await withdraw(house, call, token)).status == 404
        assert files_of(house, call) == before


async def test_a_call_at_another_server_is_left_to_that(house: House, query: Query) -> None:
    await query("update session set finished = null where id = $1", house.ann.session)
    answer = await withdraw(house, house.ann, "olga-token")
    assert answer.status == 409 and "another server" in (await answer.json())["detail"]


async def test_a_person_is_forgotten(house: House, query: Query) -> None:
    left = files_of(house, house.bob)
    answer = await house.ask("POST", f"/api/users/{house.ann.user}/forget")
    gone = await answer.json()
    assert answer.status == 200, gone
    assert (gone["files"], gone["blanked"]["chat"], gone["removed"]) == (2, 1, {})
    assert files_of(house, house.ann) == [] and files_of(house, house.bob) == left
    assert await query("select text from stt order by created") == [
        {"text": None},
        {"text": "Good evening."},
    ]
    again = await (await house.ask("POST", f"/api/users/{house.ann.user}/forget")).json()
    assert (again["files"], again["blanked"]) == (0, {})


async def test_who_may_forget_and_whom(house: House) -> None:
    path = f"/api/users/{house.ann.user}/forget"
    for token in ("ann-token", "tess-token"):
        assert (await house.ask("POST", path, token)).status == 403
    assert (await house.ask("POST", path, "")).status == 401
    assert (await house.ask("POST", "/api/users/nobody/forget")).status == 404
    assert (await house.ask("POST", "/api/users/..%2Fbob/forget")).status == 404
    called(house.books, "ann", "Still here.", ends=False)
    assert await house.books.recorder.flushed(10)
    answer = await house.ask("POST", path)
    assert answer.status == 409 and "Let it end" in (await answer.json())["detail"]
