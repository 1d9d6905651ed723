"""What `docs/write-a-persona.md` says is done, as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from visavis.commands.common import settings
from visavis.personas import load

DOCUMENT = Path(__file__).parents[1] / "docs" / "write-a-persona.md"


def test_the_persona_of_the_document_is_made_checked_and_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, told = tmp_path / "installed", {}
    environment = os.environ | {"PYTHONPATH": str(installed), "COLUMNS": "200"}
    for name, kind, text in blocks():
        if kind != "sh":
            (tmp_path / name).write_text(text)
        elif "serve" not in text:
            program, *rest = text.split()
            command = [sys.executable, "-m", program, *rest]
            if program == "pip":  # beside the server, and not in the environment of these tests
                command += ["--target", str(installed), "--quiet", "--disable-pip-version-check"]
                command += ["--no-build-isolation"]  # hatchling is here, and need not be fetched
            done = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
            )
            told[text.strip()] = done.stdout
    assert told["visavis persona check ./otto"] == "Nothing is wrong with ./otto.\n"
    assert told["visavis persona check otto"] == "Nothing is wrong with otto.\n"
    (line,) = (one for one in told["visavis persona list"].splitlines() if "Otto" in one)
    assert "yes" in line and str(tmp_path / "otto") in line
    own = load(str(tmp_path / "otto"))
    assert own.greeting == "Ahoy, I'm Otto. Come in out of the rain."
    assert [rule.name for rule in own.rules[:2]] == ["height", "joke"]
    assert own.attract_lines == () and own.invite_lines and "Grey Point" in own.lore
    monkeypatch.syspath_prepend(str(installed))
    chosen = settings(deployment_type="lighthouse")
    assert chosen.persona == "otto" and chosen.visits.presence
    theirs = load(chosen.persona)
    assert theirs.key == "otto@visavis-otto" and theirs.rules == own.rules


def blocks() -> list[tuple[str, str, str]]:
    """Each block: the file that is named last before it, its language, and its text."""
    found, name = [], ""
    for part in re.split(r"(?m)^```", DOCUMENT.read_text()):
        if (block := re.match(r"(sh|toml|markdown)\n(.*)", part, re.DOTALL)) is not None:
            found.append((name, block[1], block[2]))
        elif named := re.findall(r"`([\w/]+\.(?:toml|md))`", part):
            name = named[-1]
    return found
