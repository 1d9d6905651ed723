"""A caller types that they want to die: they are answered at once, and so is the operator told.

One server without engines, whose webhook fails at first; then the banner in Chromium.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from e2e.test_e2e_operator import browsing
from nodes import RULES_ONLY, Node, new_folder, serving
from playwright.async_api import expect

from visavis.call.need.webhook import signature
from visavis.client import CallPlan
from visavis.client.line import Line

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SECRET = "shared with the desk only"
HELP = "The desk at the entrance has telephone 0100."
WORDS = "I dont want to live any more"
SOON_S = 20.0
SAID = "select * from chat where session_id = $1 and user_prompt = $2 and complete"
FAULT = "select * from faults where session_id = $1 and type = 'distress'"


@dataclass
class Desk:
    """What is told by webhook; the first time it isn't taken."""

    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    taken: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        self.told.append((dict(request.headers), await request.read()))
        if len(self.told) == 1:
            return web.Response(status=500)
        self.taken.set()
        return web.Response(status=204)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def desk() -> AsyncIterator[tuple[Node, Desk]]:
    """A server, and who is told by it."""
    listening, application = Desk(), web.Application()
    application.router.add_post("/need", listening.take)
    async with TestServer(application) as server:
        chosen = {
            "VISAVIS_ALERTS__URL": str(server.make_url("/need")),
            "VISAVIS_ALERTS__SECRET": SECRET,
            "VISAVIS_NEED__HELP": HELP,
        }
        with new_folder() as folder, serving(folder / "data", **chosen, **RULES_ONLY) as node:
            yield node, listening


def lines(line: Line) -> list[str]:
    return [
        one["text"] for one in line.events if one["type"] == "caption" and one["who"] == "persona"
    ]


async def answered(line: Line, words: str) -> str:
    """All of the answer to what is typed."""
    already, captions = len(_heard(line)), len(lines(line))
    line.send("text", text=words)
    assert await line.until(lambda: len(_heard(line)) > already, SOON_S), line.events
    return " ".join(lines(line)[captions:])


def _heard(line: Line) -> list[dict[str, Any]]:
    return [one for one in line.events if one["type"] == "heard"]


async def test_need_is_answered_kept_and_told(desk: tuple[Node, Desk]) -> None:
    node, listening = desk
    token = (node.data / "operator.token").read_text().strip()
    async with Line(CallPlan(node.url, video=False)) as line:
        assert await line.until(lambda: bool(_heard(line)), SOON_S)
        session = next(one["session"] for one in line.events if one["type"] == "hello")
        answer = await answered(line, WORDS)
        assert "emergency number" in answer and HELP in answer
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession(node.url, headers=headers) as http,
            http.get("/api/alerts") as found,
        ):
            (alert,) = (await found.json())["items"]
        assert (alert["session"], alert["kind"]) == (session, "self_harm")
        assert "alone" in await answered(line, "Goodbye")
    (fault,) = await node.settled(FAULT, session)
    (said,) = await node.settled(SAID, session, WORDS)
    assert fault["turn_id"] == said["turn_id"] and WORDS not in fault["description"]
    assert said["system"] == "rules" and json.loads(said["parameters"])["rule"] == "distress"
    await _delivered(listening, node, session)


async def _delivered(listening: Desk, node: Node, session: str) -> None:
    async with asyncio.timeout(SOON_S):
        await listening.taken.wait()
    (_, first), (headers, body) = listening.told
    told = json.loads(body)
    signed = signature(SECRET, headers["X-Visavis-Timestamp"], body)
    assert headers["X-Visavis-Signature"] == f"sha256={signed}" and body == first
    assert (told["session"], told["class"]) == (session, "distress")
    port = node.url.rpartition(":")[2]
    assert told["link"] == f"http://localhost:{port}/operator#/sessions/{session}"
    assert WORDS.encode() not in body


async def test_the_operator_sees_a_banner_on_every_view_until_it_is_seen(
    desk: tuple[Node, Desk],
) -> None:
    node, _ = desk
    token = (node.data / "operator.token").read_text().strip()
    async with Line(CallPlan(node.url, video=False)) as line:
        assert await line.until(lambda: bool(_heard(line)), SOON_S)
        async with browsing() as page:
            await page.goto(f"{node.url}/operator#{token}")
            await expect(page.get_by_role("heading", name="Live calls")).to_be_visible()
            assert HELP in await answered(line, "there is a fire in the kitchen")
            banner = page.get_by_role("alert", name="Callers in need")
            fire = banner.get_by_text("speaks of fire")
            await expect(fire).to_be_visible()
            await page.get_by_role("link", name="Library").click()
            await expect(fire).to_be_visible()
            await banner.get_by_role("button", name="Seen").first.click()
            await expect(fire).to_have_count(0)
