"""What a place knows reaches the model's request and the reply's row; small talk takes nothing."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from lineage import rebuilt
from nodes import Node, new_folder, serving

from visavis.client import CallPlan
from visavis.client.line import Line

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PROGRAMME = """
title = "Open day"
[[events]]
time = "14:30"
event = "Guided tour of the east wing"
place = "the fountain in the hall"
[[events]]
time = "16:00"
event = "Lecture on glaciers by Dr Hale"
place = "room 12"
"""
SETTINGS = {
    "CHAT__MODEL": "stub",
    "STT__ENGINE": "off",
    "TTS__ENGINE": "off",
    "LIPSYNC__ENGINE": "off",
    "POSE__ENGINE": "off",
    "KNOWLEDGE__PLACE": "in the hall of the museum",
    "PROMPTS__TEMPLATES": json.dumps({"iris.system": "You are {persona} {place}. It is {date}."}),
}
TOLD = """
select c.*, p.value as find_ms from chat c
left join performance_log p on p.turn_id = c.turn_id and p.measure = 'retrieval'
where c.session_id = $1 and c.user_prompt = $2 and c.complete
"""


@asynccontextmanager
async def model(requests: list[dict[str, Any]]) -> AsyncIterator[str]:
    """An OpenAI-compatible endpoint that keeps what it is asked, and answers in one sentence."""

    async def answer(request: web.Request) -> web.StreamResponse:
        requests.append(await request.json())
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        piece = json.dumps({"choices": [{"delta": {"content": "That is in the programme."}}]})
        await response.write(f"data: {piece}\n\ndata: [DONE]\n\n".encode())
        return response

    application = web.Application()
    application.router.add_post("/v1/chat/completions", answer)
    async with TestServer(application) as endpoint:
        yield str(endpoint.make_url("/v1"))


@contextmanager
def museum(url: str) -> Iterator[Node]:
    with new_folder() as folder:
        (folder / "programme.toml").write_text(PROGRAMME)
        files = json.dumps([str(folder / "programme.toml")])
        chosen = {"CHAT__URL": url, "KNOWLEDGE__FILES": files, **SETTINGS}
        environment = {f"VISAVIS_{key}": value for key, value in chosen.items()}
        with serving(folder / "data", **environment) as node:
            yield node


async def asked(line: Line, requests: list[dict[str, Any]], words: str) -> list[dict[str, str]]:
    """The model's request for these words, once the answer has been given."""
    already = len([e for e in line.events if e["type"] == "heard"])
    line.send("text", text=words)
    assert await line.until(
        lambda: len([e for e in line.events if e["type"] == "heard"]) > already, 20
    )
    messages: list[dict[str, str]] = requests[-1]["messages"]
    return messages


async def test_a_retrieved_chunk_reaches_the_request_and_the_row() -> None:
    requests: list[dict[str, Any]] = []
    async with model(requests) as url:
        with museum(url) as node:
            async with Line(CallPlan(node.url, ())) as line:
                assert await line.until(
                    lambda: any(e["type"] == "heard" for e in line.events), 20
                ), "the greeting"
                session = next(e["session"] for e in line.events if e["type"] == "hello")
                talk = await asked(line, requests, "I had a really long day.")
                question = "When does the tour begin?"
                known = await asked(line, requests, question)

            assert [m["role"] for m in talk] == ["system", "assistant", "user"]
            assert talk[-1]["content"] == "I had a really long day."
            assert [m["role"] for m in known] == ["system", *["assistant", "user"] * 2]
            assert known[0] == talk[0] and known[:-2][2] == talk[-1], "the head stays as it was"
            assert known[0]["content"].startswith("You are Iris in the hall of the museum. It is ")
            assert "Time: 14:30. Event: Guided tour of the east wing" in known[-1]["content"]
            assert (
                known[-1]["content"].endswith(question) and "glaciers" not in known[-1]["content"]
            )

            (row,) = await node.settled(TOLD, session, question)
            (chunk,) = json.loads(row["retrieved"])
            assert "14:30" in chunk["text"] and chunk["score"] > 0.36
            (kept,) = await node.rows(
                "select text from embeddings where id::text = $1", chunk["id"]
            )
            assert kept["text"] == chunk["text"]
            assert row["system_prompt"] == known[0]["content"] and 0 < row["find_ms"] < 250
            values = json.loads(row["prompt_values"])
            assert values["holes"]["place"] == "in the hall of the museum"
            assert values["note"]["text"] in known[-1]["content"]
            assert await rebuilt(node.database, row["id"]) == row["system_prompt"]
            (small,) = await node.settled(TOLD, session, "I had a really long day.")
            assert json.loads(small["retrieved"]) == [] and "note" not in json.loads(
                small["prompt_values"]
            )
            (greeting,) = await node.rows(
                "select * from chat where session_id = $1 and user_prompt is null", session
            )
            assert greeting["system_prompt"] is None and greeting["prompt_template_id"] is None
