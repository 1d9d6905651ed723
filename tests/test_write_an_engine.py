"""What `docs/write-an-engine.md` says is done, as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "write-an-engine.md"
BLOCK = re.compile(r"(?:`([\w.]+)`[^`]*)?\n```(\w+)\n(.*?)```", re.DOTALL)


def test_the_engine_of_the_document_is_installed_and_in_force(tmp_path: Path) -> None:
    blocks = [match.groups() for match in BLOCK.finditer(DOCUMENT.read_text())]
    kinds = ["toml", "python", "sh", "toml", "sh", "python", "toml", "sh"]
    assert [kind for _, kind, _ in blocks] == kinds
    installed, told = tmp_path / "installed", ""
    environment = os.environ | {"PYTHONPATH": str(installed), "COLUMNS": "100"}
    for name, kind, text in blocks:
        if kind != "sh":
            assert name is not None
            (tmp_path / name).write_text(text)
            continue
        words = text.split()
        own = dict(word.split("=", 1) for word in words if re.match(r"[A-Z]+=", word))
        program, *rest = words[len(own) :]
        command = [sys.executable, "-m", program, *rest]
        if program == "pip":  # beside the server, and not in the environment of these tests
            command += ["--target", str(installed), "--quiet", "--disable-pip-version-check"]
            command += ["--no-build-isolation"]  # hatchling is here, and need not be fetched
        if path := own.pop("PYTHONPATH", ""):
            own["PYTHONPATH"] = os.pathsep.join([path, str(installed)])
        done = subprocess.run(
            command, cwd=tmp_path, env=environment | own, capture_output=True, text=True
        )
        # The doctor may find something amiss with this machine.
        assert done.returncode == 0 or rest == ["doctor"], done.stderr
        told += done.stdout
    (line,) = (line for line in told.splitlines() if "tone" in line)
    assert "visavis-tone 1.0" in line and "yes" in line
    assert "softer:Softer, of the settings" in " ".join(told.split())


def test_the_engines_of_strangers_are_short_and_unknown_to_the_server() -> None:
    ours = "".join(path.read_text() for path in (ROOT / "server" / "visavis").rglob("*.py"))
    plugins = sorted(path.parent for path in (ROOT / "tests" / "plugins").glob("*/pyproject.toml"))
    assert len(plugins) >= 5
    for plugin in plugins:
        (module,) = plugin.glob("*.py")
        assert len(module.read_text().splitlines()) <= 60
        assert module.stem not in ours and f'"{plugin.name}"' not in ours
