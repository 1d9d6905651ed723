"""The same contracts, over plug-ins that strangers wrote and pip has put beside the server."""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
THEIRS = ("parrot", "echo", "tone", "disc", "softer", "eager", "motto", "centroid")
"""The names that they declare, one of a kind each."""


def test_plug_ins_of_strangers_keep_the_contracts(strangers: Path) -> None:
    contracts = [str(path) for path in FOLDER.glob("test_contracts_*.py") if path != Path(__file__)]
    path = os.pathsep.join([str(strangers), os.environ.get("PYTHONPATH", "")])
    wanted = " or ".join(f"[{name}]" for name in THEIRS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", wanted, *contracts],
        cwd=FOLDER.parents[1],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert f"{len(THEIRS)} passed" in done.stdout, done.stdout
