"""The local voice, for real: its sound, its times, its loudness."""

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.engines.tts.hibari import HibariVoice
from visavis.engines.tts.speech import Speech

SENTENCE = "Hello there, I am Iris, and it costs $5.50 at 8 o'clock."


@pytest.fixture(scope="module")
def voice() -> HibariVoice:
    return HibariVoice()


def level(samples: NDArray[np.float32]) -> float:
    """RMS of the louder half of 10 ms blocks, dBFS."""
    blocks = samples[: len(samples) // 240 * 240].reshape(-1, 240)
    powers = np.sort(np.mean(blocks**2, axis=1))
    return float(10 * np.log10(powers[len(powers) // 2 :].mean()))


def pitch_of(speech: Speech) -> float:
    """Median fundamental, Hz, by autocorrelation of voiced 40 ms blocks."""
    found = []
    for start in range(0, len(speech.samples) - 960, 960):
        block = speech.samples[start : start + 960]
        if np.sqrt(np.mean(block**2)) < 0.08:
            continue
        correlation = np.correlate(block, block, "full")[960 - 1 :]
        found.append(24_000 / (80 + int(np.argmax(correlation[80:300]))))
    return float(np.median(found))


@pytest.mark.parametrize("text", [SENTENCE, "Well,", "Hi!", "Two. Sentences — here…", "😀 yes 😀"])
def test_every_written_word_has_its_time(voice: HibariVoice, text: str) -> None:
    speech = voice.say(text)
    assert [word.text for word in speech.words] == text.split()
    edges = [edge for word in speech.words for edge in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges)
    assert edges[0] >= 0 and edges[-1] <= speech.duration_ms + 1e-6
    assert all(p.start_ms < p.end_ms <= speech.duration_ms + 1e-6 for p in speech.phonemes)
    starts = [p.start_ms for p in speech.phonemes]
    assert starts == sorted(starts)


def test_times_agree_with_the_sound(voice: HibariVoice) -> None:
    offsets = []
    for word in [
        "apple",
        "bob",
        "cat",
        "dog",
        "egg",
        "goat",
        "kite",
        "moon",
        "pen",
        "tea",
        "under",
        "yes",
    ]:
        speech = voice.say(f"One, {word}, two.")
        power = np.convolve(speech.samples**2, np.ones(120) / 120, "same")
        start = speech.words[1].start_ms
        around = power[int((start - 80) * 24) : int((start + 80) * 24)]
        quiet = np.flatnonzero(around < 0.006**2)
        offsets.append(quiet[-1] / 24 - 80 if len(quiet) else 0.0)
    assert abs(np.median(offsets)) < 20


@pytest.mark.parametrize("text", [SENTENCE, "Well,", "Yes.", "I see,"])
def test_no_silence_at_the_ends(voice: HibariVoice, text: str) -> None:
    samples = voice.say(text).samples
    loud = np.flatnonzero(np.abs(samples) > 0.02) / 24
    assert loud[0] < 40
    assert len(samples) / 24 - loud[-1] < 90


def test_clauses_are_equally_loud_and_never_clip(voice: HibariVoice) -> None:
    texts = [SENTENCE, "Well,", "Hi!", "Yes.", "I see,", "Hmm.", "Of course!"]
    said = [voice.say(text).samples for text in texts]
    levels = [level(samples) for samples in said]
    assert max(levels) - min(levels) < 5
    assert all(np.abs(samples).max() < 0.9 for samples in said)
    assert all(samples.dtype == np.float32 for samples in said)


def test_a_short_clause_is_short(voice: HibariVoice) -> None:
    assert 250 < voice.say("Well,").duration_ms < 500


def test_the_same_words_are_the_same_sound(voice: HibariVoice) -> None:
    assert np.array_equal(voice.say(SENTENCE).samples, voice.say(SENTENCE).samples)


def test_pitch_lowers_the_voice_and_keeps_the_pace(voice: HibariVoice) -> None:
    usual, low = voice.say(SENTENCE), HibariVoice(pitch=0.7).say(SENTENCE)
    assert pitch_of(low) / pitch_of(usual) == pytest.approx(0.7, abs=0.08)
    assert low.words[-1].start_ms == pytest.approx(usual.words[-1].start_ms, abs=30)


@pytest.mark.parametrize("text", ["", "   ", "😀", "...", "—"])
def test_nothing_to_say_is_no_sound(voice: HibariVoice, text: str) -> None:
    speech = voice.say(text)
    assert len(speech.samples) == 0 and speech.phonemes == () and speech.pause_ms == 0
    assert [word.text for word in speech.words] == text.split()


def test_a_text_without_any_mark_is_said_to_its_end(voice: HibariVoice) -> None:
    speech = voice.say("and then we went on " * 40)
    assert speech.duration_ms > 20_000
    assert speech.words[-1].end_ms > speech.duration_ms - 500


def test_says_what_is_wrong_with_its_arguments() -> None:
    with pytest.raises(ValueError, match="heart"):
        HibariVoice("nobody")
    with pytest.raises(ValueError, match="pitch"):
        HibariVoice(pitch=3)
