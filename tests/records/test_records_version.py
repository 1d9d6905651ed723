"""Which code ran: in a checkout, without git, in a copy, in a wheel."""

import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from known import known

from visavis import __version__
from visavis.records.version import SystemVersion, parse, system_version

ROOT = Path(__file__).parents[2]


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", str(folder), *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / "server" / "visavis").mkdir(parents=True)
    (folder / "server" / "visavis" / "code.py").write_text("1\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one")
    return folder


def head(folder: Path) -> str:
    told = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    )
    return told.stdout.strip()


def test_a_checkout_names_its_commit_and_whether_it_was_modified(checkout: Path) -> None:
    assert system_version(checkout) == SystemVersion(__version__, head(checkout))
    (checkout / "notes.txt").write_text("untracked files are no code of ours")
    assert not system_version(checkout).modified
    (checkout / "server" / "visavis" / "code.py").write_text("2\n")
    assert system_version(checkout) == SystemVersion(__version__, head(checkout), True)


def test_a_semantic_tag_on_the_commit_is_the_version(checkout: Path) -> None:
    git(checkout, "tag", "v9.9.9")
    git(checkout, "tag", "nightly")
    assert system_version(checkout).version == "9.9.9"
    git(checkout, "commit", "-q", "--allow-empty", "-m", "two")
    assert system_version(checkout).version == __version__


def test_a_shallow_clone_names_its_commit(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "commit", "-q", "--allow-empty", "-m", "two")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{checkout}", str(shallow))
    assert system_version(shallow) == SystemVersion(__version__, head(checkout))


def test_without_git_on_the_path_the_commit_is_read_from_its_files(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commit = head(checkout)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system_version(checkout) == SystemVersion(__version__, commit)
    (checkout / ".git" / "refs" / "heads" / "main").unlink()
    (checkout / ".git" / "packed-refs").write_text(f"# pack-refs\n{commit} refs/heads/main\n")
    assert system_version(checkout).git_hash == commit
    (checkout / ".git" / "packed-refs").unlink()
    assert system_version(checkout) == SystemVersion(__version__)


def test_a_copy_without_git_says_what_it_was_built_from(checkout: Path, tmp_path: Path) -> None:
    shutil.rmtree(checkout / ".git")
    nothing = tmp_path / "built.json"
    assert system_version(checkout, nothing) == SystemVersion(__version__)
    nothing.write_text('{"version": "3.2.1", "git_hash": "' + "a" * 40 + '", "modified": true}')
    assert system_version(checkout, nothing) == SystemVersion("3.2.1", "a" * 40, True)
    nothing.write_text("not json")
    assert system_version(checkout, nothing) == SystemVersion(__version__)


def test_a_version_in_one_word_is_read_back() -> None:
    for version in (
        SystemVersion("1.2.3"),
        SystemVersion("1.2.3", "b" * 40),
        SystemVersion("1.2.3rc1", "b" * 40, True),
        SystemVersion("1.2.3", None, True),
    ):
        assert parse(str(version)) == version
    for wrong in ("", "1.0+xyz", "1 0", "x" * 200):
        assert parse(wrong) is None


def test_a_wheel_carries_its_commit_and_the_profiles(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(unpacked)
    for needed in ("static/index.html", "migrations/env.py", "call/channel/events.schema.json"):
        assert (unpacked / "visavis" / needed).is_file()
    assert {path.name for path in unpacked.iterdir() if path.suffix != ".dist-info"} == {"visavis"}
    declared = Parser().parsestr((next(unpacked.glob("*.dist-info")) / "METADATA").read_text())
    required = known(declared.get_all("Requires-Dist"))
    needs = {re.split(r"[^\w-]", one)[0].lower() for one in required}
    assert needs >= {"aiortc", "asyncpg", "hibari-tts", "mediapipe", "onnxruntime", "xllamacpp"}
    assert declared.get_all("Provides-Extra") == ["pose"]
    asked = subprocess.run(
        [
            sys.executable,
            "-c",
            "from visavis.records.version import system_version as v; import visavis;"
            "from visavis.settings import Settings; s = Settings(deployment_type='audio_call');"
            "print(visavis.__file__, v(), s.lipsync.engine)",
        ],
        cwd=unpacked,
        check=True,
        capture_output=True,
        text=True,
    )
    where, version, engine = asked.stdout.split()
    assert where.startswith(str(unpacked)) and engine == "off"
    assert version == str(system_version(ROOT))
