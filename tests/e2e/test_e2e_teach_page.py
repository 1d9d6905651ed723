"""The page of teaching in Chromium: a person is created, recorded, learnt and understood."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import sounds
from browser import FLAGS, SLOW, voice_and_face
from nodes import Node, serving
from numpy.typing import NDArray
from playwright.async_api import Page, async_playwright, expect

from server.learning import examples
from server.learning.examples import Take, sound_file
from server.records.files import Files
from server.records.reading.reader import Reader

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

VOICE = Path(__file__).with_name("teach_voice.js").read_text()
RATE = 16_000
TAKES = 4
"""Of each sound, beside the one that is recorded in the page."""


def voiced(kind: str, seed: int, rate: int) -> NDArray[np.float32]:
    """(N,) a hum, steady and low, or a call, which rises: about a second of it, a little different
    each time."""
    random = np.random.default_rng(seed)
    length = random.uniform(0.8, 1.0)
    t = np.arange(int(length * rate)) / rate
    low = random.uniform(115, 125)
    pitch = low + (0.0 if kind == "hum" else 1.0) * 500 * (t / length) ** 2
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    wave = sum(np.sin(n * phase) / n ** (2 if kind == "hum" else 1) for n in range(1, 8))
    swell = np.minimum(1, np.minimum(t, length - t) / 0.08)
    return (0.25 * wave * swell).astype(np.float32)


def taken(kind: str, seed: int) -> bytes:
    """The file of a take of two seconds."""
    random = np.random.default_rng(seed)
    whole = random.normal(0, 0.001, 2 * RATE).astype(np.float32)
    sound = voiced(kind, seed, RATE)
    whole[RATE // 2 : RATE // 2 + len(sound)] += sound
    return sound_file(whole, RATE)


@pytest.fixture(scope="module")
def house() -> Iterator[Node]:
    """A server of its own, because a person's models stay."""
    with tempfile.TemporaryDirectory(prefix="visavis-teach-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs under another user than root
        with serving(Path(folder)) as node:
            yield node


@asynccontextmanager
async def teaching(house: Node, folder: Path) -> AsyncIterator[Page]:
    """The page, signed in; nothing may go wrong in its scripts, nor be refused by the policy."""
    wrong: list[str] = []
    token = (house.data / "operator.token").read_text().strip()
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
            await page.goto(f"{house.url}/teach#{token}")
            assert token not in page.url
            yield page
            await page.goto("about:blank")
        finally:
            await browser.close()
    assert not wrong, wrong


async def make(page: Page, kind: str, seed: int) -> None:
    """Let the microphone hear a sound."""
    await page.evaluate("samples => make(samples)", voiced(kind, seed, sounds.RATE).tolist())


async def begun(page: Page, name: str) -> str:
    """Creates a person and starts, by keyboard alone; their id."""
    await page.get_by_label("What is the person’s name?").press_sequentially(name)
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
    for _ in range(2):
        await page.get_by_role("button", name="Shorter").press("Enter")
    await page.get_by_role("button", name="Record").press("Enter")
    # The focus follows, so that one key is enough.
    await expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    await expect(page.get_by_role("button", name="Stop")).to_be_focused()
    await expect(page.get_by_role("alert")).to_contain_text("That one can’t be used.")
    await page.get_by_role("button", name="Another one").press("Enter")


async def recorded(page: Page, label: str, kind: str, seed: int) -> None:
    """A sound is recorded and kept."""
    await page.get_by_role("button", name="Sound", exact=True).press("Enter")
    await page.get_by_label("A new sound: what does it mean?").fill(label)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Longer").press("Enter")
    await page.get_by_role("button", name="Record").press("Enter")
    await page.get_by_role("button", name="Stop").wait_for()
    await make(page, kind, seed)
    await expect(page.get_by_role("button", name="Keep")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(f"Kept: {label}.")).to_be_visible()
    await expect(page.get_by_text("1 of 5")).to_be_visible()
    await expect(page.get_by_role("button", name="Record")).to_be_focused()


async def seeded(house: Node, user: str) -> None:
    """More takes than a test has time to record."""
    (call,) = await house.settled("select id from session where user_id = $1", user)
    reader = Reader(house.database)
    try:
        for label, kind in (("Hum", "hum"), ("Come here", "call")):
            for seed in range(TAKES):
                await examples.keep(
                    reader,
                    Files(house.data),
                    Take(
                        user,
                        call["id"],
                        "audio",
                        label,
                        taken(kind, seed),
                        consent=True,
                        status="confirmed",
                    ),
                )
    finally:
        await reader.close()


async def learnt(page: Page) -> None:
    """It learns, says how well, and shows what was mixed up."""
    await page.get_by_role("link", name="Train", exact=False).first.click()
    await page.reload()  # what was seeded is not known to the page
    await page.get_by_role("button", name="Sounds").press("Enter")
    await page.get_by_role("button", name="Learn").press("Enter")
    await expect(page.locator(".score b")).to_contain_text("of 9", timeout=SLOW)
    await expect(page.get_by_role("table")).to_be_visible()
    await expect(page.get_by_text("from 9 takes")).to_be_visible()


async def understood(page: Page) -> None:
    """In a call the sound is a word, and one tap says that it was another."""
    await page.get_by_role("link", name="Try it").press("Enter")
    await page.get_by_role("switch").press("Space")  # the page was loaded anew, so it asks anew
    await page.get_by_role("button", name="Call").press("Enter")
    await expect(page.get_by_text("Make a sign.")).to_be_visible(timeout=SLOW)
    await make(page, "call", 90)
    word = page.locator("div.word")
    await expect(word).to_contain_text("Come here")
    await expect(word).to_contain_text("%")
    await page.locator(".labels").get_by_role("button", name="Hum").press("Enter")
    await expect(word).to_contain_text("Thank you.")


async def test_a_carer_teaches_a_person_and_tries_it(house: Node, tmp_path: Path) -> None:
    async with teaching(house, tmp_path) as page:
        user = await begun(page, "Anna")
        await refused(page)
        await recorded(page, "Come here", "call", 50)
        await seeded(house, user)
        await learnt(page)
        await understood(page)
    rows = await house.rows(
        "select label, label_status, performer_id from training_examples "
        "where user_id = $1 order by example_id",
        user,
    )
    assert [tuple(rows[0]), rows[-1]["label"], rows[-1]["label_status"]] == [
        ("Come here", "confirmed", "Ben"),
        "Hum",
        "corrected",
    ]
