"""Rows like ``heard_intents.tsv``: what somebody says, and what it must be taken for."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from visavis.call.need.recognition import need
from visavis.call.turns.hints import backchannel
from visavis.engine_settings import BACKCHANNELS
from visavis.engines.chat.rules import Memory, Rules
from visavis.evaluate.cases import rows
from visavis.evaluate.cases.rows import CaseRow
from visavis.evaluate.scenario import CallerTurn, Expected, Scenario
from visavis.node import call_options
from visavis.personas.persona import load
from visavis.settings import Settings

KIND = "intents"
RULES = {
    "stop": "stop",
    "repeat": "repeat",
    "nothing to repeat": "repeat",
    "distress": "distress",
    "emergency": "emergency",
}
"""What a rule of this name takes words for."""
SPEAKS = "The old mill stands by the river."
"""What the persona says while, or before, the row is said."""
ALIKE = {"distress", "emergency"}
"""One class for the two will do."""


def fits(row: CaseRow) -> bool:
    """Whether a row is one of these."""
    return "said" in row and "class" in row


def scenarios(found: Sequence[CaseRow], path: Path) -> list[Scenario]:
    """The words typed. What only a voice can say while she speaks (a backchannel) has none."""
    return [_scenario(row, path) for row in found if row["class"] != "backchannel"]


def _scenario(row: CaseRow, path: Path) -> Scenario:
    steps = [CallerTurn(typed=row["said"])]
    if row["class"] == "name":
        names = [rows.pattern(row, one.strip()) for one in row["value"].split("|")]
        steps.append(CallerTurn(typed="What is my name?", expected=Expected(has=(tuple(names),))))
    return Scenario(
        str(row["id"]),
        tuple(steps),
        frozenset({KIND, row["class"]}),
        about=f"{row['class']}, {row.get('context', 'quiet')}",
        ends=row["class"] == "goodbye",
        source=path.name,
    )


async def run(
    found: Sequence[CaseRow], path: Path, settings: Settings
) -> AsyncGenerator[CaseRow, None]:
    """What the persona's rules take each for. They are asked by themselves: no model answers."""
    rules = call_options.rules(load(settings.persona))
    for row in found:
        taken, value, answer = taken_for(rules, row["said"], row.get("context", "quiet"))
        wrong = []
        if not (taken == row["class"] or {taken, row["class"]} <= ALIKE):
            wrong.append(f"it is taken for {taken}; {row['class']} is right")
        elif taken == "name" and value not in _variants(row):
            wrong.append(f"the name is {value!r}; {row['value']} is right")
        yield rows.told(
            row,
            wrong,
            said=row["said"],
            context=row.get("context", "quiet"),
            taken_for=taken,
            value=value,
            answered=answer,
        )


def _variants(row: CaseRow) -> list[str]:
    return [one.strip() for one in str(row.get("value", "")).split("|")]


def taken_for(rules: Rules, said: str, context: str) -> tuple[str, str, str]:
    """Class, name and answer ("" where a model would answer)."""
    if (needed := need(said)) is not None:
        return needed.rule, "", ""
    if context == "speaking" and backchannel(said, BACKCHANNELS):
        return "backchannel", "", ""
    memory = Memory()
    memory.said(SPEAKS)
    answer = rules.answer(said, memory)
    text = answer.text if answer else ""
    if memory.name:
        return "name", memory.name, text
    if answer is None:
        return "plain", "", ""
    return "goodbye" if answer.ends_call else RULES.get(answer.rule, "plain"), "", text
