"""Calls held with a voice and a recogniser that are asked over HTTP, in a service of its own."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import sounds
from nodes import Node, serving_anew
from remote_service import KEY, Service, serving_speech
from scipy.signal import resample_poly

from visavis.client import CallPlan
from visavis.client.line import Line
from visavis.client.sound import sound
from visavis.engines.stt.whisper import Whisper
from visavis.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

QUESTION = "How do you speak?"
ANSWER = "My voice is made on the spot, by a tiny voice model that also tells my lips what to do."
"""The rule has no other."""


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving_speech() as running:
        yield running


@pytest.fixture(scope="module")
def node(service: Service) -> Iterator[Node]:
    with serving_anew(
        VISAVIS_TTS__ENGINE="openai",
        VISAVIS_TTS__OPENAI__URL=service.url,
        VISAVIS_TTS__OPENAI__KEY=KEY,
        VISAVIS_STT__ENGINE="openai",
        VISAVIS_STT__OPENAI__URL=service.url,
        VISAVIS_STT__OPENAI__KEY=KEY,
        VISAVIS_CHAT__ENGINE="off",
        VISAVIS_LIPSYNC__ENGINE="off",
        VISAVIS_POSE__ENGINE="off",
        VISAVIS_KNOWLEDGE__ENGINE="off",
        VISAVIS_TURN__PROMPTS_MS="[]",  # nothing is said unasked while the service starts
    ) as running:
        yield running


@cache
def whisper() -> Whisper:
    settings = Settings()
    return Whisper(str(settings.weights.expanduser() / settings.stt.model))


def words(text: str) -> set[str]:
    return {word.strip(".,!?—'’").lower() for word in text.split()} - {""}


class Talk:
    """What has happened on a line so far."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def captions(self, who: str) -> list[dict[str, Any]]:
        return [e for e in self._line.events if e["type"] == "caption" and e["who"] == who]

    def text(self, who: str) -> str:
        return " ".join(event["text"] for event in self.captions(who))

    def replies(self) -> int:
        return sum(e["type"] == "heard" for e in self._line.events)

    def ask(self, text: str) -> None:
        self._line.microphone.say(sound(text, sounds.speech(text)))

    async def answered(self, replies: int) -> bool:
        return await self._line.until(lambda: self.replies() >= replies, 30)

    @property
    def session(self) -> str:
        return str(next(e["session"] for e in self._line.events if e["type"] == "hello"))


async def test_words_pass_both_ways(node: Node) -> None:
    async with Line(CallPlan(node.url, video=False)) as line:
        talk = Talk(line)
        assert await line.until(lambda: line.channel_open, 20)
        assert await talk.answered(1), ("the greeting", line.events)
        before = len(line.ear.packets)
        talk.ask(QUESTION)
        assert await talk.answered(2), (line.events, node.lines)
        assert words(talk.text("caller")) == words(QUESTION)
        await line.until(lambda: False, 0.5)  # what left last is still on its way
        packets, spoken = line.ear.packets[before:], talk.captions("persona")
    answer = [event for event in spoken if event["id"] == spoken[-1]["id"]]
    assert " ".join(event["text"] for event in answer) == ANSWER
    heard = np.concatenate([packet.samples for packet in packets]).astype(np.float32) / 32768
    loud = np.flatnonzero(np.abs(heard) > 0.02)
    heard = resample_poly(heard[loud[0] : loud[-1]], 1, 3)
    transcript = await asyncio.to_thread(whisper().transcribe, heard)
    both = words(transcript.text) & words(ANSWER)
    assert len(both) > 0.7 * len(words(ANSWER)), transcript.text
    for event in answer:
        times = [word["start"] for word in event["words"]]
        assert len(times) == len(event["text"].split()) and times == sorted(times)
    rows = await node.settled(
        "select t.system, t.parameters->>'voice' voice, s.system ear, s.text, s.parameters->>"
        "'response_format' format from tts t join chat c on t.chat_id = c.id"
        " join stt s on s.id = c.stt_id where c.session_id = $1",
        talk.session,
    )
    assert {tuple(row) for row in rows} == {
        ("openai:tts-1", "alloy", "openai:whisper-1", rows[0]["text"], "verbose_json")
    }
    assert words(rows[0]["text"]) == words(QUESTION)
    faults = await node.rows(
        "select type, description from faults where session_id = $1 and type in ('tts', 'stt')",
        talk.session,
    )
    assert not faults, [tuple(row) for row in faults]


async def test_a_service_that_dies_leaves_captions_and_the_text_box_and_may_come_back(
    node: Node, service: Service
) -> None:
    async with Line(CallPlan(node.url, video=False)) as line:
        talk = Talk(line)
        assert await line.until(lambda: line.channel_open, 20)
        assert await talk.answered(1)
        service.process.kill()
        service.process.wait()

        line.send("text", text=QUESTION)
        assert await talk.answered(2), line.events
        assert talk.text("persona").endswith(ANSWER), "a caption in the voice's place"

        talk.ask(QUESTION)
        told = lambda: any(e.get("kind") == "no_transcript" for e in line.events)  # noqa: E731
        assert await line.until(told, 30), line.events

        with ExitStack() as stack:
            again = serving_speech(urlsplit(service.url).port or 0)
            await asyncio.to_thread(stack.enter_context, again)
            before, asked = len(line.ear.levels), len(talk.captions("caller"))
            talk.ask("What is your name?")
            assert await line.until(lambda: len(talk.captions("caller")) > asked, 30), line.events
            voiced = lambda: max(line.ear.levels[before:], default=-120.0) > -30  # noqa: E731
            assert await line.until(voiced, 30), ("the voice is back", line.events)
    rows = await node.settled(
        "select type, description from faults where session_id = $1 and type in ('tts', 'stt')"
        " order by type",
        talk.session,
    )
    assert {row["type"] for row in rows} == {"stt", "tts"}
    for row in rows:
        assert f"{service.url}/audio/" in row["description"]
        assert "can't be reached" in row["description"]


async def test_the_key_is_neither_kept_nor_printed(node: Node) -> None:
    tables = await node.settled(
        "select table_name from information_schema.tables where table_schema = 'public'"
    )
    for (table,) in tables:
        found = await node.rows(f'select 1 from "{table}" r where r::text like $1', f"%{KEY}%")
        assert not found, table
    assert not any(KEY in line for line in node.lines)
