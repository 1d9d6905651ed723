"""What the parts of a call do on command."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from call.test_call_responder import answered, responder
from call.test_call_signed import Talk
from known import known
from overhear import faults, overhear, told
from records_opened import Books, Query
from virtual_time import run

from visavis.call.call import Call
from visavis.call.channel.greeting import WITHDRAWN, Greeting
from visavis.call.channel.messages import WAIT_S, Messages
from visavis.call.channel.rates import USUAL, Rates
from visavis.call.commands.commands import (
    CommandOutcome,
    EndCall,
    LoadModels,
    RenewPrompts,
    SaySentence,
    WithdrawConsent,
)
from visavis.call.events import Bus, ConsentChanged, LessonChanged, MessageCame
from visavis.call.hearing.audio_input import InputControl
from visavis.call.rtc.caller import Caller, Calling
from visavis.call.signs.teaching import Teaching
from visavis.call.turns.floor import Floor
from visavis.call.turns.pace import Pace
from visavis.compute.tasks import Tasks
from visavis.prompts.functions import FUNCTIONS
from visavis.prompts.graph import Graph, Parameter, Template

WITHDRAW = WithdrawConsent(session=uuid4())


# -- the call -----------------------------------------------------------------------------------


def test_a_call_hands_on_what_it_can_do_now() -> None:
    session = SimpleNamespace(bus=Bus(), quiet=True)
    call: Any = SimpleNamespace(_ending=None, connected=True, _session=session)
    said, changed = overhear(session.bus, SaySentence), overhear(session.bus, RenewPrompts)
    say, renew = SaySentence(call=uuid4(), text="Hello."), RenewPrompts()
    assert Call.take(call, say) is CommandOutcome.DONE and said == [say]
    session.quiet = False
    assert Call.take(call, say) is CommandOutcome.NOT_NOW
    assert Call.take(call, renew) is CommandOutcome.DONE and changed == [renew]
    call.connected, session.quiet = False, True
    assert Call.take(call, say) is CommandOutcome.NOT_NOW
    call._ending = "hung up"
    assert Call.take(call, renew) is CommandOutcome.NO_SUCH_CALL
    assert len(said) == len(changed) == 1


# -- consent ------------------------------------------------------------------------------------


class Door:
    """The data channel of one session."""

    def __init__(self, *, asks_consent: bool = True) -> None:
        self.bus = Bus()
        self.changes = overhear(self.bus, ConsentChanged)
        self.told = told(self.bus)
        self.faults = faults(self.bus)
        self.messages = Messages(self.bus, Rates())
        keeping: Any = SimpleNamespace(client=lambda facts: uuid4())
        self.greeting = Greeting(
            self.bus,
            keeping,
            Calling(Caller("0", "ann"), "caller"),
            {},
            None,
            Tasks(self.bus.fault, "call"),
            asks_consent=asks_consent,
        )

    def take(self, kind: str, **fields: object) -> None:
        self.messages.take(json.dumps({"type": kind, **fields}))

    @property
    def given(self) -> list[bool]:
        return [change.given for change in self.changes]


def test_consent_taken_back_from_outside_is_told_and_can_be_given_again() -> None:
    async def scene() -> None:
        door = Door()
        door.take("hello", consent=True)
        for _ in range(2):
            door.bus.publish(WITHDRAW)
        assert door.given == [True, False] and not door.greeting.consented
        said = {"kind": "consent_withdrawn", "message": WITHDRAWN}
        assert door.told.count(("fault", said)) == 1
        door.take("consent", given=False)
        assert door.given == [True, False], "they know already"
        door.take("consent", given=True)
        assert door.given == [True, False, True] and door.faults == []

    run(scene())


def test_consent_that_waits_does_not_come_after_it_was_taken_back() -> None:
    async def scene() -> None:
        door = Door()
        door.take("hello", consent=False)
        for _ in range(int(USUAL.burst) + 2):
            door.take("consent", given=True)
            door.take("consent", given=False)
        door.take("consent", given=True)
        assert not door.greeting.consented, "it waits"
        door.bus.publish(WITHDRAW)
        await asyncio.sleep(WAIT_S * 2)
        assert not door.greeting.consented

    run(scene())


def test_where_nobody_is_asked_nothing_is_taken_back() -> None:
    async def scene() -> None:
        door = Door(asks_consent=False)
        door.take("hello", consent=True)
        door.bus.publish(WITHDRAW)
        assert door.given == [False] and door.told == []

    run(scene())


# -- prompts ------------------------------------------------------------------------------------


def graph(system: str) -> tuple[Graph, UUID]:
    template = Template(uuid4(), "s", system)
    holes = [Parameter(name, function=name) for name in FUNCTIONS]
    return Graph([template, Template(uuid4(), "n", "")], holes, FUNCTIONS), template.id


async def test_a_call_that_goes_on_is_told_with_other_prompts_from_its_next_reply_on() -> None:
    mind, conversation, engine, failed = responder(None)
    first = await answered(mind, conversation, "Do you like music?")
    thinking = mind.answer("And the sea?")
    mind._prompt._briefing.graph, template = graph("You are {persona}, and merry.")
    engine.bus.publish(RenewPrompts())
    assert [clause async for clause in thinking.clauses] == [engine.answer]
    second = await answered(mind, conversation, "And cake?")
    heads = [asked[0].content for asked in engine.asked]
    assert heads == ["You are Iris.", "You are Iris.", "You are Iris, and merry."]
    facts = [known(one.told).facts for one in (first, thinking, second)]
    assert [one.system for one in facts] == heads, "a row says what its reply was made with"
    assert facts[0].template == facts[1].template != template == facts[2].template
    await asyncio.sleep(0)
    assert len(engine.primed) == 1 and failed == []


async def test_prompts_that_read_the_same_need_not_be_read_again() -> None:
    mind, conversation, engine, _ = responder(None)
    mind._prompt._briefing.graph, template = graph("You are {persona}.")
    engine.bus.publish(RenewPrompts())
    thought = await answered(mind, conversation, "And cake?")
    assert known(thought.told).facts.template == template and engine.primed == []


# -- a sentence ---------------------------------------------------------------------------------


async def test_a_sentence_is_said_kept_and_remembered(books: Books, query: Query) -> None:
    talk = Talk(books)
    assert talk.dialogue.quiet
    order = SaySentence(call=uuid4(), text="The museum closes soon. Please come again!")
    talk.bus.publish(order)
    assert not talk.dialogue.quiet
    async with asyncio.timeout(10):
        while not talk.dialogue.quiet:
            talk.dialogue._playout.tick()
            await asyncio.sleep(0)
    assert talk.conversation.messages()[-1].content == order.text
    assert await books.recorder.flushed(10)
    (row,) = await query("select system, parameters, user_prompt, text, heard, complete from chat")
    assert (row["system"], row["parameters"]) == ("operator", {"command": str(order.id)})
    assert (row["user_prompt"], row["text"], row["complete"]) == (None, order.text, True)
    spoken = await query("select text from tts order by id")
    assert " ".join(one["text"] for one in spoken) == order.text
    talk.dialogue.close()


async def test_while_somebody_speaks_or_is_taught_nothing_may_be_said(books: Books) -> None:
    talk = Talk(books)
    talk.speaks()
    assert not talk.dialogue.quiet
    talk.stops(1, "Hello there.")
    talk.ends(1, "Hello there.")
    assert not talk.dialogue.quiet, "an answer is on its way"
    talk.dialogue.interrupt()
    assert talk.dialogue.quiet
    talk.bus.publish(LessonChanged(True))
    assert not talk.dialogue.quiet
    talk.bus.publish(LessonChanged(False))
    assert talk.dialogue.quiet
    talk.dialogue.close()


# -- models -------------------------------------------------------------------------------------


class Models:
    """As of `Taught`; there are none, and how often they were asked for is counted."""

    asked = 0

    async def models(self, user_id: str) -> dict[str, object]:
        self.asked += 1
        return {}


async def test_other_models_are_loaded_at_once_or_at_the_end_of_a_lesson() -> None:
    bus, here = Bus(), Models()
    parts: Any = here
    floor = Floor(bus, Pace())
    teaching = Teaching(
        uuid4(), Caller("0", "ann", known=True), parts, InputControl(), bus, parts, parts, floor
    )
    signs = overhear(bus, MessageCame)
    failed = faults(bus)

    async def loaded() -> int:
        await teaching._tasks.finish()
        return here.asked

    load = LoadModels(user="0")
    bus.publish(load)
    assert await loaded() == 1
    bus.publish(MessageCame({"type": "label", "do": "lesson", "on": True}))
    bus.publish(load)
    assert await loaded() == 1
    bus.publish(MessageCame({"type": "label", "do": "lesson", "on": False}))
    assert await loaded() == 2
    assert len(signs) == 2 and failed == []
    await teaching.close()


def test_ending_is_the_node_s_business() -> None:
    """No part of a session hears of it: the call closes, and that ends them all."""
    bus = Bus()
    bus.publish(EndCall(call=uuid4()))
    assert bus._handlers == {}
