"""Rows like ``turns.jsonl``: scripts of spoken turns, with pauses and noises."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from visavis.compute.host import Host
from visavis.engines import loading
from visavis.engines.base import Context
from visavis.evaluate import minds
from visavis.evaluate.cases import rows
from visavis.evaluate.cases.rows import CaseRow
from visavis.evaluate.judging import failures
from visavis.evaluate.listening import Listening, ListeningParts
from visavis.evaluate.scenario import CallerTurn, Cut, Expected, Scenario, ScenarioError
from visavis.node import call_options
from visavis.personas.persona import load
from visavis.settings import Settings

KIND = "turns"
TALK = "How do you think?"
"""Asked of a real server so that she speaks for a while, where a row speaks over her."""
VOICES = {"goes_on": "goes on"}


def fits(row: CaseRow) -> bool:
    """Whether a row is one of these."""
    return "pieces" in row and "expect" in row


def scenarios(found: Sequence[CaseRow], path: Path) -> list[Scenario]:
    """The scripts spoken. Those that begin so long before her end that only a made-up speech can
    say when, have none."""
    return [_scenario(row, path) for row in found if "before_end_ms" not in row.get("over", {})]


def _scenario(row: CaseRow, path: Path) -> Scenario:
    over, speaking, expected = row.get("over"), rows.speaking(row), expectation(row)
    step = CallerTurn(speaking=speaking, expected=expected)
    if over is not None:
        # She says more or less than in the row: only what becomes of her voice is the same.
        expected = Expected(answered=None, voice=expected.voice)
        step = CallerTurn(typed=TALK, cut=Cut(over["after_ms"], speaking), expected=expected)
    return Scenario(
        str(row["id"]),
        (step,),
        frozenset({KIND}),
        about=str(row.get("what", "")),
        source=path.name,
    )


def expectation(row: CaseRow) -> Expected:
    """Its ``expect``."""
    expect = row["expect"]
    counts = tuple(expect.get("turns", ()))
    voice = expect.get("voice")
    return Expected(
        answered=None if 0 in counts and len(counts) > 1 else counts != (0,),
        turns=counts,
        heard=expect.get("text"),
        wer=expect.get("wer", 0.0),
        within_ms=expect.get("wait_ms"),
        voice=VOICES.get(voice, voice),
    )


async def run(
    found: Sequence[CaseRow], path: Path, settings: Settings
) -> AsyncGenerator[CaseRow, None]:
    """How each script is taken by the detector, the recogniser and the rules of turns in force, its
    sound played to them faster than it would be spoken. Rules answer; a model isn't asked. A wait
    is counted to the decision that the turn has ended, and not to her first sound."""
    faults: list[str] = []
    async with AsyncExitStack() as stack:
        parts = await _parts(stack, settings, faults)
        for row in found:
            listening = Listening(parts, row)
            came = await listening.hear()
            expected = expectation(row)
            wrong = failures(replace(expected, answered=None), came)
            most = row["expect"].get("ends_at_most")
            if most is not None and listening.ends > most:
                wrong.append(f"{listening.ends} times it was decided that a turn had ended")
            yield rows.told(
                row,
                wrong,
                what=row.get("what", ""),
                said=came.said,
                taken_for=came.heard,
                turns=came.turns,
                ends=listening.ends,
                wait_ms=came.first_ms,
                voice=came.voice,
                answered=came.answer,
                faults=[*faults],
            )
            faults.clear()


async def _parts(stack: AsyncExitStack, settings: Settings, faults: list[str]) -> ListeningParts:
    def fault(kind: str, text: str) -> None:
        faults.append(f"{kind}: {text}")

    silent = settings.model_copy(
        update={
            "chat": settings.chat.model_copy(update={"engine": "off"}),
            "knowledge": settings.knowledge.model_copy(update={"engine": "off"}),
        }
    )
    mind = await stack.enter_async_context(minds.mind(silent, fault))
    host = Host(fault)
    stack.push_async_callback(host.stop)
    context = Context(settings, load(settings.persona), host)
    recogniser, voice = await asyncio.gather(
        loading.load("stt", context), loading.load("tts", context)
    )
    if recogniser is None or voice is None:
        raise ScenarioError("scripts of spoken turns need ears and a voice: stt and tts are off")
    judge = await loading.load("turns", replace(context, recogniser=recogniser))
    pace = call_options.pace(settings.turn, judged=judge is not None)
    return ListeningParts(recogniser, voice, mind, pace, judge, fault)
