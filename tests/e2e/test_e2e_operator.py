"""The operator's page in Chromium: from a real call to why its slowest reply was slow."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import sounds
from e2e.browser import FLAGS, SLOW
from known import known
from nodes import Node, serving_anew
from playwright.async_api import Locator, Page, async_playwright, expect

from visavis.client import CallPlan, Turn, call
from visavis.client.sound import sound

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SLOWEST = """
    select turn_id, session_id, value from performance_log
    where measure = 'voice_to_voice' order by value desc
"""
STAGES = "select measure, value from performance_log where turn_id = $1 and part_of is not null"
JUDGED = """
    select j.score, j.comment, j.active from judgement j
    join judgement_audio a on a.judgement_id = j.id where a.target_id = $1
"""


@asynccontextmanager
async def browsing() -> AsyncIterator[Page]:
    """An empty page; nothing may go wrong in its scripts, nor be refused by the policy."""
    wrong: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(SLOW)
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
            yield page
        finally:
            await browser.close()
    assert not wrong, wrong


@pytest.fixture(scope="module")
def house() -> Iterator[Node]:
    """A server of its own, so that today's replies are this test's. Rules answer them."""
    off = {f"VISAVIS_{part}__ENGINE": "off" for part in ("CHAT", "POSE", "KNOWLEDGE")}
    with serving_anew(**off) as node:
        yield node


async def test_a_stranger_finds_the_slowest_reply_and_why_it_was_slow(house: Node) -> None:
    asked = sound("question", sounds.speech("Hello, what is your name?"))
    turns = (Turn(asked), Turn("What can you see?"))
    plan = CallPlan(house.url, turns, consent=True, mouth=False)
    report = await call(plan)
    assert report.problem is None
    slowest, *others = await house.settled(SLOWEST)
    assert others, "both replies were measured"
    async with browsing() as page:
        token = (house.data / "operator.token").read_text().strip()
        await page.goto(f"{house.url}/operator#{token}")
        await expect(page.get_by_role("heading", name="Live calls")).to_be_visible()
        assert token not in page.url
        first = page.locator("ol.slow > li").first
        await expect(first).to_have_attribute("data-turn", str(slowest["turn_id"]))
        told = await first.inner_text()
        assert re.search(r"because the .+ took [\d.]+ m?s", told), told
        await first.get_by_role("link").click()
        turn = page.locator(f'article[data-turn="{slowest["turn_id"]}"]')
        await adds_up(turn, slowest, await house.rows(STAGES, slowest["turn_id"]))
        audio = await played(page)
        await judged(page, audio)
        (row,) = await house.settled(JUDGED, audio)
        assert (row["score"], row["comment"], row["active"]) == (0.5, "Clear.", True)
        await everything_opens(page)


async def adds_up(turn: Locator, slowest: asyncpg.Record, stages: list[asyncpg.Record]) -> None:
    """The waterfall shows every stage that was measured, and they sum to the whole."""
    cells = turn.locator(".waterfall [data-stage]")
    await expect(cells).to_have_count(len(stages))
    shown = {
        await cell.get_attribute("data-stage"): float(known(await cell.get_attribute("data-ms")))
        for cell in await cells.all()
    }
    assert shown == pytest.approx({row["measure"]: row["value"] for row in stages})
    whole = turn.locator(".waterfall [data-total]")
    total = float(known(await whole.get_attribute("data-total")))
    assert total == pytest.approx(slowest["value"])
    assert sum(shown.values()) == pytest.approx(total, abs=0.01)
    named = await turn.locator(".waterfall tr.slowest [data-stage]").get_attribute("data-stage")
    assert named == max(shown, key=lambda stage: shown[stage])


async def played(page: Page) -> str:
    """Plays what the caller said, from the file that was kept; the id of its row."""
    of_caller = page.get_by_label("the caller's sound")
    sound = page.locator('[data-kind="audio"]').filter(has=of_caller).first
    player = sound.locator("audio")
    await player.evaluate("audio => audio.play()")
    await page.wait_for_function(
        "audio => audio.duration > 0 && audio.currentTime > 0.2",
        arg=await player.element_handle(),
    )
    await player.evaluate("audio => audio.pause()")
    film = page.locator("video").first
    await page.wait_for_function("film => film.duration > 0", arg=await film.element_handle())
    return known(await sound.get_attribute("data-id"))


async def judged(page: Page, audio: str) -> None:
    """Judges it by keyboard alone."""
    sound = page.locator(f'[data-kind="audio"][data-id="{audio}"]')
    await sound.get_by_role("button", name="Judge").focus()
    await page.keyboard.press("Enter")
    await sound.get_by_role("button", name="Rather good").press("Enter")
    await sound.get_by_label("Comment").fill("Clear.")
    await sound.get_by_role("button", name="Keep the judgement").press("Enter")
    await expect(sound.locator(".judgements")).to_contain_text("Clear.")


async def everything_opens(page: Page) -> None:
    """Every view shows what it is for, and no trouble; none is too wide for a phone."""
    for name, heading in [
        ("Latency", "Voice to voice over time"),
        ("Sessions", "Sessions"),
        ("Faults", "Faults"),
        ("Library", "Deployments"),
    ]:
        await page.get_by_role("link", name=name, exact=True).click()
        await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        await expect(page.locator(".loading")).to_have_count(0)
        assert await page.locator(".trouble").all_inner_texts() == [], name
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


async def test_the_library_tells_which_engines_there_are_and_which_are_in_force(
    house: Node,
) -> None:
    async with browsing() as page:
        token = (house.data / "operator.token").read_text().strip()
        await page.goto(f"{house.url}/operator#{token}")
        await page.get_by_role("link", name="Library", exact=True).click()
        for engine, force in [("tts.hibari", "yes"), ("chat.local", ""), ("filters.denoise", "")]:
            row = page.locator(f'[data-engine="{engine}"]')
            await expect(row.locator("td").last).to_have_text(force)
            await expect(row).to_contain_text("visavis 0")
