"""Scenarios run one after another, those with the same needs together, and judged."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from itertools import groupby

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


async def through_calls(
    scenarios: Sequence[Scenario],
    plan: CallPlan,
    voice: Voice | None,
    *,
    typed: bool = False,
    serve: bool = False,
    repeat: int = 1,
    judging: JudgeModel | None = None,
    on_done: OnDone = lambda result: None,
) -> RunResult:
    """Through the server of ``plan``, or with ``serve`` through one of one's own for each kind of
    needs, which has what they need. Raises ScenarioError."""
    run = RunResult("typed" if typed else "call", url=plan.url, visavis=__version__)
    async with AsyncExitStack() as stack:
        chat = await stack.enter_async_context(chat_server()) if serve else None
        for needs, group in _by_needs(scenarios):
            async with _server(needs, chat, plan) as reached:
                caller = ScenarioCaller(reached, voice, typed=typed)
                for scenario in group:
                    for number in range(1, repeat + 1):
                        result = await _called(caller, scenario, chat)
                        run.scenarios.append(result)
                        await _done(scenario, result, number, judging, on_done)
    return run


@asynccontextmanager
async def _server(needs: Needs, chat: ChatServer | None, plan: CallPlan) -> AsyncIterator[CallPlan]:
    if chat is None:
        yield plan
        return
    async with own_server.serving(needs, chat.url) as url:
        yield replace(plan, url=url)


async def _called(
    caller: ScenarioCaller, scenario: Scenario, chat: ChatServer | None
) -> ScenarioResult:
    if scenario.replies is None:
        return await caller.run(scenario)
    if chat is None:
        told = "its language model is one that does as it says, which takes --serve"
        return ScenarioResult(scenario.name, skipped=told)
    chat.act(scenario.replies)
    result = await caller.run(scenario)
    if result.steps:
        came = result.steps[-1]
        came.failures += models.failures(scenario.replies, came, chat.requests)
    return result


async def without_calls(
    scenarios: Sequence[Scenario],
    settings: Callable[[Needs], Settings],
    *,
    repeat: int = 1,
    judging: JudgeModel | None = None,
    on_done: OnDone = lambda result: None,
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
                await _done(one, skipped, 1, None, on_done)
            continue
        chosen = settings(needs)
        async with minds.mind(chosen, lambda kind, text: faults.append(f"{kind}: {text}")) as mind:
            run.persona = mind.briefing.persona
            run.chat = "" if mind.chat is None else mind.chat.system
            for scenario in group:
                for number in range(1, repeat + 1):
                    result = await direct.talk(scenario, mind, seed=number - 1)
                    result.faults = [*faults, *result.faults]
                    faults.clear()
                    run.scenarios.append(result)
                    await _done(scenario, result, number, judging, on_done)
    return run


def _by_needs(scenarios: Sequence[Scenario]) -> list[tuple[Needs, list[Scenario]]]:
    """In order, but that those with the same needs come together."""
    order: dict[Needs, int] = {}
    for one in scenarios:
        order.setdefault(one.needs, len(order))
    together = sorted(scenarios, key=lambda one: order[one.needs])
    return [(needs, list(group)) for needs, group in groupby(together, lambda one: one.needs)]


async def _done(
    scenario: Scenario,
    result: ScenarioResult,
    number: int,
    judging: JudgeModel | None,
    on_done: OnDone,
) -> None:
    result.source, result.about, result.good = scenario.source, scenario.about, scenario.good
    result.tags, result.repeat = sorted(scenario.tags), number
    if not result.skipped:
        judge(scenario, result)
    if judging is not None:
        await judging.grade(result)
    on_done(result)
