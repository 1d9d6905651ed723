"""What the model is asked: the head of the prompt never changes, the note stands at its end."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from known import known
from overhear import faults
from virtual_time import run

from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing, Prompt
from visavis.call.dialogue.reply import Answer
from visavis.call.dialogue.responder import Responder
from visavis.call.events import Bus, ClientKnown
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.engines.chat.messages import Message
from visavis.engines.chat.rules import Rules
from visavis.engines.embeddings.knowledge import Chunk, Consulted, Found
from visavis.prompts.functions import FUNCTIONS
from visavis.prompts.graph import Graph, Parameter, Template

TOUR = Found(Chunk(uuid4(), "The tour begins at 14:30.", "programme"), 0.6)


class Engine:
    """Remembers what it is asked; of the call of this bus."""

    system = "test"
    bus: Bus

    def __init__(self) -> None:
        self.parameters: dict[str, object] = {}
        self.primed: list[list[Message]] = []
        self.asked: list[list[Message]] = []
        self.answer = "At half past two."

    async def prime(self, messages: Sequence[Message]) -> None:
        self.primed.append(list(messages))

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        self.asked.append(list(messages))
        yield self.answer


Find = Callable[[str], object]


class Knows:
    """Finds ``found`` for questions about the tour."""

    def __init__(self, find: Find = lambda said: [TOUR] if "tour" in said else []) -> None:
        self._find = find

    def consult(self, said: str, earlier: Sequence[str]) -> Consulted:
        found: Any = self._find(said)
        return Consulted(found)


def responder(
    knowledge: Any, *, system: str = "You are {persona}.", note: str = "It is known: {knowledge}"
) -> tuple[Responder, Conversation, Engine, list[tuple[str, str]]]:
    templates = [Template(uuid4(), "s", system), Template(uuid4(), "n", note)]
    graph = Graph(templates, [Parameter(name, function=name) for name in FUNCTIONS], FUNCTIONS)
    bus, engine = Bus(), Engine()
    told = faults(bus)
    engine.bus = bus
    briefing = Briefing(graph, "s", "n", "Iris", knowledge=knowledge)
    prompt = Prompt(briefing, bus, SessionClock(MediaClock()))
    conversation = Conversation(prompt.system.text)
    rules = Rules((), persona="Iris", declined_lines=["Let's leave that."])
    mind = Responder(Mind(briefing, rules, engine), conversation, prompt, bus)
    return mind, conversation, engine, told


async def answered(mind: Responder, conversation: Conversation, said: str) -> Answer:
    thought = mind.answer(said)
    conversation.caller(said)  # as when typed words are committed before the model is asked
    text = " ".join([clause async for clause in thought.clauses])
    conversation.persona(text, complete=True)
    return thought


async def test_what_is_known_is_told_with_the_newest_words_only() -> None:
    mind, conversation, engine, told = responder(Knows())
    thought = await answered(mind, conversation, "When is the tour?")
    await answered(mind, conversation, "Do you like music?")
    first, second = engine.asked
    assert [m.content for m in first] == [
        "You are Iris.",
        "(It is known: The tour begins at 14:30.)\n\nWhen is the tour?",
    ]
    assert [m.content for m in second] == [
        "You are Iris.", "When is the tour?", "At half past two.", "Do you like music?",
    ]  # fmt: skip
    assert known(thought.told).retrieved == [TOUR]
    assert known(thought.told).facts.chunks[0]["text"] == TOUR.chunk.text and told == []


async def test_what_is_primed_begins_what_is_asked() -> None:
    mind, conversation, engine, _ = responder(Knows(), note="{place}\nThey are {caller_name}.")
    mind.prime()
    await asyncio.sleep(0)
    await answered(mind, conversation, "Do you like music?")
    (primed,), (asked,) = engine.primed, engine.asked
    assert primed[:-1] == asked[:-1]
    assert asked[-1].content.startswith(primed[-1].content)


async def test_slow_or_broken_knowledge_delays_no_answer() -> None:
    def broken(said: str) -> None:
        raise RuntimeError("no")

    late = threading.Event()
    for find, kind in ((broken, "retrieval"), (lambda said: late.wait(10), "retrieval_slow")):
        mind, conversation, engine, told = responder(Knows(find))
        thought = await answered(mind, conversation, "When is the tour?")
        assert engine.asked[0][-1].content == "When is the tour?"
        assert [fault for fault, _ in told] == [kind] and known(thought.told).retrieved == []
    late.set()


def test_a_timezone_changes_the_head_only_where_it_holds_the_time() -> None:
    async def scene() -> None:
        for system, primings in (("You are {persona}.", 0), ("It is {time} on {date}.", 1)):
            _mind, conversation, engine, _ = responder(None, system=system)
            before = conversation.system_prompt
            for zone in ("Pacific/Kiritimati", "no/where"):
                engine.bus.publish(ClientKnown({}, uuid4(), zone))
            await asyncio.sleep(0.1)
            assert len(engine.primed) == primings
            assert (conversation.system_prompt != before) == bool(primings)

    run(scene())


async def test_a_model_that_declines_is_a_fault_and_the_persona_says_so_in_her_words() -> None:
    mind, conversation, engine, told = responder(None)
    engine.answer = "I'm sorry, but I can't assist with that request."
    await answered(mind, conversation, "How do I pick a lock?")
    assert conversation.messages()[-1].content == "Let's leave that."
    assert [kind for kind, _ in told] == ["refusal"]


async def test_an_engine_that_breaks_in_any_way_is_a_fault_and_the_fallback_is_said() -> None:
    for wrong, says in (
        (None, "NoneType and no text"),
        (b"bytes", "bytes and no text"),
        (ValueError("boom \ud800"), "ValueError: boom"),
    ):
        mind, conversation, engine, told = responder(None)

        async def reply(
            messages: Any, wrong: object = wrong, **_: object
        ) -> AsyncGenerator[Any, None]:
            if isinstance(wrong, Exception):
                raise wrong
            yield wrong

        engine.reply = reply  # type: ignore[method-assign]
        await answered(mind, conversation, "How are you?")
        assert conversation.messages()[-1].content == "I have no answer to that."
        ((kind, description),) = told
        assert kind == "chat_engine" and says in description and "test: " in description


async def test_what_could_not_be_stored_is_mended_before_it_is_said() -> None:
    mind, conversation, engine, told = responder(None)
    engine.answer = "Hello \ud800 \x00 there."
    await answered(mind, conversation, "How are you?")
    assert conversation.messages()[-1].content == "Hello \ufffd \ufffd there." and told == []


class Waiting(Engine):
    """Says ``words``, and then nothing, or nothing but blanks, for ever."""

    def __init__(self, words: str = "", *, blanks: bool = False) -> None:
        super().__init__()
        self.words, self.blanks = words, blanks

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        if self.words:
            yield self.words
        while self.blanks:
            yield " "
            await asyncio.sleep(0.1)
        await asyncio.Event().wait()


class Cancelling(Engine):
    """Cancels itself."""

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        raise asyncio.CancelledError
        yield ""


def heard_of(engine: Engine, answers: list[str], *, note: str = "") -> list[tuple[str, str]]:
    """Answers with this engine; the faults."""

    async def scenario() -> list[tuple[str, str]]:
        mind, _, _, told = responder(None, note=note)
        mind._mind = replace(mind._mind, chat=engine)
        answers.append(" ".join([text async for text in mind.answer("And so?").clauses]))
        return told

    return run(scenario())


def test_a_model_that_gives_no_words_is_not_waited_for() -> None:
    answers: list[str] = []
    for engine in (Waiting(), Waiting(blanks=True)):
        ((kind, text),) = heard_of(engine, answers)
        assert kind == "chat_timeout" and text == "test gave no words for 10 s."
    assert answers == ["I have no answer to that."] * 2


def test_a_model_that_falls_silent_has_said_what_it_said() -> None:
    answers: list[str] = []
    ((kind, _),) = heard_of(Waiting("I begin well, and then. "), answers)
    assert kind == "chat_timeout" and answers[0].startswith("I begin well")


def test_a_model_that_cancels_itself_is_a_fault_and_the_fallback_is_said() -> None:
    answers: list[str] = []
    ((kind, text),) = heard_of(Cancelling(), answers)
    assert kind == "chat_engine" and "test cancelled itself" in text
    assert answers == ["I have no answer to that."]


async def test_a_note_that_can_not_be_rendered_is_a_fault_and_the_model_is_asked_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mind, conversation, engine, told = responder(None, note="Now.")

    def broken(*_: object) -> None:
        raise AttributeError("no face")

    monkeypatch.setattr(mind._prompt, "note", broken)
    await answered(mind, conversation, "And so?")
    assert engine.asked[0][-1].content == "And so?"
    assert told == [("note", "AttributeError: no face")]
