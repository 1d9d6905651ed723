"""A reply from clauses to the playout: no engine, no sound, a fast loop."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

from overhear import faults, overhear
from virtual_time import run

from visavis.call.dialogue.fillers import Filled, Filler
from visavis.call.dialogue.reply import Answer, Clause, Reply, ThoughtOut
from visavis.call.dialogue.stages import Stopwatch
from visavis.call.events import Bus
from visavis.call.voice.playout import Playout


async def clauses(*timed: tuple[float, str]) -> AsyncGenerator[str, None]:
    for seconds, text in timed:
        await asyncio.sleep(seconds)
        yield text


def reply(thought: Answer) -> tuple[Reply, list[str], list[tuple[str, str]]]:
    bus = Bus()
    said: list[str] = []
    nobody: Any = None
    bus.subscribe(Clause, lambda clause: said.append(clause.text))
    made = Reply(uuid4(), thought, nobody, Playout(), bus, Stopwatch(0.0))
    return made, said, faults(bus)


def responder(*timed: tuple[float, str]) -> Answer:
    return Answer("test", {}, clauses(*timed), filler=Filler("Hm,", 0.2))


def test_nothing_is_said_before_the_turn_is_ours() -> None:
    async def scene() -> None:
        made, said, _ = reply(responder((0.01, "Hello."), (0.01, "Friend.")))
        made.start()
        await asyncio.sleep(1)
        assert said == []
        made.commit(1)
        await asyncio.sleep(1)
        assert said == ["Hello.", "Friend."] and made.over

    run(scene())


def test_a_filler_bridges_a_long_wait_and_is_not_remembered() -> None:
    async def scene() -> None:
        made, said, _ = reply(responder((0.5, "it is Paris.")))
        filled = overhear(made.bus, Filled)
        made.start()
        made.commit(1)
        await asyncio.sleep(0.3)
        assert said == ["Hm,"] and filled == [Filled()]
        await asyncio.sleep(1)
        assert said == ["Hm,", "it is Paris."]
        assert made.heard_text == "Hm, it is Paris." and made.remembered == "It is Paris."

    run(scene())


def test_a_quick_model_needs_no_filler() -> None:
    async def scene() -> None:
        made, said, _ = reply(responder((0.1, "It is Paris.")))
        made.start()
        made.commit(1)
        await asyncio.sleep(1)
        assert said == ["It is Paris."]

    run(scene())


def test_a_cancelled_reply_closes_its_model_and_says_nothing_more() -> None:
    closed = []

    async def model() -> AsyncGenerator[str, None]:
        try:
            yield "One."
            await asyncio.sleep(10)
            yield "Two."
        finally:
            closed.append(True)

    async def scene() -> None:
        made, said, faults = reply(Answer("test", {}, model()))
        done = overhear(made.bus, ThoughtOut)
        made.start()
        made.commit(1)
        await asyncio.sleep(1)
        made.cancel()
        await asyncio.sleep(1)
        assert said == ["One."] and closed == [True] and not done and not faults

    run(scene())


def test_a_reply_cancelled_while_its_first_clause_is_thought_closes_its_model() -> None:
    async def scene() -> None:
        made, said, faults = reply(responder((5, "Late.")))
        made.start()
        await asyncio.sleep(1)
        made.cancel()
        await asyncio.sleep(1)
        assert said == [] and not faults

    run(scene())


def test_a_model_that_fails_is_a_fault_and_the_reply_is_over() -> None:
    async def model() -> AsyncGenerator[str, None]:
        yield "One."
        raise RuntimeError("broken")

    async def scene() -> None:
        made, said, faults = reply(Answer("test", {}, model()))
        done = overhear(made.bus, ThoughtOut)
        made.start()
        made.commit(1)
        await asyncio.sleep(1)
        assert said == ["One."] and done == [ThoughtOut(made)] and made.over
        assert faults == [("reply", "RuntimeError: broken")]

    run(scene())


def test_a_model_that_thinks_for_seconds_is_bridged() -> None:
    async def scene() -> None:
        thought = Answer("test", {}, clauses((6, "It is Paris.")), bridge="Let me think.")
        made, said, _ = reply(thought)
        made.start()
        await asyncio.sleep(1)
        made.commit(1)
        await asyncio.sleep(2.9)
        assert said == []
        await asyncio.sleep(0.2)
        assert said == ["Let me think."]
        await asyncio.sleep(5)
        assert said[1:] == ["It is Paris."] and made.remembered == "It is Paris." and made.over

    run(scene())


def test_a_model_that_has_words_in_time_is_not_bridged() -> None:
    async def scene() -> None:
        made, said, _ = reply(Answer("test", {}, clauses((2.9, "Yes.")), bridge="Let me think."))
        made.start()
        made.commit(1)
        await asyncio.sleep(5)
        assert said == ["Yes."]

    run(scene())


def test_a_line_behind_a_filler_goes_on_from_it_and_the_answer_begins_anew() -> None:
    filler = Filler("Hm,", 0.0)

    async def late() -> AsyncGenerator[str, None]:
        await asyncio.sleep(10)
        yield filler.joined("It's blue.")

    async def scene() -> list[str]:
        bus = Bus()
        said: list[str] = []
        bus.subscribe(Clause, lambda clause: said.append(clause.text))
        nobody: Any = None
        thought = Answer("test", {}, late(), filler=filler, bridge="That one takes me a little.")
        made = Reply(uuid4(), thought, nobody, Playout(), bus, Stopwatch(0.0))
        made.start()
        made.commit(1)
        await asyncio.sleep(20)
        return said

    assert run(scene()) == ["Hm,", "that one takes me a little.", "It's blue."]
