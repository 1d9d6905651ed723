"""`visavis evaluate` calls a running server with the basic scenarios, and tells what came of it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from nodes import Node

pytestmark = pytest.mark.e2e


def evaluate(*options: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "visavis", "evaluate", *options],
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_basic_scenarios_pass(node: Node, tmp_path: Path) -> None:
    one, suite = tmp_path / "one.json", tmp_path / "suite.xml"
    told = evaluate("basics", "--url", node.url, "--json", str(one), "--junit", str(suite))
    assert told.returncode == 0, told.stdout + told.stderr
    found = json.loads(one.read_text())
    assert found["persona"] == "Iris" and {s["outcome"] for s in found["scenarios"]} == {"passed"}
    assert ElementTree.parse(suite).getroot()[0].get("failures") == "0"
    same = evaluate("--compare", str(one), str(one))
    assert same.returncode == 0 and "6 in both" in same.stdout


def test_a_scenario_that_fails_is_told(node: Node, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "scenarios:\n"
        "  - name: wrong\n"
        "    turns: [{type: 'What is your name?', expect: {has: [Otto]}}]\n"
    )
    told = evaluate(str(mine), "--url", node.url, "--typed")
    assert told.returncode == 1 and "the answer lacks Otto" in told.stdout
