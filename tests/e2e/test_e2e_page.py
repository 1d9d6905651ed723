"""The caller's page in Chromium: what a person does and reads there."""

import re

import pytest
from e2e.browser import ALLOWED, ANSWERS, DEVICES, TALKING, browsing, call, finished_reply
from nodes import Node
from playwright.async_api import Locator, Route, expect

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SENT = """() => {
  document.getElementById("say").requestSubmit();
  return document.querySelector("#captions li.caller.partial p")?.textContent;
}"""
"""Sends what is typed; what stands in grey in the same moment, before the server can answer."""


async def test_refused_the_page_says_so_and_typing_is_an_equal_way_to_speak(node: Node) -> None:
    async with browsing(node.url, DEVICES) as page:
        await call(page)
        said = page.locator("#alerts p")
        await expect(said.first).to_contain_text("did not let this page use the microphone")
        await expect(said.last).to_contain_text("did not let this page use the camera")
        await page.fill("#text", "What is your name?")
        assert await page.evaluate(SENT) == "What is your name?", "it is seen before it is taken"
        await expect(page.locator("#captions li.caller p")).to_have_text("What is your name?")
        await expect(page.locator("#captions li.caller.partial")).to_have_count(0)
        assert "Iris" in await finished_reply(page)
        assert await page.evaluate("document.getElementById('persona').videoWidth") == 512
        await judged(page.locator(ANSWERS).first, node)


async def judged(reply: Locator, node: Node) -> None:
    """It gets a thumb and a reason, by keyboard; then the thumb is taken back."""
    bad = reply.get_by_role("button", name="Bad answer")
    await bad.press("Enter")
    await expect(bad).to_have_attribute("aria-pressed", "true")
    why = reply.get_by_role("textbox", name="Why this judgement")
    await why.fill("Too short.")
    await why.press("Enter")
    query = (
        "select score, active, comment, withdrawn from judgement j join judgement_chat c "
        "on c.judgement_id = j.id where comment = 'Too short.' and {}"
    )
    (row,) = await node.settled(query.format("active"))
    assert row["score"] == -1
    await bad.press("Enter")
    await expect(bad).to_have_attribute("aria-pressed", "false")
    assert await node.settled(query.format("not active"))


async def test_without_any_device_the_page_says_so(node: Node) -> None:
    async with browsing(node.url, ALLOWED) as page:
        await call(page)
        said = page.locator("#alerts p")
        await expect(said.first).to_contain_text("No microphone was found")
        await expect(said.last).to_contain_text("No camera was found")


async def test_told_to_wait_the_page_waits_and_calls_again(
    node: Node, clips: tuple[str, ...]
) -> None:
    told = []

    async def wait(route: Route) -> None:
        told.append(route.request.method)
        await route.fulfill(status=429, headers={"Retry-After": "2"}, body="{}")

    async with browsing(node.url, *clips) as page:
        await page.route("**/calls", wait, times=1)
        await page.click("#call")
        await expect(page.locator("#status")).to_contain_text(
            "Too many calls come from your network just now. Trying again in 2 s."
        )
        await page.wait_for_selector(TALKING)
    assert told == ["POST"]


async def test_a_call_by_keyboard_alone(node: Node, clips: tuple[str, ...]) -> None:
    async with browsing(node.url, *clips) as page:

        async def tab_to(wanted: str) -> None:
            for _ in range(12):
                await page.keyboard.press("Tab")
                if await page.evaluate("document.activeElement.id") == wanted:
                    # Where the focus is must be seen.
                    outline = "getComputedStyle(document.activeElement).outlineStyle"
                    assert await page.evaluate(outline) == "solid"
                    return
            raise AssertionError(f"Tab never reaches #{wanted}")

        await tab_to("consent")
        await page.keyboard.press("Space")
        assert await page.is_checked("#consent")
        await tab_to("call")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(TALKING)
        await tab_to("text")
        await page.keyboard.type("How do you work?")
        await page.keyboard.press("Enter")
        answer = page.locator("#captions li.caller ~ li.persona").first
        # Not a word later: what a busy machine shows as heard, the server may have long said.
        await expect(answer).to_be_visible()
        await page.keyboard.press("Escape")
        # It is over when it can be judged; cut between two sentences, nothing of it stands unsaid.
        await expect(answer.get_by_role("button").first).to_be_visible()
        left = await answer.locator(".unsaid").count()
        said = (await answer.locator("p").inner_text()).strip()
        assert left or not said.endswith(("to match.", "each sound.")), said
        await tab_to("mute")
        await page.keyboard.press("Space")
        assert await page.get_attribute("#mute", "aria-pressed") == "true"
        await tab_to("call")
        await page.keyboard.press("Space")
        await expect(page.locator("#call")).to_have_text("Call Iris")


async def test_every_control_has_a_name_and_changes_are_announced(
    node: Node, clips: tuple[str, ...]
) -> None:
    async with browsing(node.url, *clips) as page:
        for phase in ("ready", "talking"):
            if phase == "talking":
                await call(page)
            tree = await page.locator("body").aria_snapshot()
            controls = re.findall(r"- (button|checkbox|textbox|img|video|log)\b([^\n]*)", tree)
            assert len(controls) >= 4
            unnamed = [role for role, rest in controls if not re.match(r' ".+"', rest)]
            assert not unnamed, tree
            assert 'heading "Iris" [level=1]' in tree and "status" in tree
        assert 'log "What was said"' in await page.locator("body").aria_snapshot()
        assert await page.get_attribute("#captions", "aria-live") == "polite"


async def test_camera_and_consent_change_during_a_call(node: Node, clips: tuple[str, ...]) -> None:
    async with browsing(node.url, *clips) as page:
        await call(page)
        await expect(page.locator("#you")).to_be_visible()
        await page.click("#camera")
        await expect(page.locator("#you")).to_be_hidden()
        await page.click("#camera")
        await expect(page.locator("#you")).to_be_visible()
        await page.check("#consent")
        # Its row comes when it comes; the newest that is there may be an earlier call's.
        agreed = "from session where consent_given and finished is null"
        await node.settled(f"select 1 {agreed}")
        session = (await node.rows(f"select id {agreed}"))[0]["id"]
        # Whoever looks at callers begins with the first consent, and takes a while.
        await node.settled("select 1 from run where component = 'worker.pose' and ended is null")
        await page.wait_for_timeout(8000)
        await page.click("#call")
    await node.settled("select 1 from session where id = $1 and finished is not null", session)
    kept = await node.rows("select consent_given from session where id = $1", session)
    assert kept[0]["consent_given"]
    # The camera that came back is seen.
    await node.settled("select 1 from pose where session_id = $1 and frames > 5", session)


async def test_goodbye_ends_the_call_for_good(node: Node) -> None:
    async with browsing(node.url, DEVICES) as page:
        await call(page)
        await page.fill("#text", "Goodbye!")
        await page.keyboard.press("Enter")
        await expect(page.locator("#status")).to_have_text("The call has ended.")
        await page.wait_for_timeout(1500)
        assert await page.get_attribute("body", "data-phase") == "ready"
