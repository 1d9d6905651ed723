"""Chromium, with the page open in it, and with a voice and a face of its own."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import cv2
import numpy as np
import sounds
from playwright.async_api import Page, async_playwright, expect

from visavis.personas.persona import load as persona

FLAGS = (
    "--no-sandbox",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
ALLOWED = "--use-fake-ui-for-media-stream"
DEVICES = "--use-fake-device-for-media-stream"
TALKING = 'body[data-phase="talking"]'
SLOW = 60_000
"""ms; generous, because what is tested is that things happen, and machines are busy."""
expect.set_options(timeout=SLOW)
QUESTION = "Hello, who are you?"
"""What the caller's voice asks."""
BEFORE_MS = 9_000
"""The persona's greeting is over by then."""
LAST_WORDS = "li.caller:not(.partial)"
ANSWERS = f"#captions {LAST_WORDS}:not(:has(~ {LAST_WORDS})) ~ li.persona"
"""What the persona has said since the caller's last words."""


def voice_and_face(
    folder: Path, question: str = QUESTION, before_ms: float = BEFORE_MS
) -> tuple[str, ...]:
    """Flags that give Chromium a voice, which asks once after so long, and a face."""
    speech = [sounds.silence(before_ms), sounds.speech(question), sounds.silence(90_000)]
    voice = sounds.save(folder / "voice.wav", np.concatenate(speech))
    # Iris herself is someone whom Holistic finds.
    picture = cv2.imread(str(next(iter(sorted(persona("iris").portrait.glob("*neutral*"))))))
    frame = np.full((480, 640, 3), 128, np.uint8)
    frame[:, 80:560] = cv2.resize(picture, (480, 480))
    face = folder / "face.mjpeg"
    face.write_bytes(cv2.imencode(".jpg", frame)[1].tobytes() * 20)
    return (
        ALLOWED,
        DEVICES,
        f"--use-file-for-fake-audio-capture={voice}",
        f"--use-file-for-fake-video-capture={face}",
    )


@asynccontextmanager
async def browsing(
    url: str, *flags: str, size: tuple[int, int] = (1280, 800)
) -> AsyncIterator[Page]:
    """The page, freshly opened; nothing may go wrong in its scripts."""
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*FLAGS, *flags]
        )
        try:
            page = await browser.new_page(viewport={"width": size[0], "height": size[1]})
            page.set_default_timeout(SLOW)
            page.on("pageerror", lambda error: errors.append(str(error)))
            await page.goto(url)
            await expect(page.locator("#status")).to_have_text("Ready when you are.")
            yield page
            # Leaving hangs up: the next test's call finds the line free.
            await page.goto("about:blank")
        except AssertionError as wrong:
            wrong.add_note(f"What the page said: {await page.inner_text('body')}")
            raise
        finally:
            await browser.close()
    assert not errors, errors


async def call(page: Page) -> None:
    await page.click("#call")
    await page.wait_for_selector(TALKING)


async def finished_reply(page: Page) -> str:
    """The persona's answer to the caller's last words, once all of it was heard."""
    answer = page.locator(ANSWERS).first  # when nobody speaks, she may say more
    # The server says when all has left, the marks when it was heard here.
    await expect(answer).to_have_attribute("data-over", re.compile("."))
    await expect(answer.locator(".word:not(.said):not(.unsaid)")).to_have_count(0)
    return await answer.locator("p").inner_text()
