"""A kept call's sound through the real ear, rules and voice, with a recogniser that says when."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from known import known
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from visavis.call.dialogue import making
from visavis.call.dialogue.dialogue import Dialogue
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.reply import Answer
from visavis.call.dialogue.responder import Responder
from visavis.call.turns.pace import Pace
from visavis.engines.chat.messages import Message
from visavis.engines.chat.rules import Rules
from visavis.engines.stt.base import Transcript
from visavis.engines.tts.hibari import HibariVoice
from visavis.engines.turns.recogniser import AskRecogniser
from visavis.engines.turns.words import Words
from visavis.personas.persona import load
from visavis.replay.kept import Exchange, Kept
from visavis.replay.outcome import Played
from visavis.replay.player import Player, ReplayEngines, as_it_was


class Recogniser:
    """Stands where the worker process does."""

    system = "heard"

    def __init__(self, *texts: str, takes_s: float = 0.0) -> None:
        self.parameters: dict[str, Any] = {}
        self.texts, self.takes_s, self.asked = list(texts), takes_s, 0
        self.heard_s: list[float] = []

    async def finished(self, pcm: NDArray[np.int16], *, timeout: float) -> float:
        return 0.9

    async def transcribe(self, pcm: NDArray[np.int16], *, timeout: float) -> Transcript:
        self.asked += 1
        self.heard_s.append(len(pcm) / 16_000)
        await asyncio.sleep(self.takes_s)
        text = self.texts[min(self.asked, len(self.texts)) - 1]
        return Transcript(text, 0.01, -0.2, "en", 1.0, "test", {})


@cache
def voice() -> HibariVoice:
    return HibariVoice()


@cache
def speech(text: str) -> NDArray[np.int16]:
    said = voice().say(text)
    at = np.arange(int(len(said.samples) * 16_000 / said.rate)) * said.rate / 16_000
    pcm = (said.samples[at.astype(int)] * 20000).astype(np.int16)
    quiet = np.zeros(4000, np.int16)
    return np.concatenate([quiet, pcm, quiet[:1920]])


def exchange(
    pcm: NDArray[np.int16] | None = None,
    typed: str | None = None,
    transcript: str = "",
    reply: str = "",
    heard: str = "",
    voided: bool = False,
) -> Exchange:
    return Exchange(uuid7(), 0.0, pcm, typed, transcript, reply, heard, True, voided)


class Slow:
    """A language model that lets the caller wait, and remembers what it is told."""

    system = "slow"

    def __init__(self, takes_s: float = 0.3) -> None:
        self.parameters: dict[str, Any] = {"model": "slow"}
        self.takes_s = takes_s
        self.read: list[str] = []
        self.asked: list[list[str]] = []

    async def prime(self, messages: Sequence[Message]) -> None:
        self.read = [message.content for message in messages]

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        self.asked.append([message.content for message in messages])
        await asyncio.sleep(self.takes_s)
        yield "It is Paris."


def player(recogniser: Recogniser, **more: Any) -> tuple[Player, list[tuple[str, str]]]:
    persona = load("iris")
    rules = Rules(
        persona.rules,
        persona=persona.display_name,
        silence_lines=persona.silence_lines,
        fallback_lines=persona.fallback_lines,
    )
    faults: list[tuple[str, str]] = []
    pace = more.pop("pace", Pace())
    mind = Mind(as_it_was("Be kind."), rules, more.pop("chat", None), **more)
    judge = AskRecogniser(Words(persona), recogniser)
    engines = ReplayEngines(recogniser, mind, voice(), pace, judge)
    kept = Kept(uuid7(), "", "", "", [], 0)
    return Player(engines, kept, lambda *told: faults.append(told)), faults


async def replayed(play: Player, exchange: Exchange) -> Played:
    return known(await play.play(exchange))


async def test_a_turn_is_heard_decided_answered_and_timed() -> None:
    play, faults = player(Recogniser("Hello, who are you?", takes_s=0.05))
    loop = asyncio.get_running_loop()
    pcm = speech("Hello, who are you?")
    pcm = np.concatenate([np.zeros(16_000 * 20, np.int16), pcm])  # half a minute takes no time
    began = loop.time()
    now = await replayed(play, exchange(pcm))
    assert loop.time() - began < 5
    assert now.transcript == "Hello, who are you?" and now.turns == 1 and not faults
    assert "Iris" in now.reply and now.systems["chat"] == "rules" and now.systems["stt"] == "test"
    assert now.systems["tts"].startswith("hibari")
    # 200 ms of silence, counted from the last voiced frame, as in a call.
    assert 200 <= now.stages["endpoint"] < 400 and now.stages["speak"] < 500


async def test_a_slow_recogniser_costs_the_silence_that_it_would_in_a_call() -> None:
    play, _ = player(Recogniser("Hello, who are you?", takes_s=0.5))
    now = await replayed(play, exchange(speech("Hello, who are you?")))
    assert 550 <= now.stages["endpoint"] < 900


async def test_two_sentences_far_apart_are_two_turns_now() -> None:
    said = speech("Hello, who are you?")
    pcm = np.concatenate([said, np.zeros(16_000, np.int16), said])
    play, _ = player(Recogniser("Hello, who are you?"))
    now = await replayed(play, exchange(pcm))
    assert now.turns == 2 and now.transcript == "Hello, who are you? Hello, who are you?"


async def test_what_holds_no_words_ends_soon_and_is_nothing() -> None:
    noise = (np.random.default_rng(1).standard_normal(32_000) * 500).astype(np.int16)
    play, _ = player(Recogniser(""))
    for pcm in (noise, np.zeros(16_000, np.int16), speech("Hello, who are you?")):
        now = await replayed(play, exchange(pcm))
        assert (now.transcript, now.turns, now.reply) == ("", 0, "")


async def test_a_recogniser_that_fails_is_told() -> None:
    class Broken(Recogniser):
        async def transcribe(self, pcm: NDArray[np.int16], *, timeout: float) -> Transcript:
            raise RuntimeError("no model")

    play, faults = player(Broken())
    now = await replayed(play, exchange(speech("Hello, who are you?")))
    assert now.turns == 0 and ("stt", "RuntimeError: no model") in faults


async def test_the_history_is_what_the_call_had() -> None:
    model = Slow()
    play, _ = player(Recogniser(), chat=model)
    first = exchange(typed="My name is Robin.", transcript="My name is Robin.", heard="Hi, Robin.")
    assert (await replayed(play, first)).turns == 1
    void = exchange(transcript="And what", voided=True)
    assert await play.play(void) is None
    assert await play.play(replace(void, voided=False, heard="Yes?", transcript="")) is None
    signed = exchange(transcript="Where is", heard="There.")
    assert await play.play(replace(signed, said="Where is water")) is None
    await replayed(play, exchange(typed="What is the capital of France?"))
    said = ["Be kind.", "My name is Robin.", "Hi, Robin. Yes?", "Where is water", "There."]
    assert model.asked == [[*said, "What is the capital of France?"]]
    # What is said now is no part of it.
    await replayed(play, exchange(typed="And what is the capital of Spain?"))
    assert model.asked[1][:5] == said and len(model.asked[1]) == 6
    # The rules remember what they were told.
    again = await replayed(play, exchange(typed="What is my name?"))
    assert "Robin" in again.reply


async def test_a_wait_for_the_model_is_filled_and_the_answer_goes_on_from_it() -> None:
    asked = exchange(typed="What is the capital of France?")
    before = replace(asked, transcript="What is the capital of Spain?", heard="It is Madrid.")
    play, _ = player(Recogniser(), chat=Slow(), openers=("Well,",), opener_after_s=0.1)
    assert (await replayed(play, before)).reply == "It is Paris.", (
        "the first is filled with nothing"
    )
    now = await replayed(play, asked)
    assert now.reply == "Well, it is Paris." and 290 < now.stages["think"] < 600
    assert now.parameters["temperature"] == 0.2 and now.systems["chat"] == "slow"
    play, _ = player(Recogniser(), chat=Slow(), openers=("Well,",), opener_after_s=1.0)
    now = await replayed(play, asked)
    assert now.reply == "It is Paris." and 290 < now.stages["think"] < 600


async def test_who_goes_on_before_the_answer_is_heard_has_gone_on() -> None:
    """A rule of the call's dialogue: a replay with rules of its own would take it for two turns."""
    said = speech("Hello, who are you?")
    model = Slow(takes_s=2.0)
    texts = "What is the capital", "What is the capital of France?"
    recogniser = Recogniser(*texts)
    play, faults = player(recogniser, chat=model)
    now = await replayed(play, exchange(np.concatenate([said, np.zeros(3200, np.int16), said])))
    assert [asked[-1] for asked in model.asked] == [*texts], "the first half was a turn at first"
    assert (now.turns, now.transcript) == (1, texts[1]) and now.reply == "It is Paris."
    assert recogniser.heard_s[-1] > 1.9 * recogniser.heard_s[0], "all of it is heard again"
    assert not faults


