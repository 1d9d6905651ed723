"""Files of cases, a module for each kind: their rows run without a call, or as scenarios."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Protocol

from visavis.evaluate.cases import intents, knowledge, models, rows, spoken, turns
from visavis.evaluate.cases.rows import CaseRow
from visavis.evaluate.scenario import Scenario, ScenarioError
from visavis.settings import Settings


class CaseKind(Protocol):
    """What a module of this folder has."""

    KIND: str

    def fits(self, row: CaseRow) -> bool:
        """Whether a row is one of these."""
        ...

    def scenarios(self, found: Sequence[CaseRow], path: Path) -> list[Scenario]:
        """Rows as conversations."""
        ...

    def run(
        self, found: Sequence[CaseRow], path: Path, settings: Settings
    ) -> AsyncGenerator[CaseRow, None]:
        """What came of each row, in order: what was said, taken for or answered, whether that is
        ``right``, and what is ``wrong`` about it."""
        ...


KINDS: tuple[CaseKind, ...] = (knowledge, intents, turns, models, spoken)


def kind_of(path: Path, found: Sequence[CaseRow]) -> CaseKind:
    """By the keys of the rows. Raises ScenarioError."""
    for kind in KINDS:
        if all(map(kind.fits, found)):
            return kind
    names = ", ".join(kind.KIND for kind in KINDS)
    raise ScenarioError(
        f"{path}: the rows are of no kind that is known, or of several; there are: {names} "
        "(docs/evaluate.md says what a row of each has)"
    )


def scenarios(path: Path) -> list[Scenario]:
    """The conversations in a file of cases. Raises ScenarioError."""
    found = rows.read(path)
    return kind_of(path, found).scenarios(found, path)


async def run(path: Path, settings: Settings) -> AsyncGenerator[CaseRow, None]:
    """What came of each row of a file. Raises ScenarioError."""
    found = rows.read(path)
    async for came in kind_of(path, found).run(found, path, settings):
        yield came
