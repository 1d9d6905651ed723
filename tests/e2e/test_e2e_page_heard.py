"""A call in the page as it is heard and seen: marks, sound and mouth in time with each other."""

import base64
import io
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import pytest_asyncio
import sounds
from e2e.browser import QUESTION, SLOW, browsing, call, finished_reply
from nodes import Node
from numpy.typing import NDArray
from playwright.async_api import Page, expect

from visavis.client.mouth import lag
from visavis.engines.stt.whisper import Whisper
from visavis.settings import Settings
from visavis.weights.store import WeightStore

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MORE = ("How does this work?", "What can you see?")
"""Typed, for more speech to measure by: one short reply says little about the lag of a mouth."""
LOUDNESS = 0.6
"""Loudness as it is felt goes with amplitude to this power (Stevens 1955)."""
PROBE = Path(__file__).with_name("page_probe.js").read_text()


Picture = NDArray[np.uint8]
Moments = NDArray[np.float64]


@dataclass
class Seen:
    """What the probe recorded; moments in s on the page's clock."""

    frames: list[tuple[float, Picture]]
    audio_at: Moments
    """(N,) the moment of each chunk."""
    chunks: list[NDArray[np.int16]]
    """int16, 48 kHz."""
    marks: list[tuple[float, str]]
    now: list[str]

    @property
    def envelope(self) -> tuple[Moments, Moments]:
        """(M,) moments and RMS amplitudes 0..1 of every 5 ms."""
        step = 240
        times, levels = [], []
        for at, chunk in zip(self.audio_at, self.chunks, strict=True):
            whole = chunk[: len(chunk) // step * step].reshape(-1, step) / 32768
            times.append(at + (np.arange(len(whole)) + 0.5) * step / sounds.RATE)
            levels.append(np.sqrt((whole**2).mean(axis=1)))
        return np.concatenate(times), np.concatenate(levels)


async def probed(page: Page) -> Seen:
    raw: dict[str, Any] = await page.evaluate("JSON.parse(JSON.stringify(probed))")

    def decode(text: str) -> bytes:
        return base64.b64decode(text)

    frames = [
        (f["at"] / 1000, cv2.imdecode(np.frombuffer(decode(f["jpeg"]), np.uint8), cv2.IMREAD_COLOR))
        for f in raw["frames"]
        if "jpeg" in f
    ]
    chunks = [np.frombuffer(decode(c["pcm"]), np.int16) for c in raw["chunks"]]
    assert {c["rate"] for c in raw["chunks"]} == {sounds.RATE}
    return Seen(
        frames,
        np.array([c["at"] for c in raw["chunks"]]) + raw["lag"] / 1000,
        chunks,
        [(m["at"] / 1000, m["word"]) for m in raw["marks"]],
        raw["now"],
    )


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


@cache
def whisper() -> Whisper:
    settings = Settings()
    return Whisper(str(WeightStore(settings.weights).path(settings.stt.model)))


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower().replace("’", "'"))


@dataclass
class Conversation:
    """A whole call in the page: one spoken question, then `MORE`."""

    answer: str
    """What the captions say the persona answered to the spoken question."""
    marks: list[tuple[float, str]]
    """Its words, each with the moment at which it was marked as heard."""
    seen: Seen

    @property
    def sounding(self) -> tuple[float, float]:
        """When the sound of the answer began and ended."""
        moments, loud = self.seen.envelope
        began, ended = self.marks[0][0], self.marks[-1][0]
        inside = (moments > began - 1.0) & (moments < ended + 1.0)
        audible = moments[inside & (loud > 10 ** (-45 / 20))]
        assert len(audible), "the answer's sound is missing"
        return audible[0], audible[-1]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def conversation(node: Node, clips: tuple[str, ...]) -> Conversation:
    async with browsing(node.url, *clips) as page:
        await page.check("#consent")
        await call(page)
        await page.wait_for_selector("body.live")
        await page.evaluate(PROBE)
        asked = page.locator("#captions li.caller:not(.partial)")
        await expect(asked.locator("p")).to_have_text(QUESTION, timeout=SLOW)
        answer = await finished_reply(page)
        answered = await page.evaluate("probed.marks.length")
        for text in MORE:
            await page.fill("#text", text)
            await page.keyboard.press("Enter")
            taken = page.locator("#captions li.caller:not(.partial)").last
            await expect(taken).to_contain_text(text, timeout=SLOW)
            await finished_reply(page)
        await page.wait_for_timeout(1000)
        seen = await probed(page)
        await expect(page.locator("#quality")).to_contain_text("connection")
        await page.click("#call")
        await expect(page.locator("#status")).to_have_text("You have hung up.")
    return Conversation(answer, seen.marks[:answered][-len(answer.split()) :], seen)


async def test_the_answers_words_are_marked_as_they_are_heard(conversation: Conversation) -> None:
    answer, marks = conversation.answer, conversation.marks
    assert "Iris" in answer
    assert [word for _, word in marks] == answer.split()
    assert [at for at, _ in marks] == sorted(at for at, _ in marks)
    assert set(answer.split()) <= set(conversation.seen.now)
    began, ended = conversation.sounding
    assert abs(marks[0][0] - began) < 0.3
    assert ended - 1.5 < marks[-1][0] < ended + 0.3


async def test_the_sound_says_what_the_caption_says(conversation: Conversation) -> None:
    began, ended = conversation.sounding
    seen = conversation.seen
    chunks = [
        chunk
        for at, chunk in zip(seen.audio_at, seen.chunks, strict=True)
        if began - 0.3 < at < ended + 0.3
    ]
    sound = np.concatenate(chunks).astype(np.float32) / 32768
    at_16k = sound[: len(sound) // 3 * 3].reshape(-1, 3).mean(axis=1)
    heard, said = set(words(whisper().transcribe(at_16k).text)), set(words(conversation.answer))
    assert len(heard & said) / len(heard | said) > 0.75, (heard, said)


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
        for text in (*MORE, "How do you hear me?", "How do you speak?"):
            asked.append(await page.evaluate("performance.now() / 1000"))
            await page.fill("#text", text)
            await page.keyboard.press("Enter")
            taken = page.locator("#captions li.caller:not(.partial)").last
            await expect(taken).to_contain_text(text, timeout=SLOW)
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
    bound_ms = max(45, 1_250 / fps)
    assert abs(np.median([offset_ms for offset_ms, _ in measured])) <= bound_ms, told


async def test_the_call_is_kept(node: Node, conversation: Conversation) -> None:
    rows = await node.settled(
        "select s.id, s.timezone from session s join stt on stt.session_id = s.id where "
        "consent_given and finished is not null and stt.text = $1 order by s.started desc limit 1",
        QUESTION,
    )
    session = rows[0]["id"]
    assert rows[0]["timezone"]
    chat = await node.rows(
        "select text from chat where session_id = $1 and user_prompt = $2", session, QUESTION
    )
    assert [row["text"] for row in chat] == [conversation.answer]
    pose = await node.settled(
        "select features_uri from pose where session_id = $1 and features_uri is not null", session
    )
    with np.load(io.BytesIO((node.data / pose[0]["features_uri"]).read_bytes())) as npz:
        assert np.isfinite(npz["face"]).any()
    measures = {
        row["measure"]: row["value"]
        for row in await node.rows(
            "select measure, value from performance_log where session_id = $1", session
        )
    }
    # What the page measured itself; the way there and back is in the ear's figure.
    assert {"caller.rtt", "caller.audio_jitter_buffer", "caller.ear_latency"} <= set(measures)
    assert 0 < measures["caller.ear_latency"] < 15_000
