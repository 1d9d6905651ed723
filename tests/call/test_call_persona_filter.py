"""The persona's voice through a filter: other samples, the same moments."""

import asyncio
from collections.abc import Mapping

import numpy as np
from call.filters_found import chain
from overhear import faults

from visavis.call.events import Bus
from visavis.call.hearing.audio_input import ChosenFilter
from visavis.call.hearing.filters import Chain
from visavis.call.voice.persona_filter import FilteredVoice, VoiceFilter
from visavis.engines.filters.ffmpeg import FilterGraph
from visavis.engines.tts.speech import Phoneme, Speech, Word
from visavis.records.ids import named_id

RATE = 24_000
ROW = named_id("a row")
HIGH_PASS = chain("high-pass")


class Voice:
    system = "a voice"
    parameters: Mapping[str, object] = {"speed": 1}
    samples = np.sin(2 * np.pi * 40 * np.arange(RATE) / RATE).astype(np.float32) * 0.5

    def say(self, text: str) -> Speech:
        marks = (Phoneme("h", 0, 300),), (Word(text, 0, 1000),)
        return Speech(self.samples, RATE, *marks, text, "a voice", {"speed": 1}, 5.0)


async def test_samples_change_and_no_moment_does() -> None:
    bus = Bus()
    told = faults(bus)
    voice = FilteredVoice(Voice(), VoiceFilter(ChosenFilter(HIGH_PASS, ROW), bus))
    before, after = Voice().say("hum"), await asyncio.to_thread(voice.say, "hum")
    assert np.std(after.samples[RATE // 2 :]) < 0.5 * np.std(before.samples)
    assert (after.words, after.phonemes, after.duration_ms) == (
        before.words,
        before.phonemes,
        before.duration_ms,
    )
    assert after.audio_filter == ROW and after.ms > before.ms and "filter_ms" in after.parameters
    assert not told


async def test_a_filter_that_changes_the_length_is_a_fault_and_unfiltered_from_then_on() -> None:
    bus = Bus()
    told = faults(bus)
    chosen = ChosenFilter(Chain("tempo", (FilterGraph("tempo", "atempo=1.3"),)), ROW)
    voice = FilteredVoice(Voice(), VoiceFilter(chosen, bus))
    for _ in range(2):
        speech = await asyncio.to_thread(voice.say, "hum")
        assert speech.samples is Voice.samples and speech.audio_filter is None
    await asyncio.sleep(0)
    assert len(told) == 1 and told[0][0] == "audio_filter" and "tempo" in told[0][1]


async def test_what_holds_nothing_to_say_stays_as_it_is() -> None:
    class Mute(Voice):
        samples = np.zeros(0, np.float32)

    voice = FilteredVoice(Mute(), VoiceFilter(ChosenFilter(HIGH_PASS, ROW), Bus()))
    assert voice.say("…").audio_filter is None
