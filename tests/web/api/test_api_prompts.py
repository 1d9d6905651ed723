"""Changing prompts by the API."""

from typing import Any

from aiohttp import ClientResponse
from records_opened import Query
from web.api.house import House


async def put(
    house: House, path: str, body: dict[str, Any], token: str = "olga-token"
) -> ClientResponse:
    return await house.ask("PUT", f"/api/{path}", token, json=body)


async def test_a_saved_template_is_in_force_and_the_old_one_stays(
    house: House, query: Query
) -> None:
    assert (await put(house, "prompt-parameters/mood", {"value": "merry"})).status == 200
    assert (await put(house, "prompts/iris.system", {"text": "Be {mood}."})).status == 200
    assert (await put(house, "prompts/iris.system", {"text": "Be very {mood}."})).status == 200
    listed = await (await house.ask("GET", "/api/prompts")).json()
    assert [row["text"] for row in listed["items"]] == ["Be very {mood}."]
    assert "mood" in [row["unique_name"] for row in listed["parameters"]]
    rows = await query("select active from prompt_template order by created")
    assert [row["active"] for row in rows] == [False, True]


async def test_what_does_not_fit_together_is_refused_with_its_way(house: House) -> None:
    await put(house, "prompt-parameters/mood", {"value": "merry"})
    await put(house, "prompts/one", {"text": "One {mood}."})
    await put(house, "prompt-parameters/inner", {"template": "one"})
    cycle = await put(house, "prompts/one", {"text": "One {inner}."})
    assert cycle.status == 422 and "one" in (await cycle.json())["detail"]
    unknown = await put(house, "prompts/two", {"text": "Two {nothing}."})
    assert unknown.status == 422 and "nothing" in (await unknown.json())["detail"]
    neither = await put(house, "prompt-parameters/empty", {})
    assert neither.status == 422


async def test_only_operators_change_prompts(house: House) -> None:
    assert (await put(house, "prompts/one", {"text": "x"}, "tess-token")).status == 403
