"""Every fragment in `changelog.d` will be in the changelog."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
KINDS = ("added", "changed", "fixed", "removed")


def test_each_fragment_is_told_once_under_its_kind() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.startswith("## 9.9.9 (")
    kinds = {part.partition("\n")[0]: part for part in told.split("### ")[1:]}
    fragments = [path for path in (ROOT / "changelog.d").iterdir() if path.suffix != ".jinja"]
    for path in fragments:
        _, kind, suffix = path.name.split(".")
        assert kind in KINDS and suffix == "md", f"{path.name}: call it NAME.{'|'.join(KINDS)}.md"
        first = path.read_text().splitlines()[0]
        assert kinds[kind.capitalize()].count(f"- {first}\n") == 1, path.name
