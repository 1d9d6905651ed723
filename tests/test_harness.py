"""What the harness makes of rows, and how it tells two recordings apart."""

from pathlib import Path
from typing import Any

import pytest
from harness import comparing, folds, shapes

ROWS: dict[str, list[dict[str, Any]]] = {
    "chat": [
        {"id": "1", "text": "Hello.", "heard": None, "details": {"a": 1, "b": None}},
        {"id": "2", "text": "Hello.", "heard": "Hello.", "details": {"a": 2}},
    ],
    "audio": [{"id": "3", "kind": "input"}, {"id": "4", "kind": "output"}],
}


def test_a_table_is_told_by_its_rows_and_filled_columns() -> None:
    found = shapes.tables(ROWS)
    assert found["chat"] == {
        "rows": 2,
        "always": ["details", "details.a", "id", "text"],
        "sometimes": ["heard"],
    }
    assert set(found) == {"chat", "audio[input]", "audio[output]"}


def test_only_what_is_listed_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folds, "COUNTS", {"chat": "a test"})
    monkeypatch.setattr(folds, "COLUMNS", {r"chat\.heard": "a test"})
    found = shapes.tables(ROWS)
    assert found["chat"]["rows"] == "some" and "sometimes" not in found["chat"]
    assert found["audio[input]"]["rows"] == 1
    assert folds.once(["a", "b", "b", "c", "c", "b"], {"b": "a test"}) == ["a", "b", "c", "c", "b"]


def test_what_comes_by_the_clock_has_no_place_in_the_order() -> None:
    told = [{"type": kind, "at": 0, "received_ms": 1} for kind in ("hello", "stats", "mode")]
    (found,) = shapes.channel([told], words=False)
    assert found == {
        "order": ["hello", "mode"],
        "fields": {"hello": ["at"], "mode": ["at"], "stats": ["at"]},
    }


def test_every_difference_is_a_line_with_its_place() -> None:
    before = {"tables": {"chat": {"rows": 2, "always": ["id", "text"]}}, "events": ["a", "b"]}
    after = {"tables": {"chat": {"rows": 3, "always": ["id"]}, "stt": {}}, "events": ["b", "a"]}
    assert list(comparing.differences(before, before)) == []
    assert list(comparing.differences(before, after)) == [
        "events: + b (at 0)",
        "events: − b (at 1)",
        "tables / chat / always: − text (at 1)",
        "tables / chat / rows: 2 → 3",
        "tables / stt: new, {}",
    ]


def test_what_is_allowed_says_why(tmp_path: Path) -> None:
    file = tmp_path / "allowed"
    file.write_text("# of issue 10\n\nchat / rows: 2 → 3 # a row each for the opener\nstt # x\n")
    allowed = comparing.read_allowed(file)
    lines, left = comparing.report(["chat / rows: 2 → 3", "audio / rows: 1 → 2"], allowed)
    assert left == 1 and lines == [
        "(allowed: a row each for the opener) chat / rows: 2 → 3",
        "audio / rows: 1 → 2",
        "(never needed: stt)",
    ]
    file.write_text("chat / rows\n")
    with pytest.raises(ValueError, match="say why"):
        comparing.read_allowed(file)


def test_lines_are_printed_without_what_is_another_each_time() -> None:
    lines = ["Visavis 0.1.0 is ready: http://localhost:8123/", "kept: /tmp/x/operator#s3cret"]
    assert shapes.printed(lines, "/tmp/x") == [
        "Visavis N is ready: http://localhost:N/",
        "kept: DATA/operator#TOKEN",
    ]