async def test_a_pace_of_the_turns_is_that_of_the_replay() -> None:
    recogniser = Recogniser("Hello, who are you?")
    play, _ = player(recogniser, pace=Pace(min_silence=600))
    now = await replayed(play, exchange(speech("Hello, who are you?")))
    assert 600 <= now.stages["endpoint"] < 700


async def test_a_change_of_the_calls_rules_is_one_of_the_replay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Shouting(Dialogue):
        def typed(self, text: str) -> None:
            super().typed(text.upper())

    class Mute(Responder):
        def answer(self, said: str, generation: int | None = None, language: str = "") -> Answer:
            async def nothing() -> AsyncGenerator[str, None]:
                yield "No comment."

            return Answer("mute", {"because": said}, nothing())

    monkeypatch.setattr(making, "Dialogue", Shouting)
    monkeypatch.setattr(making, "Responder", Mute)
    play, _ = player(Recogniser("Hello, who are you?"))
    typed = await replayed(play, exchange(typed="Who are you?"))
    assert typed.transcript == "WHO ARE YOU?" and typed.parameters == {"because": "WHO ARE YOU?"}
    spoken = await replayed(play, exchange(speech("Hello, who are you?")))
    for now in (typed, spoken):
        assert now.reply == "No comment." and now.systems["chat"] == "mute"
