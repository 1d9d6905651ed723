"""Times found by listening, held against those that hibari knows of itself."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.engines.tts.hibari import HibariVoice
from visavis.engines.tts.reading import PhonemeReader
from visavis.engines.tts.speech import Phoneme, Speech, Word
from visavis.engines.tts.timing import sounding, timed

RATE = 24_000
CLAUSES = [
    "Hello, I'm Iris.",
    "It's lovely to meet you.",
    "I turn your speech into words, think of an answer,",
    "by a tiny voice model that also tells my lips what to do.",
    "You can ask me anything, or type it in the box if you prefer.",
    "Software listens, thinks and speaks for me, and draws my face.",
    "It costs $5.50 at 8 o'clock.",
    "Well,",
    "Yes.",
    "The sky is blue because air scatters short waves of light more than long ones.",
]


@pytest.fixture(scope="module")
def voice() -> HibariVoice:
    return HibariVoice()


@pytest.fixture(scope="module")
def say(voice: HibariVoice) -> Callable[[str], Speech]:
    return cache(voice.say)


@pytest.fixture(scope="module")
def reader() -> PhonemeReader:
    return PhonemeReader()


Timed = tuple[tuple[Phoneme, ...], tuple[Word, ...]]


def listened(
    reader: PhonemeReader, text: str, samples: NDArray[np.float32], rate: int = RATE
) -> tuple[Timed, float]:
    """What is found in ``samples``, and where in them it counts from, ms."""
    begin, end = sounding(samples, rate)
    return timed(text, list(reader.sentences(text)), samples[begin:end], rate), begin * 1000 / rate


def as_sent(speech: Speech, loudness: float = 0.5) -> NDArray[np.float32]:
    """As a service sends it: quieter, in 16 bits, 200 ms of silence at both ends."""
    margin = np.zeros(RATE // 5, np.float32)
    samples = np.concatenate([margin, speech.samples * loudness, margin])
    sent: NDArray[np.float32] = (np.round(samples * 32767) / 32768).astype(np.float32)
    return sent


def test_words_and_sounds_are_found_where_they_are(
    say: Callable[[str], Speech], reader: PhonemeReader
) -> None:
    words, sounds = [], []
    for text in CLAUSES:
        known = say(text)
        (phonemes, found), at = listened(reader, text, as_sent(known))
        assert [word.text for word in found] == text.split()
        assert [p.symbol for p in phonemes] == [p.symbol for p in known.phonemes]
        for mine, real in zip(found, known.words, strict=True):
            words.append(mine.start_ms + at - 200 - real.start_ms)
        for one, true in zip(phonemes, known.phonemes, strict=True):
            middle = (true.start_ms + true.end_ms) / 2
            sounds.append((one.start_ms + one.end_ms) / 2 + at - 200 - middle)
    off, middles = np.abs(words), np.abs(sounds)
    assert np.median(off) <= 25 and np.percentile(off, 95) <= 80
    assert np.median(middles) <= 18 and np.percentile(middles, 95) <= 80
    assert abs(np.median(sounds)) <= 15, "the mouth is neither early nor late"


def test_a_pause_that_no_mark_announces_is_found(
    say: Callable[[str], Speech], reader: PhonemeReader
) -> None:
    text = "Tomorrow people will meet again"
    known = say(text)
    cut = round((known.words[1].end_ms + known.words[2].start_ms) / 2 * 24)
    pause = np.zeros(RATE * 6 // 10, np.float32)
    samples = np.concatenate([known.samples[:cut], pause, known.samples[cut:]])
    (_, found), at = listened(reader, text, samples)
    starts = [word.start_ms + at for word in found]
    assert starts[1] == pytest.approx(known.words[1].start_ms, abs=80)
    assert found[1].end_ms + at == pytest.approx(cut / 24, abs=80)
    assert starts[2] == pytest.approx(cut / 24 + 600, abs=80)


@pytest.mark.parametrize("text", [*CLAUSES, "a" * 100, "Two. Sentences — here…", "😀 yes 😀"])
def test_times_are_in_order_and_within_the_sound(
    say: Callable[[str], Speech], reader: PhonemeReader, text: str
) -> None:
    samples = say("Hello there.").samples  # whatever was really said
    phonemes, words = timed(text, list(reader.sentences(text)), samples, RATE)
    length = len(samples) / 24
    assert [word.text for word in words] == text.split()
    edges = [edge for word in words for edge in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges) and edges[0] >= 0 and edges[-1] <= length + 1e-6
    times = [edge for p in phonemes for edge in (p.start_ms, p.end_ms)]
    assert times == sorted(times) and times[-1] <= length + 1e-6


def test_another_rate_tells_the_same(say: Callable[[str], Speech], reader: PhonemeReader) -> None:
    text = CLAUSES[2]
    samples = say(text).samples
    (_, usual), _ = listened(reader, text, samples)
    (_, doubled), _ = listened(reader, text, np.repeat(samples, 2), 2 * RATE)
    for one, other in zip(usual, doubled, strict=True):
        assert one.start_ms == pytest.approx(other.start_ms, abs=60)


def test_nothing_is_found_in_silence_and_in_next_to_nothing(reader: PhonemeReader) -> None:
    readings = list(reader.sentences("Hello there."))
    for count in (0, 1, 100, RATE):
        samples = np.zeros(count, np.float32)
        assert sounding(samples, RATE) == (0, 0)
        phonemes, words = timed("Hello there.", readings, samples, RATE)
        assert [word.text for word in words] == ["Hello", "there."]
        assert all(p.end_ms <= count / 24 for p in phonemes)


def test_what_is_too_long_to_be_listened_to_is_shared_out(reader: PhonemeReader) -> None:
    samples = np.full(RATE * 30, 0.1, np.float32)
    _, words = timed("Hello there.", list(reader.sentences("Hello there.")), samples, RATE)
    assert words[-1].end_ms == pytest.approx(30_000, abs=1)
