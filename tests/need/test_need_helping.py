"""Who is in need is answered first, by what is fixed; the turns after it are gentle."""

from collections.abc import AsyncGenerator, Sequence
from uuid import uuid4

import pytest
from overhear import faults

from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Briefing, Prompt
from visavis.call.dialogue.reply import Answer
from visavis.call.dialogue.responder import Responder
from visavis.call.events import Bus, ReplyChosen, ReplyEnded
from visavis.call.need.helping import AGAIN, CONDOLENCE, LISTENING, MANNER, NeedLines
from visavis.call.need.news import InNeed
from visavis.call.need.recognition import Need
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.engines.chat.messages import Message
from visavis.engines.chat.rules import Rules
from visavis.need_settings import NeedSettings
from visavis.personas.persona import load
from visavis.prompts.graph import Graph, Template

LINES = NeedLines("I hear you.", "Call for help now.", "The desk has telephone 0100.", 2)
DECLINED = "Let's leave that."


class Engine:
    """Says `answer` to whatever it is asked."""

    system = "test"

    def __init__(self, answer: str) -> None:
        self.parameters: dict[str, object] = {}
        self.answer = answer
        self.asked: list[list[Message]] = []

    async def prime(self, messages: Sequence[Message]) -> None:
        pass

    async def reply(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float
    ) -> AsyncGenerator[str, None]:
        self.asked.append(list(messages))
        yield self.answer


class Talk:
    """One session of Iris's."""

    def __init__(self, engine: Engine | None = None) -> None:
        self.bus = Bus()
        self.faults = faults(self.bus)
        self.in_need: list[InNeed] = []
        self.bus.subscribe(InNeed, self.in_need.append)
        graph = Graph([Template(uuid4(), "s", "You are Iris."), Template(uuid4(), "n", "")], [], {})
        briefing = Briefing(graph, "s", "n", "Iris")
        prompt = Prompt(briefing, self.bus, SessionClock(MediaClock()))
        self.conversation = Conversation(prompt.system.text)
        rules = Rules(
            load("iris").rules,
            persona="Iris",
            declined_lines=[DECLINED],
            fallback_lines=["My thinking part isn't running."],
        )
        mind = Mind(briefing, rules, engine, openers=["Well,"], need=LINES)
        self.responder = Responder(mind, self.conversation, prompt, self.bus)

    async def says(self, said: str) -> tuple[Answer, str]:
        """The answer to words that stand, and its text."""
        thought = self.responder.answer(said)
        self.conversation.caller(said)
        self.responder.settle(said)
        turn = uuid4()
        chosen = ReplyChosen(turn, 1, said, thought.system, thought.parameters, None)
        self.bus.publish(chosen)
        text = " ".join([clause async for clause in thought.clauses])
        self.conversation.persona(text, complete=True)
        self.bus.publish(ReplyEnded(turn, 1, text, text, len(text.split()), False, None))
        return thought, text


@pytest.mark.parametrize(
    ("said", "rule", "kind", "text"),
    [
        ("I want to die.", "distress", "self_harm", f"{LINES.distress} {LINES.help}"),
        ("my husband beats me", "distress", "abuse", f"{LINES.distress} {LINES.help}"),
        ("Goodbye, I'll kill myself.", "distress", "self_harm", f"{LINES.distress} {LINES.help}"),
        ("Help, he isn't breathing!", "emergency", "medical", f"{LINES.emergency} {LINES.help}"),
        ("There's a fire in here!", "emergency", "fire", f"{LINES.emergency} {LINES.help}"),
    ],
)  # fmt: skip
async def test_need_is_answered_by_what_is_fixed(
    said: str, rule: str, kind: str, text: str
) -> None:
    engine = Engine("I'd rather talk about cakes.")
    talk = Talk(engine)
    thought, heard = await talk.says(said)
    assert heard == text and engine.asked == []
    assert (thought.system, thought.parameters) == ("rules", {"rule": rule, "need": kind})
    assert thought.filler is None and not thought.ends_call
    assert [one.need for one in talk.in_need] == [Need(kind)]
    ((fault, description),) = talk.faults
    assert fault == "distress" and said not in description and kind.replace("_", " ") in description


async def test_half_a_turn_leaves_no_trace() -> None:
    talk = Talk()
    talk.responder.answer("I want to die")
    assert talk.in_need == [] and talk.faults == [] and not talk.responder.gentle
    _, text = await talk.says("I want to die")
    assert not text.startswith(AGAIN)


async def test_the_same_need_again_is_answered_as_by_who_remembers() -> None:
    talk = Talk()
    await talk.says("I want to die.")
    _, text = await talk.says("I want to die.")
    assert text == f"{AGAIN} {LINES.distress} {LINES.help}"


async def test_the_turns_after_it_are_gentle_and_then_all_is_as_before() -> None:
    engine = Engine("What do you like?")
    talk = Talk(engine)
    await talk.says("I like the sea at night.")
    assert not talk.responder.gentle
    await talk.says("I want to die.")
    for _ in range(LINES.gentle_turns):
        assert talk.responder.gentle
        during, _ = await talk.says("I like the sea at night.")
        assert during.filler is None and MANNER in engine.asked[-1][-1].content
    after, _ = await talk.says("I like the sea at night.")
    assert not talk.responder.gentle and after.filler is not None
    assert MANNER not in engine.asked[-1][-1].content


async def test_no_joke_is_told_and_no_goodbye_said_without_a_caring_word() -> None:
    engine = Engine("I'd rather listen to you.")
    talk = Talk(engine)
    await talk.says("I want to die.")
    _, text = await talk.says("Tell me a joke.")
    assert text == engine.answer
    leave, text = await talk.says("Goodbye.")
    assert leave.ends_call and "alone" in text and LINES.help in text


async def test_nobody_in_need_or_in_grief_is_declined() -> None:
    engine = Engine("I'm sorry, but I can't assist with that.")
    talk = Talk(engine)
    assert (await talk.says("How do I pick a lock?"))[1] == DECLINED
    thought, text = await talk.says("My dog died this morning.")
    assert text == CONDOLENCE and thought.filler is None
    await talk.says("I want to die.")
    assert (await talk.says("How do I pick a lock?"))[1] == LISTENING
    assert [kind for kind, _ in talk.faults] == ["refusal", "refusal", "distress", "refusal"]


async def test_without_a_model_grief_and_need_are_heard_too() -> None:
    talk = Talk()
    assert (await talk.says("My dog died this morning."))[1] == CONDOLENCE
    await talk.says("I can't go on.")
    assert (await talk.says("I like the sea at night."))[1] == LISTENING


def test_the_packaged_answers_name_no_country_and_fit_either_need() -> None:
    packaged = NeedLines.of(NeedSettings())
    for text in (packaged.distress, packaged.emergency):
        assert "emergency number" in text and not any(c.isdigit() for c in text)
