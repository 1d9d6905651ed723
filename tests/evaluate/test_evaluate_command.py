"""The command line: what is wrong with it is a sentence, and its exit code tells what came."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from visavis.cli import app
from visavis.evaluate import results
from visavis.evaluate.results import RunResult, ScenarioResult, TurnResult


def evaluate(*options: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", *options])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["nowhere.yaml"], "packaged are: basics"),
        (["--tag", "nothing"], "no scenario has the tag"),
        (["--serve", "--no-call"], "give one"),
        (["--json", "/no/such/folder/a.json"], "does not exist"),
        (["basics", "--judge", "ftp://here"], "The judge can't be asked"),
        (["basics", "--judge", "http://here", "--judge-key", "none.txt"], "can't be asked"),
        (["--compare", "a.json"], "two files"),
        (["--compare", "none.json", "none.json"], "none.json"),
        (["--grade-sheet", "a.json"], "--sheet"),
        (["--grades", "a.csv"], "--key"),
        (["--cases", "none.tsv"], "none.tsv"),
    ],
)
def test_a_wrong_command_line_is_a_sentence(options: list[str], told: str) -> None:
    result = evaluate(*options)
    assert result.exit_code == 2 and told in result.stderr and "Traceback" not in result.output


def test_scenarios_are_listed() -> None:
    result = evaluate("sixty", "--list", "--tag", "child")
    assert result.exit_code == 0 and "Why is the sky blue?" in result.stdout


def test_cases_are_json_lines_and_the_code_says_that_one_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "some.tsv"
    path.write_text("id\tcontext\tsaid\tclass\tvalue\na\tquiet\tBye.\tgoodbye\t\n")
    result = evaluate("--cases", str(path))
    assert result.exit_code == 0 and json.loads(result.stdout)["taken_for"] == "goodbye"
    path.write_text(path.read_text().replace("goodbye", "stop"))
    assert evaluate("--cases", str(path)).exit_code == 1


def test_without_a_call_or_a_model_rules_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISAVIS_CHAT__ENGINE", "off")
    monkeypatch.setenv("VISAVIS_KNOWLEDGE__ENGINE", "off")
    mine, written = tmp_path / "mine.yaml", tmp_path / "a.json"
    mine.write_text(
        "scenarios:\n"
        "  - {name: right, turns: [{type: Who are you, expect: {has: [Iris]}}]}\n"
        "  - {name: wrong, turns: [{type: Who are you, expect: {has: [Otto]}}]}\n"
    )
    result = evaluate(str(mine), "--no-call", "--json", str(written), "--repeat", "2")
    assert result.exit_code == 1 and "2 passed, 2 failed" in result.stdout, result.output
    assert [one.repeat for one in results.read(written).scenarios] == [1, 2, 1, 2]


def test_a_scenario_that_passes_less_often_ends_a_comparison_with_1(tmp_path: Path) -> None:
    good = ScenarioResult("one", steps=[TurnResult("Is it?", "text", answer="Yes.")])
    bad = ScenarioResult("one", steps=good.steps, failures=["the call ended"])
    before, after = str(tmp_path / "a.json"), str(tmp_path / "b.json")
    results.write(RunResult("no call", scenarios=[good]), Path(before))
    results.write(RunResult("no call", scenarios=[bad]), Path(after))
    assert evaluate("--compare", before, after).exit_code == 1
    assert evaluate("--compare", after, before).exit_code == 0
