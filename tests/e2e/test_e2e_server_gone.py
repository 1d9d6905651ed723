"""The server goes away and comes back while somebody talks by the page."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.browser import TALKING, browsing, call
from nodes import new_folder, serving
from playwright.async_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LEAN = {f"VISAVIS_{part}__ENGINE": "off" for part in ("CHAT", "STT", "POSE", "KNOWLEDGE")}
"""What no part of this has to do with, and takes long to start."""


@pytest.fixture
def home() -> Iterator[Path]:
    with new_folder() as folder:
        yield folder


async def test_when_the_server_is_gone_the_persona_sleeps_and_the_call_comes_back(
    home: Path, clips: tuple[str, ...]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with asyncio.timeout(280):
        serve = serving(home, port=port, **LEAN)
        node = await asyncio.to_thread(serve.__enter__)
        try:
            async with browsing(node.url, *clips) as page:
                await call(page)
                await asyncio.to_thread(serve.__exit__, None, None, None)
                status = page.locator("#status")
                await expect(status).to_contain_text("asleep: the server can't be reached")
                assert await page.get_attribute("body", "data-face") == "asleep"
                asleep = page.locator("#asleep")
                assert await asleep.get_attribute("alt") == "Iris, asleep"
                assert await asleep.evaluate("image => image.naturalWidth") == 512
                serve = serving(home, port=port, **LEAN)
                await asyncio.to_thread(serve.__enter__)
                await page.wait_for_selector(TALKING)
                await page.wait_for_selector("body.live")
            reset = await node.settled("select during from mode_state where mode = 'reset'")
            assert reset[0]["during"].upper > reset[0]["during"].lower
        finally:
            await asyncio.to_thread(serve.__exit__, None, None, None)
