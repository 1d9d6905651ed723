"""Answers graded blindly by people: a shuffled sheet that doesn't say whose they are, its key, and
what the grades of several people come to."""

import csv
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from visavis.evaluate import results
from visavis.evaluate.results import ScenarioResult
from visavis.evaluate.scenario import ScenarioError

COLUMNS = ("row", "talk", "good", "answer", "grade", "reason")
GRADES = (0, 1, 2)
_MARKS = "=+-@\t"
"""At its beginning, a spreadsheet takes a cell for a formula."""


def sheet(runs: Sequence[Path], path: Path, seed: int) -> Path:
    """Write the sheet, and beside it its key, whose path is returned. An answer stands in it for
    every scenario that says what a good one holds. Raises ScenarioError."""
    found = [
        (str(side), one)
        for side in runs
        for one in results.read(side).scenarios
        if one.good and one.steps and not one.skipped
    ]
    if not found:
        raise ScenarioError("there is nothing to grade: no scenario of these says what is `good`")
    random.Random(seed).shuffle(found)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, (_, one) in enumerate(found, start=1):
            cells = (_talk(one), one.good, one.steps[-1].answer or "(nothing)")
            writer.writerow([number, *map(_cell, cells), "", ""])
    key = path.with_suffix(".key.json")
    told = {
        str(number): {"side": side, "name": one.name, "repeat": one.repeat}
        for number, (side, one) in enumerate(found, start=1)
    }
    key.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    return key


def _talk(one: ScenarioResult) -> str:
    before = (f"Caller: {step.said}\nShe: {step.answer}" for step in one.steps[:-1])
    return "\n".join([*before, f"Caller: {one.steps[-1].said}"])


def _cell(text: str) -> str:
    return f"'{text}" if text[:1] in _MARKS else text


@dataclass(frozen=True)
class Agreement:
    """How alike two graders are."""

    rows: int
    same: float
    """Share of rows with the same grade."""
    kappa: float
    """Cohen's: 1 where they always agree, 0 where they do so as often as by chance."""


def agreement(one: Mapping[str, int], other: Mapping[str, int]) -> Agreement:
    """Of two graders, over the rows that both have graded. Raises ScenarioError without any."""
    both = sorted(one.keys() & other.keys())
    if not both:
        raise ScenarioError("the graders have graded no row in common")
    same = sum(one[row] == other[row] for row in both) / len(both)
    first, second = (Counter(grades[row] for row in both) for grades in (one, other))
    chance = sum(first[grade] * second[grade] for grade in GRADES) / len(both) ** 2
    kappa = 1.0 if chance == 1.0 else (same - chance) / (1.0 - chance)
    return Agreement(len(both), same, kappa)


def grades(path: Path) -> dict[str, int]:
    """A filled sheet's, by row. Raises ScenarioError naming the line."""
    found = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                given = (row.get("grade") or "").strip()
                if given not in map(str, GRADES):
                    raise ScenarioError(
                        f"{path.name}, row {row.get('row')}: the grade is {given!r}; "
                        "0, 1 or 2 is wanted"
                    )
                found[str(row.get("row"))] = int(given)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError(f"{path} can't be read: {error}") from error
    if not found:
        raise ScenarioError(f"{path} holds no grades; it should be a filled sheet")
    return found


def points(key: Path, sheets: Sequence[Path]) -> Iterator[str]:
    """What the graders' sheets come to: points of each side, and how far they agree. Raises
    ScenarioError."""
    sides = _key(key)
    given = [grades(path) for path in sheets]
    for path, one in zip(sheets, given, strict=True):
        if unknown := one.keys() - sides.keys():
            raise ScenarioError(f"{path}: {key} doesn't know row {min(unknown)}; another sheet's?")
    for side in sorted(set(sides.values())):
        rows = [row for row, of in sides.items() if of == side]
        sums = [sum(one.get(row, 0) for row in rows) for one in given]
        each = ", ".join(map(str, sums))
        yield f"{side}: {sum(sums) / len(sums):g} of {2 * len(rows)} points (by grader: {each})"
    for n, (path, one) in enumerate(zip(sheets, given, strict=True)):
        for other_path, other in zip(sheets[n + 1 :], given[n + 1 :], strict=True):
            found = agreement(one, other)
            yield (
                f"{path.name} and {other_path.name} agree on {found.same:.0%} of {found.rows} "
                f"rows (Cohen's kappa {found.kappa:.2f})"
            )


def _key(path: Path) -> dict[str, str]:
    try:
        return {row: str(of["side"]) for row, of in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise ScenarioError(f"{path} can't be read as the key of a sheet: {error!r}") from error
