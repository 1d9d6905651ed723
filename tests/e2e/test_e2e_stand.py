"""At a stand: who comes has agreed to nothing, and who leaves takes all that is theirs along."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from e2e.browser import ALLOWED, DEVICES, TALKING, browsing
from nodes import RULES_ONLY, Node, serving_anew
from playwright.async_api import Page, expect

from visavis.client import CallPlan
from visavis.client.line import Line

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

GONE_S = 3
NOT_KNOWN = re.compile("haven't told me|don't know it")
"""Iris's answers to who asks for a name that she was not told."""
SESSIONS = """
    select id, user_id, consent_given, finished is not null as finished, ending, client_system_id
    from session order by started
"""


@pytest.fixture(scope="module")
def stand() -> Iterator[Node]:
    with serving_anew(
        VISAVIS_DEPLOYMENT_TYPE="kiosk",
        VISAVIS_VISITS__GONE_S=str(GONE_S),
        **RULES_ONLY,
    ) as running:
        yield running


def hellos(line: Line) -> list[str]:
    """The sessions that the caller was told of."""
    return [event["session"] for event in line.events if event["type"] == "hello"]


def modes(line: Line) -> list[str]:
    return [event["mode"] for event in line.events if event["type"] == "mode"]


def spoken(line: Line) -> str:
    """All that the persona has said."""
    said = [event for event in line.events if event["type"] == "caption"]
    return " ".join(event["text"] for event in said if event["who"] == "persona")


async def kept(node: Node, first: str, finished: int) -> list[Any]:
    """The rows of the sessions from `first` on, once so many have ended."""
    async with asyncio.timeout(30):
        while True:
            rows = await node.rows(SESSIONS)
            theirs = rows[next(i for i, row in enumerate(rows) if str(row["id"]) == first) :]
            if sum(row["finished"] for row in theirs) >= finished:
                return theirs
            await asyncio.sleep(0.1)


async def test_consent_memory_and_session_end_with_the_visitor(stand: Node) -> None:
    async with Line(CallPlan(stand.url)) as line:
        assert await line.until(lambda: bool(hellos(line)), 20)
        line.send("consent", given=True)
        line.send("text", text="My name is Alice.")
        assert await line.until(lambda: "Alice" in spoken(line), 20)
        assert await line.until(lambda: len(hellos(line)) == 2, 20), "Alice has left"
        before = len(spoken(line))
        line.send("text", text="What is my name?")
        assert await line.until(lambda: len(spoken(line)) > before + 20, 20)
        assert "Alice" not in spoken(line)[before:]
        assert await line.until(lambda: len(hellos(line)) == 3, 20), "Bob has left"
        assert modes(line)[-1] == "idle" and modes(line).count("close") == 2
    alices, bobs, nobodys = await kept(stand, hellos(line)[0], 3)
    assert [str(row["id"]) for row in (alices, bobs, nobodys)] == hellos(line)
    assert alices["consent_given"] and alices["ending"] == "the visitor left"
    assert not bobs["consent_given"] and bobs["ending"] == "the visitor left"
    assert not nobodys["consent_given"] and nobodys["ending"] == "hung up"
    assert len({row["user_id"] for row in (alices, bobs, nobodys)}) == 1, "the shared one"
    assert len({row["client_system_id"] for row in (alices, bobs, nobodys)}) == 1
    said = "select user_prompt from chat where session_id = $1 and user_prompt is not null"
    assert [row["user_prompt"] for row in await stand.rows(said, alices["id"])] == [
        "My name is Alice."
    ]
    overlaps = """
        select 1 from mode_state a join mode_state b on a.session_id = b.session_id
        and a.id < b.id and a.during && b.during where a.session_id = any($1)
    """
    ids = [row["id"] for row in (alices, bobs, nobodys)]
    assert await stand.rows(overlaps, ids) == []
    assert await stand.rows("select * from faults where session_id = any($1)", ids) == []


async def test_who_only_agrees_and_walks_away_has_agreed_for_nobody_else(stand: Node) -> None:
    async with Line(CallPlan(stand.url, consent=True)) as line:
        assert await line.until(lambda: len(hellos(line)) == 2, 20)
        assert modes(line)[-3:] == ["invite", "close", "idle"]
    first, second = await kept(stand, hellos(line)[0], 2)
    assert first["consent_given"] and not second["consent_given"]


@pytest.mark.browser
async def test_what_stands_on_the_page_goes_with_the_visitor(stand: Node) -> None:
    page: Page
    async with browsing(f"{stand.url}/", ALLOWED, DEVICES) as page:
        await page.goto("about:blank")
        await page.goto(f"{stand.url}/#open")
        await page.wait_for_selector(TALKING)
        await page.check("#consent")
        await page.fill("#text", "My name is Alice.")
        await page.press("#text", "Enter")
        await expect(page.locator("#captions")).to_contain_text("Alice")
        await page.fill("#text", "half a sentence")
        await expect(page.locator("#consent")).not_to_be_checked()
        await expect(page.locator("#captions")).not_to_contain_text("Alice")
        await expect(page.locator("#text")).to_have_value("")
        await page.fill("#text", "What is my name?")
        await page.press("#text", "Enter")
        await expect(page.locator("#captions")).to_contain_text(NOT_KNOWN)
        await expect(page.locator("#captions")).not_to_contain_text("Alice")
