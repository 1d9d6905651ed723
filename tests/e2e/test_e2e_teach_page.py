"""The page of teaching in Chromium: a person is created, recorded, learnt and understood."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from e2e.browser import FLAGS, SLOW, call, voice_and_face
from nodes import Node
from playwright.async_api import Page, async_playwright, expect

from visavis.learning import examples
from visavis.learning.examples import Take, sound_file
from visavis.records.files import Files
from visavis.records.reading.reader import Reader

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

VOICE = Path(__file__).with_name("teach_voice.js").read_text()
TAKES = 4
"""Of each sound, the one among them that is recorded in the page."""


def varied(npz: bytes, seed: int) -> bytes:
    """The same take, made a little faster or slower, louder or softer."""
    random = np.random.default_rng(seed)
    with np.load(io.BytesIO(npz)) as held:
        pcm, rate = held["pcm"] / 32768, int(held["rate"])
    at = np.arange(0, len(pcm) - 1, random.uniform(0.93, 1.07))
    wave = np.interp(at, np.arange(len(pcm)), pcm) * random.uniform(0.8, 1.1)
    return sound_file(wave.astype(np.float32), rate)


@asynccontextmanager
async def teaching(node: Node, folder: Path) -> AsyncIterator[Page]:
    """The page, signed in; nothing may go wrong in its scripts, nor be refused by the policy."""
    wrong: list[str] = []
    token = (node.data / "operator.token").read_text().strip()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[*FLAGS, *voice_and_face(folder, "Hello?", 60_000)],
        )
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(SLOW)
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("console", lambda m: wrong.append(m.text) if "Policy" in m.text else None)
            await page.add_init_script(VOICE)
            await page.goto(f"{node.url}/teach#{token}")
            assert token not in page.url
            yield page
            await page.goto("about:blank")
        finally:
            await browser.close()
    assert not wrong, wrong


async def make(page: Page, kind: str) -> None:
    """Let the microphone hear a sound: one of `teach_voice.js`."""
    await page.evaluate("kind => make(kind)", kind)


async def begun(page: Page, name: str) -> str:
    """Creates a person and starts, by keyboard alone; their id."""
    await page.get_by_placeholder("Name").press_sequentially(name)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Before we start")).to_be_visible()
    await expect(page.get_by_text("Without a yes, nothing is recorded.")).to_be_visible()
    await page.get_by_role("button", name="Somebody else shows them").press("Enter")
    await page.get_by_label("Their name").fill("Ben")
    await page.get_by_role("switch").press("Space")
    await page.get_by_role("button", name="Start").press("Enter")
    await expect(page.get_by_role("heading", name="Which sign?")).to_be_visible()
    return page.url.split("#/")[1].split("/")[0]


async def refused(page: Page) -> None:
    """A picture in which nobody moves is no sign, and the page says why."""
    await page.get_by_label("A new sign: what does it mean?").fill("Water")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Shorter").press("Enter")
    await page.get_by_role("button", name="Record").press("Enter")
    # The focus follows, so that one key is enough.
    await expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    await expect(page.get_by_role("button", name="Stop")).to_be_focused()
    await expect(page.get_by_role("alert")).to_contain_text("That one can’t be used.")
    await page.get_by_role("button", name="Another one").press("Enter")


async def recorded(page: Page, label: str, kind: str) -> None:
    """A sound is recorded and kept."""
    await page.get_by_role("button", name="Sound", exact=True).press("Enter")
    await page.get_by_label("A new sound: what does it mean?").fill(label)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Record").press("Enter")
    await page.get_by_role("button", name="Stop").wait_for()
    await make(page, kind)
    await expect(page.get_by_role("button", name="Keep")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(f"Kept: {label}.")).to_be_visible()
    await expect(page.get_by_text("1 of 5")).to_be_visible()
    await expect(page.get_by_role("button", name="Record")).to_be_focused()


async def seeded(node: Node, user: str) -> None:
    """More takes like those that are there than a test has time to record."""
    reader, files = Reader(node.database), Files(node.data)
    try:
        for row in await examples.of(reader, user):
            npz = files.path(row["features_uri"]).read_bytes()
            for seed in range(TAKES - 1):
                take = Take(
                    user,
                    UUID(row["session_id"]),
                    "audio",
                    row["label"],
                    varied(npz, seed),
                    consent=True,
                    status="confirmed",
                )
                await examples.keep(reader, files, take)
    finally:
        await reader.close()


async def learnt(page: Page) -> None:
    """It learns, says how well, and shows what was mixed up."""
    await page.get_by_role("link", name="Train", exact=False).first.click()
    await page.reload()  # what was seeded is not known to the page
    await page.get_by_role("button", name="Sounds").press("Enter")
    await page.get_by_role("button", name="Learn").press("Enter")
    await expect(page.locator(".score b")).to_contain_text(f"of {2 * TAKES}")
    await expect(page.get_by_role("table")).to_be_visible()
    await expect(page.get_by_text(f"from {2 * TAKES} takes")).to_be_visible()


async def understood(page: Page) -> None:
    """In a call the sound is a word, and one tap says that it was another."""
    await page.get_by_role("link", name="Try it").press("Enter")
    await page.get_by_role("switch").press("Space")  # the page was loaded anew, so it asks anew
    await page.get_by_role("button", name="Call").press("Enter")
    await expect(page.get_by_text("Make a sign.")).to_be_visible()
    await make(page, "call")
    word = page.locator("div.word")
    await expect(word).to_contain_text("Come here")
    await expect(word).to_contain_text("%")
    await page.locator(".labels").get_by_role("button", name="Hum").press("Enter")
    await expect(word).to_contain_text("Thank you.")


async def called(page: Page, node: Node, user: str) -> None:
    """On the caller's page, too: the word stands in the captions, with a mark to correct it."""
    await page.goto(f"{node.url}/?as={user}")
    await page.check("#consent")
    await call(page)
    # The greeting is over.
    await expect(page.locator("#captions li.persona[data-over]")).to_be_visible()
    await make(page, "call")
    said = page.locator("#captions li.caller").filter(has_text="Come here")
    await said.get_by_role("button", name="Wrong?").press("Enter")
    await said.get_by_role("button", name="Hum").press("Enter")
    corrected = page.locator("#captions li.caller").filter(has_text="corrected")
    await expect(corrected).to_contain_text("Hum")


async def test_a_carer_teaches_a_person_and_tries_it(node: Node, tmp_path: Path) -> None:
    async with teaching(node, tmp_path) as page:
        user = await begun(page, "Anna")
        await refused(page)
        await recorded(page, "Come here", "call")
        await page.get_by_role("button", name="Another sound").press("Enter")
        await recorded(page, "Hum", "hum")
        await seeded(node, user)
        await learnt(page)
        await understood(page)
        await called(page, node, user)
    rows = await node.rows(
        "select label, label_status, performer_id from training_examples "
        "where user_id = $1 order by example_id",
        user,
    )
    assert [tuple(rows[0]), rows[-1]["label"], rows[-1]["label_status"]] == [
        ("Come here", "confirmed", "Ben"),
        "Hum",
        "corrected",
    ]
