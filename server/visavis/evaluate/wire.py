"""A scenario run through a server, by a WebRTC caller that knows only what the wire shows."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.client import CallPlan, CallReport, Interruption, Turn, call
from visavis.client.report import TurnReport
from visavis.client.sound import RATE, SoundError, SoundFile, load, sound
from visavis.engines.tts.base import Voice
from visavis.evaluate.results import ScenarioResult, TurnResult
from visavis.evaluate.scenario import CallerTurn, Scenario, ScenarioError, SpokenWords
from visavis.evaluate.sounds import RATE as RENDERED
from visavis.evaluate.sounds import render

TAIL_MS = 200.0
ENDS_S = 6.0
"""So long the caller stays on the line for a call that should end,"""
GOES_ON_S = 3.0
"""and so long for one that should not."""


class ScenarioCaller:
    """Calls a server with one scenario after another."""

    def __init__(self, plan: CallPlan, voice: Voice | None, *, typed: bool = False) -> None:
        """``plan``: the server, and how it is called; ``voice``: the caller's, None: all that is
        spoken is typed; ``typed``: so too."""
        self.persona = ""
        """Whom it has reached, once it has."""
        self._plan = plan
        self._voice = None if typed else voice

    async def run(self, scenario: Scenario) -> ScenarioResult:
        """What came of it; not yet judged."""
        result = ScenarioResult(scenario.name)
        try:
            # To speak takes time that other calls need.
            turns = await asyncio.to_thread(self._turns, scenario)
        except SoundError as error:
            raise ScenarioError(f"{scenario.source}: {error}") from error
        except _NoVoice:
            result.skipped = "it needs sound (a noise, a recording, an interruption), and is typed"
            return result
        hold_s = {True: ENDS_S, False: GOES_ON_S, None: 0.0}[scenario.ends]
        quiet = any(step.expected.answered is not True for step in scenario.steps)
        plan = replace(self._plan, turns=turns, hold_s=hold_s)
        if quiet:
            plan = replace(plan, answer_s=min(plan.answer_s, ENDS_S))
        report = await call(plan)
        self.persona = report.persona or self.persona
        _fill(result, scenario, report)
        return result

    def _turns(self, scenario: Scenario) -> tuple[Turn, ...]:
        return tuple(self._turn(scenario.name, step) for step in scenario.steps)

    def _turn(self, name: str, step: CallerTurn) -> Turn:
        interruption = None
        if step.cut is not None:
            over = self._sound(f"{name}-cut", step.cut.speaking)
            interruption = Interruption(over, step.cut.after_ms)
        if step.typed is not None:
            return Turn(step.typed, interruption)
        if self._voice is None and step.speaking.wav is None and step.speaking.words:
            return Turn(step.words, interruption)
        return Turn(self._sound(name, step.speaking), interruption)

    def _sound(self, name: str, speaking: SpokenWords) -> SoundFile:
        if speaking.wav is not None:
            return load(speaking.wav)
        if self._voice is None:
            raise _NoVoice
        script = {"id": name, "pieces": speaking.pieces, "background": speaking.background}
        rendered = render(script, self._voice, lead_ms=0.0, tail_ms=TAIL_MS)[0]
        return sound(speaking.name, _at_48k(rendered))


class _NoVoice(Exception):
    """Something can't be typed."""


def _at_48k(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    count = len(samples) * RATE // RENDERED
    times = np.arange(count) * RENDERED / RATE
    wide = np.interp(times, np.arange(len(samples)), samples)
    return (wide * 32767).astype(np.int16)


def _fill(result: ScenarioResult, scenario: Scenario, report: CallReport) -> None:
    result.session = report.session
    result.faults = [str(fault.get("message", "")) for fault in report.faults]
    # She ended it if she said so before we hung up, or our hanging up found no call any more.
    until = report.hung_up_ms if report.hung_up_ms is not None else report.duration_ms
    told = any(_closes(event) and event["received_ms"] < until for event in report.events)
    result.ended = told or report.hung_up == 404
    result.steps = [
        _step(row, step.expected.voice is not None)
        for row, step in zip(report.turns, scenario.steps, strict=False)
    ]
    problem = report.problem
    result.busy = problem is not None and problem.kind == "busy"
    gone = problem is not None and problem.kind == "gone" and result.ended
    if problem is not None and problem.kind != "no_answer" and not gone:
        result.failures.append(problem.message)


def _closes(event: Mapping[str, Any]) -> bool:
    return event.get("type") == "mode" and event.get("mode") == "close"


def _step(row: TurnReport, spoken_over: bool) -> TurnResult:
    first = row.reply_latency_ms
    if first is None:
        first = row.caption_latency_ms
    whole = None if row.reply_ended_ms is None else row.reply_ended_ms - row.ended_ms
    return TurnResult(
        row.said,
        row.kind,
        heard=row.caller_text,
        turns=len(row.ids),
        answer=row.persona_text,
        first_ms=None if first is None else round(first, 1),
        whole_ms=None if whole is None else round(whole, 1),
        voice=_voice(row) if spoken_over else None,
    )


def _voice(row: TurnReport) -> str | None:
    """She stops if the server says that the caller didn't hear the first reply whole; of one that
    says nothing, if she was silent and didn't come back before."""
    over = row.spoken_over
    if over is None:
        return None
    if row.heard:
        return "goes on" if row.heard[0].get("complete") else "stops"
    return "goes on" if over.silence_ms is None or over.resumed_ms is not None else "stops"
