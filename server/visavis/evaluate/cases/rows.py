"""Files of cases, one row a line: JSON lines, or a table with tabs."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from visavis.evaluate.scenario import Expected, Pattern, ScenarioError, SpokenWords
from visavis.inputs import Refused, parse_json

CaseRow = Mapping[str, Any]
LARGEST = 16 << 20
"""Bytes of a file."""


def read(path: Path) -> list[CaseRow]:
    """The rows of a .jsonl or .tsv file, each with an ``id``. Raises ScenarioError."""
    try:
        if path.stat().st_size > LARGEST:
            raise ScenarioError(f"{path} is larger than {LARGEST >> 20} MB")
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path} is no UTF-8 text: {error.reason}") from error
    rows = _table(path, lines) if path.suffix == ".tsv" else _json(path, lines)
    if not rows:
        raise ScenarioError(f"{path} has no rows")
    return rows


def _table(path: Path, lines: Sequence[str]) -> list[CaseRow]:
    reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, restval="")
    rows: list[CaseRow] = [{k: v for k, v in row.items() if k} for row in reader]
    for number, row in enumerate(rows, start=2):
        _named(path, number, row)
    return rows


def _json(path: Path, lines: Sequence[str]) -> list[CaseRow]:
    rows: list[CaseRow] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = parse_json(line)
        except (ValueError, Refused) as error:
            raise ScenarioError(f"{path.name}, line {number}: this is no JSON: {error}") from None
        if not isinstance(row, dict):
            raise ScenarioError(f"{path.name}, line {number}: an object is wanted in each line")
        _named(path, number, row)
        rows.append(row)
    return rows


def _named(path: Path, number: int, row: CaseRow) -> None:
    if not row.get("id"):
        raise ScenarioError(f"{path.name}, line {number}: the row has no id")


def pattern(row: CaseRow, text: str) -> Pattern:
    """A regular expression of the row's, without case. Raises ScenarioError."""
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise ScenarioError(
            f"row {row['id']}: {text!r} is no regular expression: {error}"
        ) from None


def patterns(row: CaseRow) -> Expected:
    """Its ``has`` (one of each list) and ``lacks``."""
    return Expected(
        has=tuple(tuple(pattern(row, one) for one in group) for group in row.get("has", ())),
        lacks=tuple(pattern(row, one) for one in row.get("lacks", ())),
    )


def speaking(row: CaseRow) -> SpokenWords:
    """Its ``pieces`` over its ``background``."""
    return SpokenWords(tuple(row["pieces"]), row.get("background"))


def told(row: CaseRow, wrong: Sequence[str], **came: Any) -> CaseRow:
    """A line of what came of it."""
    return {"id": row["id"], **came, "right": not wrong, "wrong": list(wrong)}
