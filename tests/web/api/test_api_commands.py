"""What the API tells calls that go on."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientResponse
from learning.test_learning_registry import npz
from records_opened import Query
from web.api.house import House
from web.api.test_api_learning import trained

from visavis.call.commands.commands import (
    CommandOutcome,
    Drain,
    ForgetUser,
    LoadModels,
    RenewPrompts,
    SaySentence,
    WithdrawConsent,
)
from visavis.learning import examples
from visavis.learning.examples import Take
from visavis.records.ids import named_id

CALL = uuid4()


async def say(house: House, body: dict[str, Any], token: str = "olga-token") -> ClientResponse:
    return await house.ask("POST", f"/api/calls/{CALL}/say", token, json=body)


async def test_a_sentence_is_said_and_can_be_asked_for_again(house: House) -> None:
    mine = uuid4()
    for body in ({"text": "We close soon."}, {"text": "We close.", "id": str(mine)}):
        assert (await say(house, body)).status == 204
    first, second = house.calls.commands
    assert isinstance(first, SaySentence) and isinstance(second, SaySentence)
    assert (first.call, first.text) == (CALL, "We close soon.")
    assert (second.id, second.text) == (mine, "We close.")
    assert first.id != mine


@pytest.mark.parametrize(
    "text",
    ["", "  ", "...", "?! 🙂", "a" * 501, "one\ntwo", 7, None],
    ids=lambda text: repr(text)[:9],
)
async def test_what_is_no_sentence_is_refused_by_its_name(house: House, text: object) -> None:
    answer = await say(house, {"text": text})
    assert answer.status == 422
    (error,) = (await answer.json())["errors"]
    assert error["field"] == "text" and house.calls.commands == []


@pytest.mark.parametrize(
    ("outcome", "status", "says"),
    [
        (CommandOutcome.DONE, 204, ""),
        (CommandOutcome.ALREADY, 204, ""),
        (CommandOutcome.NO_SUCH_CALL, 404, "no call of that id"),
        (CommandOutcome.NOT_NOW, 409, "Somebody speaks"),
        (CommandOutcome.TOO_LATE, 500, "after its deadline"),
        (CommandOutcome.FAILED, 500, "a fault says why"),
    ],
)
async def test_what_became_of_it_is_said(
    house: House, outcome: CommandOutcome, status: int, says: str
) -> None:
    house.calls.outcome = outcome
    answer = await say(house, {"text": "We close soon."})
    assert answer.status == status and says in await answer.text()
    assert (answer.headers.get("Retry-After") == "1") == (outcome is CommandOutcome.NOT_NOW)


async def test_only_operators_tell_calls_what_to_do(house: House) -> None:
    for token in ("ann-token", "tess-token", "tom-token"):
        assert (await say(house, {"text": "Hello."}, token)).status == 403
        drained = await house.ask("POST", "/api/drain", token, json={"grace_s": 0})
        assert drained.status == 403
    assert house.calls.commands == []


async def test_a_server_is_drained(house: House) -> None:
    async def drain(grace_s: object) -> int:
        answer = await house.ask("POST", "/api/drain", json={"grace_s": grace_s})
        return answer.status

    assert [await drain(one) for one in (-1, 86_401, "soon")] == [422] * 3
    assert await drain(60) == 204
    (command,) = house.calls.commands
    assert isinstance(command, Drain) and command.grace_s == 60


async def test_a_call_that_goes_on_hears_that_its_consent_is_taken_back(house: House) -> None:
    path = f"/api/sessions/{house.ann.session}/withdraw-consent"
    assert (await house.ask("POST", path, "ann-token")).status == 200
    (command,) = house.calls.commands
    assert isinstance(command, WithdrawConsent) and command.session == house.ann.session
    assert (await house.ask("POST", path, "tess-token")).status == 404
    assert len(house.calls.commands) == 1


async def test_who_is_forgotten_is_hung_up_on_first(house: House, query: Query) -> None:
    assert (await house.ask("POST", f"/api/users/{house.ann.user}/forget")).status == 200
    (command,) = house.calls.commands
    assert isinstance(command, ForgetUser) and command.user == house.ann.user
    assert (await house.ask("POST", "/api/users/nobody/forget")).status == 404
    await query(
        "insert into users (user_id, username) values ($1, 'guest')",
        str(named_id("users", "guest")),
    )
    assert (await house.ask("POST", "/api/users/guest/forget")).status == 200
    assert len(house.calls.commands) == 1, "a name that callers share is nobody's"


async def test_prompts_that_are_saved_serve_the_calls_that_go_on(house: House) -> None:
    for path, body, status in (
        ("prompts/one", {"text": "One."}, 200),
        ("prompts/one", {"text": "One {nothing}."}, 422),
        ("prompt-parameters/mood", {"value": "merry"}, 200),
    ):
        assert (await house.ask("PUT", f"/api/{path}", json=body)).status == status
    assert [type(one) for one in house.calls.commands] == [RenewPrompts] * 2


async def test_models_that_serve_are_loaded_by_the_calls_that_go_on(house: House) -> None:
    for n in range(3):
        for sign in ("wave", "drink"):
            seed = 10 * n + len(sign)
            take = Take(
                house.ann.user,
                house.ann.session,
                "gesture",
                sign,
                npz(sign, seed),
                status="confirmed",
            )
            await examples.keep(house.reader, house.books.files, take)
    first = await trained(house)
    await trained(house, seed=2, activate=False)
    assert len(house.calls.commands) == 1, "only the first is in force"
    model = UUID(first["model_id"])
    path = "/api/learners/ann"
    for asked, body in ((f"models/{model}/activate", None), ("roll-back", {"modality": "gesture"})):
        answer = await house.ask("POST", f"{path}/{asked}", "tom-token", json=body)
        assert answer.status in (200, 404), await answer.text()
    unknown = await house.ask("POST", f"{path}/models/{uuid4()}/activate", "tom-token")
    assert unknown.status == 404
    told = house.calls.commands
    assert {type(one) for one in told} == {LoadModels} and len(told) == 2
    assert {getattr(one, "user", "") for one in told} == {house.ann.user}
