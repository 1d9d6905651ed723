"""A voice that gives what can't be spoken is told so at the door, in a sentence that names it."""

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from visavis.engines.tts.base import said, spoken
from visavis.engines.tts.checked import BadSpeech, checked
from visavis.engines.tts.speech import Phoneme, Speech, Word

GOOD = Speech(
    np.full(16_000, 0.5, np.float32),
    16_000,
    (Phoneme("a", 0.0, 900.0),),
    (Word("Hello", 0.0, 400.0), Word("you.", 400.0, 1_000.0)),
    "Hello you.",
    "test:1",
    {},
    1.0,
)
NAN = float("nan")

BAD: list[tuple[dict[str, Any], str]] = [
    ({"words": ("Hello", "you.")}, "words are not all Word"),
    ({"words": None}, "words are not all Word"),
    ({"words": GOOD.words[:1]}, "1 words of a text of 2"),
    ({"words": (Word("Hello", None, None), GOOD.words[1])}, "no numbers"),  # type: ignore[arg-type]
    ({"words": (Word("Hello", NAN, NAN), GOOD.words[1])}, "no numbers"),
    ({"words": GOOD.words[::-1]}, "times that fall"),
    ({"words": (GOOD.words[0], Word("you.", 700.0, 600.0))}, "times that fall"),
    ({"phonemes": ("a",)}, "phonemes are not all Phoneme"),
    ({"phonemes": None}, "phonemes are not all Phoneme"),
    ({"phonemes": (Phoneme("a", 0.0, 1e12),)}, "outside the sound"),
    ({"samples": (GOOD.samples * 32767).astype(np.int16)}, "int16"),
    ({"samples": GOOD.samples.astype(np.float64)}, "float64"),
    ({"samples": GOOD.samples.tolist()}, "list"),
    ({"samples": np.stack([GOOD.samples] * 2)}, r"\(2, 16000\)"),
    ({"samples": GOOD.samples * np.float32(30_000)}, "reach 15000"),
    ({"samples": np.full(100, NAN, np.float32)}, "reach nan"),
    ({"samples": np.zeros(121 * 16_000, np.float32)}, "gave 121 s of sound"),
    ({"rate": 0}, "rate 0"),
    ({"rate": 16_000.0}, "rate 16000.0"),
    ({"text": None}, "text is NoneType"),
    ({"system": None}, "system is NoneType"),
    ({"parameters": None}, "parameters is NoneType"),
    ({"ms": NAN}, "ms is nan"),
    ({"ms": None}, "ms is None"),
]


@pytest.mark.parametrize(("wrong", "told"), BAD)
def test_what_can_not_be_spoken_is_refused_in_a_sentence(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(BadSpeech, match=f"^test voice.*{told}"):
        checked(replace(GOOD, **wrong), "test voice")


def test_what_is_no_speech_at_all_is_refused() -> None:
    with pytest.raises(BadSpeech, match="gave NoneType"):
        checked(None, "test voice")


@pytest.mark.parametrize(
    "good",
    [
        GOOD,
        replace(GOOD, phonemes=()),
        replace(GOOD, words=()),
        replace(GOOD, samples=GOOD.samples * np.float32(2.2)),
        replace(GOOD, samples=GOOD.samples[:0], text="", words=(), phonemes=()),
    ],
)
def test_what_can_be_spoken_passes_unchanged(good: Speech) -> None:
    assert checked(good, "test voice") is good


class Voice:
    system = "wreck:1"

    def __init__(self, does: Any) -> None:
        self.parameters: dict[str, Any] = {}
        self.does = does

    def say(self, text: str) -> Speech:
        if isinstance(self.does, BaseException):
            raise self.does
        return self.does  # type: ignore[no-any-return]


class Awaited(Voice):
    async def speak(self, text: str) -> Speech:
        return self.say(text)


@pytest.mark.parametrize("kind", [Voice, Awaited])
def test_the_door_is_where_voices_are_asked(kind: type[Voice]) -> None:
    with pytest.raises(BadSpeech, match="wreck:1"):
        asyncio.run(spoken(kind(replace(GOOD, words=None)), "Hello you."))  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [StopIteration("none left"), asyncio.CancelledError()])
def test_what_can_not_leave_a_thread_becomes_an_error_that_can(error: BaseException) -> None:
    async def ask() -> None:
        async with asyncio.timeout(5):
            await spoken(Voice(error), "Hello you.")

    with pytest.raises(RuntimeError, match=f"wreck:1 raised {type(error).__name__}"):
        asyncio.run(ask())
    with pytest.raises(RuntimeError, match="wreck:1 raised"):
        said(Voice(error), "Hello you.")
