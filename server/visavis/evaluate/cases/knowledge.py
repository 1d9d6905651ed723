"""Rows like ``knowledge/questions.jsonl``: questions about documents, asked turn by turn."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path

from visavis.evaluate import direct, minds
from visavis.evaluate.cases import rows
from visavis.evaluate.cases.rows import CaseRow
from visavis.evaluate.judging import judge
from visavis.evaluate.scenario import CallerTurn, Needs, Scenario
from visavis.settings import Settings

KIND = "knowledge"


def fits(row: CaseRow) -> bool:
    """Whether a row is one of these."""
    return "ask" in row and "has" in row


def scenarios(found: Sequence[CaseRow], path: Path) -> list[Scenario]:
    """The questions typed; the documents are those that lie beside the file."""
    needs = Needs(knowledge=documents(path))
    return [
        Scenario(
            str(row["id"]),
            (
                *(CallerTurn(typed=ask) for ask in row["ask"][:-1]),
                CallerTurn(typed=row["ask"][-1], expected=rows.patterns(row)),
            ),
            frozenset({KIND, str(row.get("kind", ""))} - {""}),
            about=str(row.get("kind", "")),
            good=str(row.get("fact", "")),
            needs=needs,
            source=path.name,
        )
        for row in found
    ]


def documents(path: Path) -> tuple[Path, ...]:
    """What is known, to answer the questions of a file: the documents in its folder."""
    return tuple(sorted(p for p in path.parent.iterdir() if p.suffix in (".md", ".toml")))


async def run(
    found: Sequence[CaseRow], path: Path, settings: Settings
) -> AsyncGenerator[CaseRow, None]:
    """The last answer to each, by the persona and the model in force; no call is made. The
    documents of the settings are told, and if there are none those beside the file."""
    known = list(settings.knowledge.files or documents(path))
    told = settings.model_copy(
        update={"knowledge": settings.knowledge.model_copy(update={"files": known})}
    )
    faults: list[str] = []
    async with minds.mind(told, lambda kind, text: faults.append(f"{kind}: {text}")) as mind:
        for row, one in zip(found, scenarios(found, path), strict=True):
            result = await direct.talk(replace(one, needs=Needs()), mind)
            judge(one, result)
            last = result.steps[-1]
            yield rows.told(
                row,
                result.wrong,
                asked=[step.said for step in result.steps],
                answered=last.answer,
                by=last.by,
                first_ms=last.first_ms,
                faults=[*faults, *result.faults],
            )
            faults.clear()
