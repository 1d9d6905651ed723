"""Every packaged scenario, through servers of their own: how many pass is told, and all are run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from visavis.evaluate import reading

pytestmark = [pytest.mark.e2e, pytest.mark.soak]

LONGEST_S = 5_400
ALWAYS = "basics"
"""The file whose scenarios pass on every server."""


@pytest.mark.timeout(LONGEST_S + 60)
def test_all_scenarios_run(tmp_path: Path) -> None:
    written = tmp_path / "all.json"
    options = ("--serve", "--at-once", "3", "--json", str(written))
    told = subprocess.run(
        [sys.executable, "-m", "visavis", "evaluate", *options],
        env={**os.environ, "COLUMNS": "160"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    sys.stdout.write(told.stdout)
    found = json.loads(written.read_text())["scenarios"]
    assert len(found) == len(reading.chosen([]))
    assert not [one["name"] for one in found if one["skipped"]]
    basic = [one for one in found if ALWAYS in one["tags"]]
    assert [one["name"] for one in basic if one["outcome"] != "passed"] == []
