"""Typed to a persona's dialogue, without a call: the words and the rules of a call, no sound."""

import asyncio
from time import perf_counter

from visavis.call.dialogue import making
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.reply import Clause
from visavis.call.events import (
    Bus,
    Connected,
    Faulted,
    HangUp,
    LineDue,
    ReplyChosen,
    ReplyEnded,
)
from visavis.call.turns.floor import Floor
from visavis.call.turns.pace import Pace
from visavis.call.voice.clock import MediaClock, SessionClock
from visavis.call.voice.playout import Playout
from visavis.evaluate.results import ScenarioResult, TurnResult
from visavis.evaluate.scenario import Scenario

ANSWER_S = 90.0
"""The longest that a whole answer is waited for."""


class TypedTalk:
    """One conversation: `ask` types, and gives what came of it."""

    def __init__(self, mind: Mind, seed: int = 0) -> None:
        """`seed` chooses among lines that are as good."""
        bus = self._bus = Bus()
        self._came = TurnResult("", "text")
        self._began = perf_counter()
        self._over = asyncio.Event()
        self.ended = False
        """She has ended the call."""
        self.faults: list[str] = []
        floor = Floor(bus, Pace())
        floor.expect(False)  # a silence in which nobody is asked whether they are there
        self._dialogue = making.dialogue(
            bus, mind, floor, None, Playout(), SessionClock(MediaClock()), seed=seed
        )
        bus.subscribe(ReplyChosen, self._chosen)
        bus.subscribe(Clause, self._clause)
        bus.subscribe(ReplyEnded, self._replied)
        bus.subscribe(HangUp, self._hung_up)
        bus.subscribe(Faulted, self._fault)

    async def begin(self) -> None:
        """The greeting, which is history when the caller first says something."""
        self._bus.publish(Connected("evaluate", audio=False, video=False))
        self._ask_anew()
        self._bus.publish(LineDue("introduction"))
        await self._until_over(1.0)  # a persona may have none

    async def ask(self, text: str) -> TurnResult:
        """Type it, and wait for the whole answer; at most `ANSWER_S`."""
        self._came = TurnResult(text, "text", heard=text, turns=1)
        self._ask_anew()
        self._dialogue.typed(text)
        if not await self._until_over(ANSWER_S):
            self._came.failures.append(f"the answer was not over within {ANSWER_S:g} s")
        return self._came

    def close(self) -> None:
        """End what runs."""
        self._dialogue.close()

    def _ask_anew(self) -> None:
        self._over.clear()
        self._began = perf_counter()

    async def _until_over(self, most_s: float) -> bool:
        try:
            async with asyncio.timeout(most_s):
                await self._over.wait()
        except TimeoutError:
            return False
        return True

    def _passed_ms(self) -> float:
        return round((perf_counter() - self._began) * 1000, 1)

    def _chosen(self, chosen: ReplyChosen) -> None:
        rule = chosen.parameters.get("rule")
        self._came.by = f"{chosen.system}: {rule}" if rule else chosen.system

    def _clause(self, clause: Clause) -> None:
        if clause.opener:
            self._came.filler, self._came.filler_ms = clause.text, self._passed_ms()
        elif self._came.first_ms is None:
            self._came.first_ms = self._passed_ms()

    def _replied(self, ended: ReplyEnded) -> None:
        heard = ended.heard.removeprefix(self._came.filler).strip()
        self._came.answer = f"{self._came.answer} {heard}".strip()
        self._came.whole_ms = self._passed_ms()
        self._over.set()

    def _hung_up(self, _: HangUp) -> None:
        self.ended = True

    def _fault(self, fault: Faulted) -> None:
        self.faults.append(f"{fault.kind}: {fault.description}")


async def talk(scenario: Scenario, mind: Mind, seed: int = 0) -> ScenarioResult:
    """All of a scenario, typed; what is spoken in it is typed too. Not yet judged."""
    result = ScenarioResult(scenario.name)
    conversation = TypedTalk(mind, seed)
    try:
        await conversation.begin()
        for step in scenario.steps:
            if conversation.ended:
                break
            result.steps.append(await conversation.ask(step.words))
        result.ended, result.faults = conversation.ended, conversation.faults
    finally:
        conversation.close()
    return result
