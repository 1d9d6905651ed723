"""The wheel, installed by pip alone into an empty environment, holds a call with Iris.

Without extras, and with `[pose]`. Takes minutes and a gigabyte each: `make soak` runs it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sounds
from nodes import Node, serving

ROOT = Path(__file__).parents[2]
FACE = ROOT / "server/visavis/personas/iris/portrait/neutral.webp"
"""Iris herself is someone whom Holistic finds."""
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
CALL_S = 180.0
ANSWER_S = 90.0
"""How soon it answers is measured elsewhere; here the first question finds engines just begun."""

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.soak,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(2_400),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [*PIP, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True)
    (built,) = folder.glob("*.whl")
    return built


class Installed:
    """An environment that holds the wheel and what pip brought for it, and nothing else."""

    def __init__(self, folder: Path, requirement: str) -> None:
        began = time.monotonic()
        self.python = str(folder / "bin/python")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        self.pip("install", "--quiet", requirement)
        self.pip("check")
        sys.stdout.write(f"\n{requirement.split('@')[0]}: {time.monotonic() - began:.0f} s\n")

    def pip(self, *arguments: str) -> None:
        """The interpreter's pip, at work in here: Debian's `venv` brings none."""
        subprocess.run([*PIP, "--python", self.python, *arguments], check=True, env=_outside())

    def run(self, *arguments: str, folder: Path) -> str:
        """What ``python ARGUMENTS`` prints, in a folder of its own."""
        done = subprocess.run(
            [self.python, *arguments],
            cwd=folder,
            env=_outside() | {"COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=CALL_S,
        )
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout

    def call(self, node: Node, folder: Path, *more: str) -> dict[str, Any]:
        """One question aloud, by the client in the wheel; its report."""
        asked = folder / "question.wav"
        with wave.open(str(asked), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(sounds.RATE)
            file.writeframes(sounds.speech("Hello, who are you?").tobytes())
        command = ["-m", "visavis", "call", node.url, "--say", str(asked), "--no-mouth", "--json"]
        command += ["--wait", str(ANSWER_S)]
        report: dict[str, Any] = json.loads(self.run(*command, *more, folder=folder))
        return report


def _outside() -> dict[str, str]:
    """An environment that says nothing of this checkout."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith("VISAVIS_")
    }


@contextmanager
def _empty_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="visavis-installed-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs under another user than root
        yield Path(folder)


def _held(report: dict[str, Any]) -> None:
    assert report["problem"] is None and report["persona"] == "Iris", report
    for turn in report["turns"]:
        assert "who are you" in turn["caller_text"].lower() and turn["persona_text"], turn
    assert report["audio"]["packets"] > 100 and report["video"]["frames"] > 20, report


async def test_alone_it_holds_a_call_without_poses(wheel: Path, tmp_path: Path) -> None:
    here = Installed(tmp_path / "env", str(wheel))
    with _empty_folder() as folder:
        where = here.run("-c", "import visavis; print(visavis.__file__)", folder=folder)
        assert where.startswith(str(tmp_path))
        told = here.run("-m", "visavis", "doctor", folder=folder)
        assert "engine pose: off, since holistic needs mediapipe" in told
        assert "pip install 'visavis[pose]'" in here.run(
            "-m", "visavis", "engines", "list", folder=folder
        )
        with serving(folder, python=here.python, VISAVIS_MAX_CALLS="1") as node:
            _held(here.call(node, folder))
            assert await node.settled("select 1 from session where finished is not null")
            assert await node.rows("select 1 from alembic_version")
            assert not await node.rows("select 1 from faults where type like 'worker%'")


async def test_with_its_extra_it_sees_poses(wheel: Path, tmp_path: Path) -> None:
    here = Installed(tmp_path / "env", f"visavis[pose] @ {wheel.as_uri()}")
    with _empty_folder() as folder:
        told = here.run("-m", "visavis", "doctor", folder=folder)
        assert "engine pose: holistic, of visavis" in told
        with serving(folder, python=here.python, VISAVIS_MAX_CALLS="1") as node:
            shown = ("--video", str(FACE), "--consent")
            # Whoever looks at callers begins with the consent and needs a while: three turns.
            _held(here.call(node, folder, *shown, "--turns", "3"))
            (seen, *_) = await node.settled("select * from pose where features_uri is not null")
            assert seen["frames"] > 0
            assert (node.data / seen["features_uri"]).is_file()
