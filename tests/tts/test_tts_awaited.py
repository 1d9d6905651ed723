"""A voice that is waited for: asked on the loop through everything that stands before it."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import numpy as np
import pytest
from overhear import faults

from visavis.call.dialogue.reply import Answer, Reply
from visavis.call.dialogue.stages import Stopwatch
from visavis.call.events import Bus
from visavis.call.hearing.audio_input import ChosenFilter
from visavis.call.hearing.filters import Chain
from visavis.call.voice.canned import CannedVoice
from visavis.call.voice.persona_filter import FilteredVoice, VoiceFilter
from visavis.call.voice.playout import Playout
from visavis.call.voice.speaker import Speaker
from visavis.engines.filters.ffmpeg import FilterGraph
from visavis.engines.tts.base import spoken
from visavis.engines.tts.speech import Speech
from visavis.records.ids import named_id


def speech(text: str) -> Speech:
    hum = np.sin(np.arange(24_000) / 24_000 * 2 * np.pi * 40).astype(np.float32) * 0.5
    return Speech(hum, 24_000, (), (), text, "far", {}, 1.0)


class Far:
    """On another machine."""

    system = "far"
    parameters: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.begun, self.cancelled = asyncio.Event(), asyncio.Event()
        self.answers = asyncio.Event()

    def say(self, text: str) -> Speech:
        raise AssertionError("nobody waits in a thread")

    async def speak(self, text: str) -> Speech:
        self.asked.append(text)
        self.begun.set()
        try:
            await self.answers.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return speech(text)


class Near:
    """Computed here."""

    system = "near"
    parameters: dict[str, Any] = {}  # noqa: RUF012

    def say(self, text: str) -> Speech:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()  # in a thread
        return speech(text)


async def test_each_voice_is_asked_in_its_own_way() -> None:
    far = Far()
    far.answers.set()
    assert (await spoken(far, "One.")).text == "One."
    assert (await spoken(Near(), "Two.")).text == "Two."


async def test_canned_lines_and_filters_pass_it_on() -> None:
    far = Far()
    far.answers.set()
    canned = CannedVoice(far, {"Hello.": speech("Hello.")})
    chosen = ChosenFilter(
        Chain("high-pass", (FilterGraph("high-pass", "highpass=f=80"),)), named_id("a row")
    )
    voice = FilteredVoice(canned, VoiceFilter(chosen, Bus()))
    ready, made = await spoken(voice, "Hello."), await spoken(voice, "Friend.")
    assert far.asked == ["Friend."]
    assert (ready.text, made.text) == ("Hello.", "Friend.")
    assert ready.audio_filter == made.audio_filter == chosen.id
    near = FilteredVoice(CannedVoice(Near(), {}), VoiceFilter(chosen, Bus()))
    assert (await spoken(near, "Two.")).audio_filter == chosen.id


async def test_a_reply_that_is_cancelled_asks_no_more() -> None:
    async def clauses() -> AsyncGenerator[str, None]:
        yield "One."
        yield "Two."

    far = Far()
    bus = Bus()
    told = faults(bus)
    speaker = Speaker(far, None, bus)
    answer = Answer("test", {}, clauses())
    reply = Reply(named_id("a turn"), answer, speaker, Playout(), bus, Stopwatch(0.0))
    reply.start()
    reply.commit(1)
    await asyncio.wait_for(far.begun.wait(), 5)
    reply.cancel()
    await asyncio.wait_for(far.cancelled.wait(), 5)
    assert far.asked == ["One."] and not told


async def test_a_voice_that_ends_the_program_is_only_broken() -> None:
    class Leaves(Near):
        system = "leaves"

        def say(self, text: str) -> Speech:
            raise SystemExit(4)

    with pytest.raises(RuntimeError, match="leaves wanted to exit"):
        await spoken(Leaves(), "One.")
