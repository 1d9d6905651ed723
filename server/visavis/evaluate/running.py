"""Scenarios run one after another, those with the same needs together, and judged."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import groupby, product

from visavis import __version__
from visavis.client import CallPlan
from visavis.engines.tts.base import Voice
from visavis.evaluate import direct, minds, own_server
from visavis.evaluate.cases import models
from visavis.evaluate.chat_server import ChatServer, chat_server
from visavis.evaluate.judge import JudgeModel
from visavis.evaluate.judging import judge
from visavis.evaluate.results import RunResult, ScenarioResult
from visavis.evaluate.scenario import Needs, Scenario
from visavis.evaluate.wire import ScenarioCaller
from visavis.settings import Settings

OnDone = Callable[[ScenarioResult], None]
BUSY_S, BUSY_TIMES = 5.0, 24
"""A server that is full, or has had enough calls from here, is called again so often."""


@dataclass(frozen=True)
class How:
    """What is the same for all scenarios of a run."""

    repeat: int = 1
    at_once: int = 1
    """So many calls at a time."""
    judging: JudgeModel | None = None
    on_done: OnDone = lambda result: None

    def each(self, group: Sequence[Scenario]) -> list[tuple[Scenario, int]]:
        """Every scenario as often as it is to be run, and the how-manyth run it is."""
        return list(product(group, range(1, self.repeat + 1)))


async def through_calls(
    scenarios: Sequence[Scenario],
    plan: CallPlan,
    voice: Voice | None,
    how: How,
    *,
    typed: bool = False,
    serve: bool = False,
) -> RunResult:
    """Through the server of ``plan``, or with ``serve`` through one of one's own for each kind of
    needs, which has what they need. Raises ScenarioError."""
    run = RunResult(
        "typed" if typed else "call", url="" if serve else plan.url, visavis=__version__
    )
    async with AsyncExitStack() as stack:
        chat = await stack.enter_async_context(chat_server()) if serve else None
        for needs, group in _by_needs(scenarios):
            async with _server(needs, chat, plan) as reached:
                caller = ScenarioCaller(reached, voice, typed=typed)
                calls = _Calls(caller, chat, how, 1 if needs.chat_server else how.at_once)
                each = how.each(group)
                run.scenarios += await asyncio.gather(*(calls.one(*one) for one in each))
                run.persona = caller.persona
    return run


class _Calls:
    """Calls to one server, not too many at a time."""

    def __init__(
        self, caller: ScenarioCaller, chat: ChatServer | None, how: How, at_once: int
    ) -> None:
        self._caller, self._chat, self._how = caller, chat, how
        self._lines = asyncio.Semaphore(at_once)

    async def one(self, scenario: Scenario, number: int) -> ScenarioResult:
        """The number-th run of it, judged."""
        async with self._lines:
            result = await self._called(scenario)
            for _ in range(BUSY_TIMES):
                if not result.busy:
                    break
                await asyncio.sleep(BUSY_S)
                result = await self._called(scenario)
        await _done(scenario, result, number, self._how)
        return result

    async def _called(self, scenario: Scenario) -> ScenarioResult:
        if scenario.replies is None:
            return await self._caller.run(scenario)
        if self._chat is None:
            told = "its language model is one that does as it says, which takes --serve"
            return ScenarioResult(scenario.name, skipped=told)
        self._chat.act(scenario.replies)
        result = await self._caller.run(scenario)
        if result.steps:
            came = result.steps[-1]
            came.failures += models.failures(scenario.replies, came, self._chat.requests)
        return result


@asynccontextmanager
async def _server(needs: Needs, chat: ChatServer | None, plan: CallPlan) -> AsyncIterator[CallPlan]:
    if chat is None:
        yield plan
        return
    async with own_server.serving(needs, chat.url) as url:
        yield replace(plan, url=url)


async def without_calls(
    scenarios: Sequence[Scenario],
    settings: Callable[[Needs], Settings],
    how: How,
) -> RunResult:
    """Typed straight to the dialogue of the persona in force. ``settings`` gives those under which
    a scenario with these needs is run. Raises what `minds.mind` raises."""
    run = RunResult("no call", visavis=__version__)
    faults: list[str] = []
    for needs, group in _by_needs(scenarios):
        if needs.chat_server:
            for one in group:
                skipped = ScenarioResult(one.name, skipped="it is run by --serve, or by --cases")
                run.scenarios.append(skipped)
                await _done(one, skipped, 1, how)
            continue
        chosen = settings(needs)
        async with minds.mind(chosen, lambda kind, text: faults.append(f"{kind}: {text}")) as mind:
            run.persona = mind.briefing.persona
            run.chat = "" if mind.chat is None else mind.chat.system
            for scenario, number in how.each(group):
                result = await direct.talk(scenario, mind, seed=number - 1)
                result.faults = [*faults, *result.faults]
                faults.clear()
                run.scenarios.append(result)
                await _done(scenario, result, number, how)
    return run


def _by_needs(scenarios: Sequence[Scenario]) -> list[tuple[Needs, list[Scenario]]]:
    """In order, but that those with the same needs come together."""
    order: dict[Needs, int] = {}
    for one in scenarios:
        order.setdefault(one.needs, len(order))
    together = sorted(scenarios, key=lambda one: order[one.needs])
    return [(needs, list(group)) for needs, group in groupby(together, lambda one: one.needs)]


async def _done(scenario: Scenario, result: ScenarioResult, number: int, how: How) -> None:
    result.source, result.about, result.good = scenario.source, scenario.about, scenario.good
    result.tags, result.repeat = sorted(scenario.tags), number
    if not result.skipped:
        judge(scenario, result)
    if how.judging is not None:
        await how.judging.grade(result)
    how.on_done(result)
