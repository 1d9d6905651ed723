"""Runs are written, read again, told, compared, and graded by people."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from visavis.evaluate import grading, report, results
from visavis.evaluate.results import RunResult, ScenarioResult, TurnResult
from visavis.evaluate.scenario import ScenarioError

DATA = Path(__file__).parents[1] / "data" / "evaluate"


def scenario(name: str, answer: str = "Yes.", wrong: str = "", **more: object) -> ScenarioResult:
    turn = TurnResult("Is it?", "text", answer=answer, first_ms=200.0, whole_ms=900.0)
    turn.failures += [wrong] if wrong else []
    return ScenarioResult(name, source="a.yaml, line 3", steps=[turn], good="yes", **more)  # type: ignore[arg-type]


def run(*scenarios: ScenarioResult) -> RunResult:
    return RunResult("no call", scenarios=list(scenarios))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    before = run(scenario("one"), scenario("two", wrong="it is short"))
    results.write(before, tmp_path / "a.json")
    assert results.read(tmp_path / "a.json") == before
    told = json.loads((tmp_path / "a.json").read_text())
    assert [one["outcome"] for one in told["scenarios"]] == ["passed", "failed"]


@pytest.mark.parametrize("text", ["", "[]", '{"version": 9}', '{"version": 1, "scenarios": [1]}'])
def test_what_is_no_run_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ScenarioError, match=r"a\.json"):
        results.read(tmp_path / "a.json")


def test_junit_has_a_case_for_each(tmp_path: Path) -> None:
    odd = scenario("odd", answer="a\x00<b>", wrong="it has \x1b")
    report.junit(run(scenario("one"), odd, scenario("no", skipped="no ear")), tmp_path / "a.xml")
    (suite,) = ElementTree.parse(tmp_path / "a.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    assert [case.get("name") for case in suite] == ["one", "odd", "no"]
    failure = suite[1].find("failure")
    assert failure is not None and "<b>" in str(failure.text)


def test_two_runs_are_compared() -> None:
    before = run(scenario("one"), scenario("two", wrong="it is short"), scenario("gone"))
    after = run(scenario("one", "No.", "it lacks yes"), scenario("two"), scenario("new"))
    told = "\n".join(report.comparison(before, after))
    assert "worse: one: passed 100% of the time, then 0%\n  it lacks yes" in told
    assert "better: two" in told and "only before: gone" in told and "only after: new" in told
    assert "  before: Yes.\n  after:  No." in told
    assert report.got_worse(before, after) and not report.got_worse(before, before)


def test_several_rounds_count_as_a_share() -> None:
    before = run(scenario("one"), scenario("one", wrong="it is short", repeat=2))
    assert "passed 50% of the time, then 100%" in "\n".join(
        report.comparison(before, run(scenario("one")))
    )


def _graded(sheet: Path, path: Path, grades: dict[str, str]) -> Path:
    """The sheet filled in by somebody who grades by the answer."""
    with sheet.open(newline="") as file, path.open("w", newline="") as out:
        reader = csv.DictReader(file)
        writer = csv.DictWriter(out, reader.fieldnames or ())
        writer.writeheader()
        for row in reader:
            writer.writerow({**row, "grade": grades[row["answer"]]})
    return path


def test_a_sheet_tells_no_side_and_its_key_gives_the_points(tmp_path: Path) -> None:
    results.write(run(scenario("one", "Fern."), scenario("two", "Oak.")), tmp_path / "a.json")
    results.write(run(scenario("one", "Moss."), scenario("two", "=1+1")), tmp_path / "b.json")
    sides = [tmp_path / "a.json", tmp_path / "b.json"]
    key = grading.sheet(sides, tmp_path / "s.csv", seed=1)
    text = (tmp_path / "s.csv").read_text()
    assert "a.json" not in text and "b.json" not in text
    assert ",'=1+1," in text, "no formula"
    given = {"Fern.": "2", "Oak.": "1", "Moss.": "0", "'=1+1": "2"}
    one = _graded(tmp_path / "s.csv", tmp_path / "g1.csv", given)
    other = _graded(tmp_path / "s.csv", tmp_path / "g2.csv", {**given, "Oak.": "2"})
    first, second, agreed = grading.points(key, [one, other])
    assert first == f"{tmp_path}/a.json: 3.5 of 4 points (by grader: 3, 4)"
    assert second == f"{tmp_path}/b.json: 2 of 4 points (by grader: 2, 2)"
    assert "agree on 75% of 4 rows (Cohen's kappa 0.56)" in agreed


def test_agreement_is_worked_out() -> None:
    one = {str(n): grade for n, grade in enumerate([2, 2, 1, 0, 0, 1, 2, 0])}
    other = {str(n): grade for n, grade in enumerate([2, 1, 1, 0, 0, 0, 2, 0])}
    found = grading.agreement(one, other)
    # By chance: (3·2 + 2·2 + 3·4) / 64 = 22/64; (0.75 - 0.34375) / (1 - 0.34375).
    assert found.same == 0.75 and found.kappa == pytest.approx(0.40625 / 0.65625)
    assert grading.agreement(one, one).kappa == 1.0


@pytest.mark.parametrize("grade", ["", "3", "good"])
def test_a_grade_that_is_none_is_told(tmp_path: Path, grade: str) -> None:
    (tmp_path / "g.csv").write_text(f"row,grade\n1,{grade}\n")
    with pytest.raises(ScenarioError, match="row 1: the grade is"):
        grading.grades(tmp_path / "g.csv")


def test_the_answers_before_anything_was_tuned_are_kept() -> None:
    kept = results.read(DATA / "before.json")
    assert len(kept.scenarios) == 60 and all(one.steps[-1].answer for one in kept.scenarios)
