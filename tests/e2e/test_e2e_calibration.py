"""The guided check in real calls: by our own peer, and in the page."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import sounds
from e2e.browser import ALLOWED, DEVICES, browsing
from e2e.browser import call as press_call
from nodes import Node
from playwright.async_api import expect

from visavis.client import CallPlan
from visavis.client.line import Line
from visavis.client.sound import sound
from visavis.personas.persona import load as persona

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ROWS = "select * from calibration_settings where session_id = $1 order by created"


class Checked:
    """A line on which the check is made."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def told(self, **wanted: str) -> list[dict[str, Any]]:
        return [
            event
            for event in self.line.events
            if event["type"] == "calibration"
            and all(event[name] == value for name, value in wanted.items())
        ]

    async def step(self, step: str) -> dict[str, Any]:
        self.line.send("calibrate", step=step)

        def over() -> list[dict[str, Any]]:
            return [e for e in self.told(step=step) if e["state"] != "measuring"]

        assert await self.line.until(lambda: bool(over()), 20), self.line.events
        return over()[-1]


@asynccontextmanager
async def calling(node: Node, **facts: str) -> AsyncIterator[Checked]:
    face = next(iter(sorted(persona("iris").portrait.glob("*neutral*"))))
    plan = CallPlan(node.url, camera=face, consent=True, client=facts)
    async with Line(plan) as line:
        assert await line.until(lambda: line.channel_open, 10)
        yield Checked(line)


def session_of(line: Line) -> str:
    return next(str(event["session"]) for event in line.events if event["type"] == "hello")


async def test_the_check_sets_a_gain_which_the_next_call_begins_with(node: Node) -> None:
    quiet = sound("quiet", sounds.speech("This is how I speak to you.", peak_db=-26.0))
    async with calling(node, microphone="a quiet one") as checked:
        floor = await checked.step("quiet")
        assert floor["state"] == "done" and floor["noise_floor_db"] < -60
        checked.line.microphone.say(quiet)
        level = await checked.step("speech")
        assert level["state"] == "done" and "turn you up" in level["message"]
        look = await checked.step("look")
        assert look["state"] == "done" and look["gain_db"] > 3
        # What was said in the check was no turn.
        assert not [e for e in checked.line.events if e.get("who") == "caller"]
        session = session_of(checked.line)
    (row,) = await node.settled(ROWS, session)
    assert row["cause"] == "guided check" and row["gain_db"] == look["gain_db"]
    assert row["noise_floor_db"] < -60 < row["speech_level_db"] < -30
    framing = json.loads(row["framing"])
    assert 0.3 < framing["x"] < 0.7 and framing["size"] > 0.2

    async with calling(node, microphone="a quiet one") as checked:
        assert await checked.line.until(lambda: bool(checked.told(step="remembered")), 5)
        assert checked.told()[0]["gain_db"] == look["gain_db"]
        checked.line.microphone.say(quiet)

        def understood() -> bool:
            events = checked.line.events
            return any(e["final"] for e in events if e.get("who") == "caller")

        assert await checked.line.until(understood, 20)
        session = session_of(checked.line)
    (audio,) = await node.settled(
        "select details from audio where session_id = $1 and kind = 'input'", session
    )
    assert json.loads(audio["details"]) == {"gain_db": look["gain_db"]}
    assert await node.rows(ROWS, session) == [], "nothing has changed"


@pytest.mark.browser
async def test_the_check_in_the_page(node: Node, tmp_path: Path) -> None:
    said = [sounds.silence(4500), sounds.speech("This is how I speak to you.")]
    voice = sounds.save(tmp_path / "voice.wav", np.concatenate(said))
    picture = cv2.imread(str(next(iter(sorted(persona("iris").portrait.glob("*neutral*"))))))
    frame = np.full((480, 640, 3), 128, np.uint8)
    frame[160:, 320:] = cv2.resize(picture, (320, 320))
    face = tmp_path / "face.mjpeg"
    face.write_bytes(cv2.imencode(".jpg", frame)[1].tobytes() * 20)
    clips = (
        f"--use-file-for-fake-audio-capture={voice}",
        f"--use-file-for-fake-video-capture={face}",
    )
    async with browsing(node.url, ALLOWED, DEVICES, *clips) as page:
        await page.check("#consent")
        await press_call(page)
        await page.focus("#check-open")
        await page.keyboard.press("Enter")
        await expect(page.locator("#check")).to_be_visible()
        assert await page.evaluate("document.activeElement.id") == "check-go"
        tree = await page.locator("#check").aria_snapshot()
        assert 'dialog "Check microphone and camera"' in tree and "status" in tree
        await page.keyboard.press("Enter")
        go = page.locator("#check-go")
        # The clip goes round: when it speaks into the silence asked for, the page offers again.
        for _ in range(6):
            await expect(go).to_be_enabled()
            if await go.inner_text() != "Try again":
                break
            await page.keyboard.press("Enter")
        await expect(go).to_have_text("Done")
        await expect(page.locator("#check li[data-state=done]")).to_have_count(3)
        await expect(page.locator("#check-said")).to_contain_text("Move to your right.")
        await page.screenshot(path=str(tmp_path / "check.png"))
        await page.keyboard.press("Escape")
        await expect(page.locator("#check")).to_be_hidden()
        session = (await node.rows("select id from session order by started desc limit 1"))[0]["id"]
    (row,) = await node.settled(ROWS, session)
    assert row["cause"] == "guided check" and json.loads(row["framing"])["x"] > 0.67
