"""What hears, judges, thinks and speaks keeps what its `base.py` promises."""

import asyncio
import json
from contextlib import suppress
from functools import cache

import numpy as np
import pytest
from contracts.registered import FAIL, loaded, named, tone
from numpy.typing import NDArray
from scipy.signal import resample_poly

from visavis.engines import registry
from visavis.engines.chat.base import EngineError, LanguageModel
from visavis.engines.chat.messages import Message
from visavis.engines.stt.base import RATE, Recogniser, Transcript
from visavis.engines.tts.base import Voice
from visavis.engines.turns.base import EndOfTurn

TALK = [Message("system", "Be kind."), Message("user", "Hello, how are you?")]
CLAUSE = "The old clock strikes nine, and nobody hears it."
NOW_S = 0.001
"""A deadline that nothing which computes can meet."""


@cache
def speech() -> NDArray[np.int16]:
    """(N,) int16 at 16 kHz, in the project's own voice."""
    from hibari import Hibari

    said = resample_poly(Hibari()("What is your name?", seed=1), 2, 3)
    return np.asarray(np.clip(said, -1, 1) * 32767).astype(np.int16)


@pytest.mark.parametrize("name", registry.names("stt"))
async def test_a_recogniser(name: str) -> None:
    async with loaded("stt", name) as made:
        recogniser: Recogniser = made
        named(recogniser)
        heard = await recogniser.transcribe(speech(), timeout=30)
        silent = await recogniser.transcribe(np.zeros(RATE, np.int16), timeout=30)
        assert heard.text.strip() and not silent.text
        for found in heard, silent:
            assert isinstance(found, Transcript) and found.system == recogniser.system
            assert 0 <= found.no_speech <= 1 and found.ms >= 0 and np.isfinite(found.avg_logprob)
            json.dumps(found.parameters, allow_nan=False)
        assert 0 <= await recogniser.finished(speech(), timeout=30) <= 1
        await _late_and_left(recogniser)
        assert (await recogniser.transcribe(speech(), timeout=30)).text == heard.text


async def _late_and_left(recogniser: Recogniser) -> None:
    """A deadline that has passed is a TimeoutError, unless nothing took any time; what nobody
    waits for any more leaves the recogniser as it was."""
    with suppress(TimeoutError):
        await recogniser.transcribe(speech(), timeout=NOW_S)
    left = asyncio.create_task(recogniser.transcribe(speech(), timeout=30))
    await asyncio.sleep(0)
    left.cancel()
    with suppress(asyncio.CancelledError):
        await left


@pytest.mark.parametrize("name", registry.names("turns"))
async def test_a_judge_of_turns(name: str) -> None:
    async with loaded("turns", name) as made:
        judge: EndOfTurn = made
        named(judge)
        for text in ("", "What is your name?", "I would like to", "…", "word " * 500):
            assert isinstance(judge.complete(text), bool)
        for pcm in (speech(), speech()[:1], np.zeros(30 * RATE, np.int16)):
            assert 0 <= await judge.finished(pcm, timeout=30) <= 1
        with suppress(TimeoutError):
            await judge.finished(speech(), timeout=NOW_S)
        assert 0 <= await judge.finished(speech(), timeout=30) <= 1


@pytest.mark.parametrize("name", registry.names("chat"))
async def test_a_language_model(name: str) -> None:
    async with loaded("chat", name) as made:
        model: LanguageModel = made
        named(model)
        await model.prime(TALK)
        pieces = [piece async for piece in model.reply(TALK, max_tokens=12, temperature=0.0)]
        assert "".join(pieces).strip() and all(isinstance(piece, str) for piece in pieces)
        assert len("".join(pieces).split()) <= 12, "max_tokens"
        left = model.reply(TALK, max_tokens=100, temperature=0.0)
        assert await anext(left)
        await left.aclose()
        try:
            failing = [*TALK[:1], Message("user", FAIL)]
            async for _ in model.reply(failing, max_tokens=3, temperature=0.0):
                pass
        except EngineError as error:
            assert error.kind and str(error), "in words for whoever runs the server"
        again = [piece async for piece in model.reply(TALK, max_tokens=12, temperature=0.0)]
        assert "".join(again).strip(), "after one that was left and one that failed"


@pytest.mark.parametrize("name", registry.names("tts"))
async def test_a_voice(name: str) -> None:
    async with loaded("tts", name) as made:
        voice: Voice = made
        named(voice)
        clauses = (CLAUSE, "Well,", "It costs £3.50 at 12:30!")
        for text, said in zip(
            clauses,
            await asyncio.gather(*(asyncio.to_thread(voice.say, text) for text in clauses)),
            strict=True,
        ):
            samples = said.samples
            assert samples.dtype == np.float32 and samples.ndim == 1 and len(samples)
            assert np.isfinite(samples).all() and 0.01 < np.abs(samples).max() <= 1
            assert 8_000 <= said.rate <= 48_000 and said.text == text and said.ms >= 0
            assert [word.text for word in said.words] == text.split()
            for marks in said.words, said.phonemes:
                starts = [mark.start_ms for mark in marks]
                assert starts == sorted(starts) and (not starts or starts[0] >= 0)
                assert all(mark.start_ms <= mark.end_ms for mark in marks)
                assert all(mark.end_ms <= said.duration_ms + 1 for mark in marks)
            assert said.system == voice.system
            json.dumps(said.parameters, allow_nan=False)
        unsaid = await asyncio.to_thread(voice.say, "…")
        assert unsaid.samples.dtype == np.float32, "nothing to say is no error"


def test_the_tests_own_sound_is_loud() -> None:
    assert np.abs(tone(1.0)).max() > 0.2 and np.abs(speech()).max() > 2_000
