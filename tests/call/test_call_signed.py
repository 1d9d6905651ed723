"""Signs in a conversation: turns of their own, or part of what is being said."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from time import monotonic
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from known import known
from overhear import overhear
from records_opened import Books, Query

from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.dialogue import Dialogue
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing, Prompt
from visavis.call.dialogue.responder import Responder
from visavis.call.events import Bus, CallerActive, Faulted, ToCaller, Transcribed
from visavis.call.keeping.turn_recorder import TurnRecorder
from visavis.call.turns.actions import EndTurn, Prepare
from visavis.call.turns.floor import Floor
from visavis.call.turns.pace import Pace
from visavis.call.turns.segment import Segment
from visavis.call.turns.tables import CallerCue, CallerState, PersonaState
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.speaker import Speaker
from visavis.engines.chat.rules import Rules
from visavis.engines.stt.base import Transcript
from visavis.engines.tts.speech import Speech, Word
from visavis.prompts.graph import Graph, Template


class Voice:
    """Says anything in no time; nobody plays it."""

    system = "voice"
    parameters: Mapping[str, object] = {}

    def say(self, text: str) -> Speech:
        words = tuple(Word(word, 0.0, 100.0) for word in text.split())
        return Speech(np.zeros(4_800, np.float32), 48_000, (), words, text, "voice", {}, 1.0)


class Talk:
    """A conversation without a network; `captions` and `spoken` are what came of it."""

    def __init__(self, books: Books, **options: Any) -> None:
        user = books.recorder.users.add("ann")
        session = books.recorder.session.started(user=user, initiator="caller")
        self.bus = Bus()
        TurnRecorder(session, books.recorder, self.bus)
        self.captions: list[Mapping[str, Any]] = []
        self.active = overhear(self.bus, CallerActive)
        self.bus.subscribe(Faulted, self.fault)
        self.bus.subscribe(ToCaller, self.send)
        self.conversation = Conversation("")
        templates = [Template(uuid4(), "s", "Be kind."), Template(uuid4(), "n", "")]
        briefing = Briefing(Graph(templates, [], []), "s", "n", "Iris")
        rules = Rules((), persona="Iris", fallback_lines=["I see."])
        self.floor = Floor(self.bus, Pace())
        self.turns = self.floor._turns
        prompt = Prompt(briefing, self.bus, SessionClock(MediaClock()))
        self.dialogue = Dialogue(
            self.bus,
            self.floor,
            self.conversation,
            Responder(Mind(briefing, rules), self.conversation, prompt, self.bus),
            Speaker(Voice(), None, self.bus),
            Playout(lambda event: self.dialogue.playout_event(event)),
            **options,
        )

    def fault(self, fault: Faulted) -> None:
        pytest.fail(f"{fault.kind}: {fault.description}")

    def send(self, message: ToCaller) -> None:
        if message.kind == "caption":
            self.captions.append(message.fields)

    def said(self) -> list[str]:
        """The caller's turns so far, and the persona's last clauses."""
        return [one["text"] for one in self.captions if one["who"] == "caller" and one["final"]]

    def speaks(self, ms: int = 600) -> None:
        """Voice for a while, as the VAD tells it."""
        for _ in range(ms // 32):
            self.floor.voicing(self.turns._now + 32, 0.95)

    def stops(self, number: int, text: str) -> None:
        """An attempt is transcribed; the turn is not over yet."""
        attempt = Segment(number, np.zeros(160, np.int16), 0.0, 600.0, monotonic())
        attempt.transcript = Transcript(text, 0.0, 0.0, "en", 5.0, "whisper", {})
        self.bus.publish(Transcribed(attempt))
        self.bus.publish(Prepare(number, text))

    def ends(self, number: int, text: str) -> None:
        """The turn is over."""
        self.turns._caller, self.turns._persona = CallerState.SILENT, PersonaState.THINKING
        self.bus.publish(EndTurn(number, text, 600.0))


@pytest.fixture
async def talk(books: Books) -> AsyncIterator[Talk]:
    made = Talk(books)
    yield made
    made.dialogue.close()
    await asyncio.sleep(0)


def asked(talk: Talk) -> list[str]:
    return [one.content for one in talk.conversation.messages() if one.role == "user"]


async def test_a_sign_alone_is_a_turn(talk: Talk, query: Query, books: Books) -> None:
    turn = talk.dialogue.signed("water", monotonic(), sound=False)
    assert talk.captions == [
        {"who": "caller", "id": str(turn), "text": "water", "final": True}
    ] and talk.active == [CallerActive("sign")]
    await asyncio.sleep(0.02)
    assert await books.recorder.flushed(10)
    (row,) = await query("select user_prompt, turn_id from chat")
    assert (row["user_prompt"], row["turn_id"]) == ("water", turn)


async def test_a_sign_made_while_speaking_joins_the_speech(
    talk: Talk, query: Query, books: Books
) -> None:
    talk.speaks()
    turn = talk.dialogue.signed("water", monotonic() - 5, sound=False)
    talk.stops(1, "I want some")
    assert talk.captions[-1]["text"] == "water I want some"
    late = talk.dialogue.signed("please", monotonic() + 5, sound=False)
    assert late == turn and not talk.said()
    talk.ends(1, "I want some")
    assert talk.said() == ["water I want some please"] == asked(talk)
    await asyncio.sleep(0.02)
    assert await books.recorder.flushed(10)
    (row,) = await query("select c.user_prompt, s.text from chat c join stt s on s.id = c.stt_id")
    assert (row["user_prompt"], row["text"]) == ("water I want some please", "I want some")


async def test_a_sign_before_the_answer_sounds_completes_the_speech(talk: Talk) -> None:
    talk.speaks()
    talk.stops(1, "I want some")
    talk.ends(1, "I want some")
    talk.dialogue.signed("water", monotonic(), sound=False)
    assert talk.said() == ["I want some", "I want some water"]
    assert asked(talk) == ["I want some water"]
    assert talk.captions[-1]["id"] == talk.captions[0]["id"]


async def test_speech_after_a_sign_joins_it_until_the_answer_sounds(talk: Talk) -> None:
    talk.dialogue.signed("water", monotonic() - 2, sound=False)
    talk.speaks()
    assert asked(talk) == []  # "went on": it comes again, whole
    talk.stops(1, "please")
    talk.ends(1, "please")
    assert talk.said() == ["water", "water please"] and asked(talk) == ["water please"]


async def test_a_sign_with_a_cough_is_answered(talk: Talk) -> None:
    talk.speaks()
    talk.dialogue.signed("water", monotonic(), sound=False)
    for action in talk.turns._hear(CallerCue.CLICK):
        talk.bus.publish(action)
    assert talk.said() == ["water"]


async def test_a_taught_sound_stands_for_what_was_taken_for_speech(talk: Talk) -> None:
    talk.speaks()
    talk.stops(1, "Mmm.")
    talk.dialogue.signed("yes", monotonic(), sound=True)
    assert talk.said() == ["yes"] == asked(talk) and not talk.turns.hearing


async def test_a_sign_interrupts_the_persona(talk: Talk) -> None:
    talk.dialogue.typed("Tell me a story.")
    talk.turns.persona_starts()
    talk.dialogue.signed("stop", monotonic(), sound=False)
    assert talk.said()[-1] == "stop" and talk.turns._persona is PersonaState.THINKING


async def test_signs_are_said_aloud_where_the_place_wants_it(books: Books, query: Query) -> None:
    talk = Talk(books, speaks_signs=True)
    talk.dialogue.signed("water", monotonic(), sound=False)
    for _ in range(100):
        await asyncio.sleep(0.005)
        if known(talk.dialogue._current).reply.thought_out:
            break
    clauses = known(talk.dialogue._current).reply.clauses
    assert [one.text for one in clauses] == ["water.", "I see."]
    assert [one.opener for one in clauses] == [True, False]
    talk.dialogue.close()


async def test_words_that_break_who_answers_are_a_fault_and_the_floor_is_free(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Faulted] = []
    monkeypatch.setattr(talk, "fault", told.append)
    talk.bus._handlers[Faulted] = [told.append]

    def broken(said: str, generation: int, language: str) -> None:
        raise ValueError("no rule")

    monkeypatch.setattr(talk.dialogue._responder, "answer", broken)
    talk.speaks()
    talk.stops(1, "Hello.")
    talk.ends(1, "Hello.")
    assert [(fault.kind, fault.description) for fault in told] == [("reply", "ValueError: no rule")]
    assert told[0].message and not talk.floor.answering


async def test_another_language_is_not_answered_but_told_of(talk: Talk) -> None:
    said = Segment(1, np.zeros(160, np.int16), 0.0, 600.0, monotonic())
    said.transcript = Transcript("¿Dónde está?", 0.0, -0.2, "es", 5.0, "whisper", {})
    talk.bus.publish(Transcribed(said))
    talk.bus.publish(Prepare(1, "¿Dónde está?"))
    talk.ends(1, "¿Dónde está?")
    for _ in range(20):
        await asyncio.sleep(0.01)
    hers = [one["text"] for one in talk.captions if one["who"] == "persona"]
    assert hers[0] == "Lo siento, todavía no hablo español."
