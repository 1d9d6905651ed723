"""Whisper on turns of every length, and on sounds without words."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.engines.stt.cleaning import clean, is_speech, without_echo
from visavis.engines.stt.whisper import Whisper

Sound = NDArray[np.float32]


@pytest.fixture(scope="module")
def whisper(weights: Path) -> Whisper:
    folder = weights / "faster-whisper-base"
    if not folder.exists():
        pytest.skip("the weights are not fetched: visavis models fetch")
    return Whisper(str(folder))


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "Stop.",
        "No, thanks.",
        "What is your name?",
        "Can you tell me how this software works?",
        "Yesterday I went to the market to buy some apples, pears and a large loaf of bread, and "
        "then I walked all the way home along the river in the rain.",
    ],
)
def test_it_hears_what_was_said(whisper: Whisper, say: Callable[[str], Sound], text: str) -> None:
    transcript = whisper.transcribe(say(text))
    assert words(transcript.text) == words(text)
    assert transcript.no_speech < 0.3
    assert transcript.avg_logprob > -1
    assert transcript.language == "en"
    assert transcript.ms > 0
    assert transcript.system == "whisper:faster-whisper-base"
    assert transcript.parameters["beam_size"] == 1


def test_speech_in_noise_is_still_heard(whisper: Whisper, say: Callable[[str], Sound]) -> None:
    speech = say("Can you tell me how this software works?")
    noise = np.random.default_rng(1).standard_normal(len(speech))
    noisy = speech + noise * np.sqrt(np.mean(speech**2)) * 10 ** (-10 / 20)
    transcript = whisper.transcribe(noisy.astype(np.float32))
    assert words(transcript.text) == "can you tell me how this software works"


def test_a_sound_without_words_has_no_words(whisper: Whisper, noise: Sound) -> None:
    assert whisper.transcribe(noise).text == ""


def test_nothing_and_garbage_are_silence(whisper: Whisper) -> None:
    assert whisper.transcribe(np.zeros(0, np.float32)).text == ""
    assert whisper.transcribe(np.full(16_000, np.nan, np.float32)).text == ""
    assert whisper.transcribe(np.full(16_000, np.inf, np.float32)).text == ""


def test_of_too_long_a_turn_the_end_is_heard(whisper: Whisper, say: Callable[[str], Sound]) -> None:
    long = np.concatenate([np.zeros(40 * 16_000, np.float32), say("What is your name?")])
    transcript = whisper.transcribe(long)
    assert words(transcript.text) == "what is your name"
    assert transcript.parameters["window_s"] == 30


def test_a_language_it_does_not_have_is_refused(weights: Path, whisper: Whisper) -> None:
    with pytest.raises(ValueError, match=r"no token <\|xx\|>"):
        Whisper(str(weights / "faster-whisper-base"), language="xx")


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        (" Hello there. ", "Hello there."),
        ("[Music]", ""),
        ("(coughs) Well, (sighs) yes.", "Well, yes."),
        ("♪ la la ♪", "la la"),
        ("*laughs*", ""),
        (" ... ", ""),
        ("Two\nlines", "Two lines"),
        ("[BLANK_AUDIO]", ""),
    ],
)
def test_annotations_are_not_words(text: str, spoken: str) -> None:
    assert clean(text) == spoken


@pytest.mark.parametrize(
    ("text", "seconds", "said"),
    [
        ("Could you repeat that? Could you repeat", 1.0, "Could you repeat that?"),
        ("Turn your head to the left. Turn your head too the left.", 1.8, None),
        ("Yes, please. Yes, please!", 0.8, "Yes, please."),
        ("Where are you from? Where are you From? Where are YOU from?", 1.2, None),
        ("Thank you. Thank you.", 1.5, "Thank you. Thank you."),
        ("No, no, no, no.", 1.4, "No, no, no, no."),
        ("I am sure that I am right", 1.0, "I am sure that I am right"),
        ("", 1.0, ""),
    ],
)
def test_an_echo_is_cut_and_what_was_repeated_is_kept(
    text: str, seconds: float, said: str | None
) -> None:
    if said is None:
        said = re.split(r"(?<=[.?]) ", text)[0]
    assert without_echo(text, seconds) == said


@pytest.mark.parametrize(
    ("no_speech", "logprob", "said"),
    [
        (0.02, -0.4, True),
        (0.25, -1.5, True),
        (0.5, -0.5, True),
        (0.55, -1.6, False),
        (0.7, -0.1, True),
        (0.1, -2.4, False),
    ],
)
def test_doubtful_words_are_dropped(no_speech: float, logprob: float, said: bool) -> None:
    assert is_speech(no_speech, logprob) is said


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("Yes.", "Would you like to hear a story about the sea?"),
        ("Tell me about the sea.", "The museum is at the pier, by the sea."),
        ("Would you like to hear a story?", "Would you like to hear a story?"),
        ("How tall is the tower?", "Łukasz 李明 " * 300),
        ("How tall is the tower?", " "),
    ],
)
def test_it_hears_the_same_whatever_was_spoken_about(
    whisper: Whisper, say: Callable[[str], Sound], text: str, context: str
) -> None:
    transcript = whisper.transcribe(say(text), context)
    assert words(transcript.text) == words(text)
    assert transcript.language == "en"


def test_what_was_spoken_about_is_not_heard_in_noise(whisper: Whisper, noise: Sound) -> None:
    assert whisper.transcribe(noise, "Would you like to hear a story about the sea?").text == ""
