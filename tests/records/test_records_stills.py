"""The pictures made of a portrait: kept once with their master, looked at, and judged by that."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from records_opened import Books, Query

import visavis.personas
from visavis.engines.vision.openai import OpenAIVision
from visavis.precalculated import stills as likenesses

IRIS = Path(visavis.personas.__file__).parent / "iris" / "portrait"


@pytest.fixture
def keep(books: Books) -> Callable[..., Awaitable[None]]:
    master = books.recorder.portrait.add(
        books.files.write("portraits/master.webp", (IRIS / "neutral.webp").read_bytes()),
        width=768,
        height=768,
        provenance="test",
    )

    async def kept(**stills: str) -> None:
        pictures = {n: ((IRIS / f"{f}.webp").read_bytes(), "image/webp") for n, f in stills.items()}
        await likenesses.keep(
            pictures,
            owner="iris",
            master=master,
            size=768,
            files=books.files,
            recorder=books.recorder,
        )

    return kept


async def test_likenesses_are_kept_and_described_once(
    books: Books, query: Query, keep: Callable[..., Awaitable[None]]
) -> None:
    for looked in 2, 0:
        await keep(portrait="neutral", asleep="asleep")
        assert await likenesses.look("iris", books.files, books.recorder) == looked
    assert await books.recorder.flushed(10)
    rows = await query(
        "select d.details->>'likeness' as name, v.description, c.kind from portrait d "
        "join portrait m on m.id = d.master_id join vision v on v.portrait_id = d.id "
        "join precalculation c on c.vision_id = v.id order by 1 desc"
    )
    said = {row["name"]: row["description"] for row in rows}
    assert said["portrait"] == "A face is seen, looking towards the camera."
    assert said["asleep"] == "A face is seen, with closed eyes."
    assert await query("select type from faults") == []


async def test_a_picture_that_did_not_succeed_is_a_fault(
    books: Books, query: Query, keep: Callable[..., Awaitable[None]]
) -> None:
    await keep(asleep="neutral")
    await likenesses.look("iris", books.files, books.recorder)
    assert await books.recorder.flushed(10)
    (fault,) = await query("select type, description, system from faults")
    assert (fault["type"], fault["system"]) == ("vision_likeness", "vision")
    assert "should have its eyes closed; they are open" in fault["description"]


async def test_a_remote_model_describes_it_in_its_own_words(
    books: Books, query: Query, keep: Callable[..., Awaitable[None]]
) -> None:
    asked = []

    async def complete(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer sesame":
            return web.json_response(
                {"error": f"not {request.headers['Authorization']}"}, status=401
            )
        asked.append(await request.json())
        return web.json_response({"choices": [{"message": {"content": " A woman with a bob. "}}]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    async with TestServer(app) as at:
        await keep(portrait="neutral")
        for key, looked in (("wrong", 0), ("sesame", 1)):
            remote = OpenAIVision(str(at.make_url("/v1")), "eyes", key)
            assert await likenesses.look("iris", books.files, books.recorder, remote) == looked
    picture = asked[0]["messages"][0]["content"][1]["image_url"]["url"]
    assert picture.startswith("data:image/webp;base64,")
    assert await books.recorder.flushed(10)
    (row,) = await query("select system, description, details from vision")
    assert row["system"] == "openai:eyes" and row["description"] == "A woman with a bob."
    assert row["details"]["eyes_open"] > 0.18
    (fault,) = await query("select description from faults")
    assert "vision.key is missing or wrong" in fault["description"]
    assert "not Bearer …" in fault["description"]
