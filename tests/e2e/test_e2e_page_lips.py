"""Lips against sound as the page shows them. Part of the soak: a Chromium that draws on the
processor that it shares with the server and with this test needs the machine for itself. What
leaves the server is measured by `test_e2e_call_in_time`."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from e2e.browser import browsing, call, finished_reply
from e2e.page_probe import PROBE, Moments, Picture, probed
from nodes import Node
from playwright.async_api import expect

from visavis.client.mouth import lag

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ASKED = ("How does this work?", "What can you see?", "How do you hear me?", "How do you speak?")
"""Typed; one short reply says little about the lag of a mouth."""
LIPS_MS = 45.0
"""Sound further ahead of the lips is noticed (ITU-R BT.1359-1)."""
LOUDNESS = 0.6
"""Loudness as it is felt goes with amplitude to this power (Stevens 1955)."""


def openings(frames: list[tuple[float, Picture]]) -> tuple[Moments, Moments]:
    """(N,) moments and openings of the mouth, in distances between the outer eye corners."""
    import mediapipe as mp

    found = []
    with mp.solutions.face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True) as mesh:
        for at, picture in frames:
            result = mesh.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            if result.multi_face_landmarks:
                points = result.multi_face_landmarks[0].landmark
                upper, lower, left, right = (
                    np.array([points[i].x, points[i].y]) for i in (13, 14, 33, 263)
                )
                found.append((at, np.linalg.norm(upper - lower) / np.linalg.norm(left - right)))
    moments, values = np.array(found).T
    return moments, values


async def test_the_mouth_moves_with_the_voice_and_rests(node: Node, clips: tuple[str, ...]) -> None:
    # A small page and no camera: what draws and sees here shares two cores with what is measured.
    # Muted, because the clip's question would interrupt.
    async with browsing(node.url, *clips, size=(400, 640)) as page:
        await page.click("#camera")
        await page.click("#mute")
        await call(page)
        await page.wait_for_selector("body.live")
        # Chromium brings sound and picture together within seconds, by the sender reports.
        await page.wait_for_timeout(6000)
        await page.evaluate(PROBE)
        asked = []
        for text in ASKED:
            asked.append(await page.evaluate("performance.now() / 1000"))
            await page.fill("#text", text)
            await page.keyboard.press("Enter")
            taken = page.locator("#captions li.caller:not(.partial)").last
            await expect(taken).to_contain_text(text)
            await finished_reply(page)
        await page.wait_for_timeout(1000)
        asked.append(await page.evaluate("performance.now() / 1000"))
        seen = await probed(page)
    moments, loud = seen.envelope
    frames = [frame for frame in seen.frames if frame[0] > moments[0]]
    seen_at, opening = openings(frames)
    assert len(seen_at) > 0.95 * len(frames)
    level = np.interp(seen_at, moments, loud)
    speaking, silent = opening[level > 10 ** (-35 / 20)], opening[level < 10 ** (-60 / 20)]
    assert np.median(silent) < 0.4 * np.median(speaking)
    fps = (len(frames) - 1) / (frames[-1][0] - frames[0][0])
    assert fps > 12, f"Chromium shows {fps:.0f} pictures a second: too few to time lips by"
    measured = []
    for begin, end in pairwise(asked):
        inside = (seen_at > begin) & (seen_at < end)
        if found := lag(seen_at[inside], opening[inside], moments, loud**LOUDNESS):
            measured.append(found)
    told = f"(ms behind, correlation) by reply: {measured}, at {fps:.1f} pictures a second"
    assert len(measured) >= 3, told
    # Loud m, n and s have small openings: 0.37 at offset 0 where every frame is seen as drawn.
    assert np.median([correlation for _, correlation in measured]) > 0.25, told
    # Lips are timed no finer than pictures come: at 25 a second one and a quarter is 50 ms.
    assert abs(np.median([offset_ms for offset_ms, _ in measured])) <= max(LIPS_MS, 1_250 / fps), (
        told
    )
