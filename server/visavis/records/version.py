"""Which code is running: the package's version and, in a checkout, the commit.

In a checkout git is asked. In an installed package, or a copy without ``.git``, the answer is
what was written beside the code when the wheel was built (``built.json``). Where git can't be run,
the commit is read from ``.git`` itself; whether anything was modified isn't known then, and counts
as not modified.

Ask once, when a process begins: a checkout may change under a running server, and what it runs
doesn't.
"""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from visavis import __version__

BUILT = Path(__file__).parents[1] / "built.json"
"""Written when a wheel or an sdist is built (``hatch_build.py``)."""
_TAG = re.compile(r"v?(\d+\.\d+\.\d+\S*)")
_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_LABEL = re.compile(r"([^+\s]{1,60}?)(?:\+([0-9a-f]{40,64}))?(\.modified)?")


@dataclass(frozen=True)
class SystemVersion:
    """``version`` is the semantic version: the commit's tag, or else the package's own.
    ``git_hash`` is None where no commit is known."""

    version: str
    git_hash: str | None = None
    modified: bool = False

    def __str__(self) -> str:
        """In one word, as semver writes what a build was made of: ``1.2.3+<hash>.modified``."""
        commit = f"+{self.git_hash}" if self.git_hash else ""
        return f"{self.version}{commit}{'.modified' if self.modified else ''}"


def parse(label: str) -> SystemVersion | None:
    """The version that `str` made this label of; None when none did."""
    found = _LABEL.fullmatch(label)
    return None if found is None else SystemVersion(found[1], found[2], found[3] is not None)


def system_version(checkout: Path | None = None, built: Path = BUILT) -> SystemVersion:
    """The code in ``checkout`` (None: this one). Blocks for some 20 ms."""
    folder = checkout or Path(__file__).parents[3]
    if (folder / ".git").exists() and (folder / "server" / "visavis").is_dir():
        return _of_checkout(folder)
    return _of_build(built)


def _of_checkout(folder: Path) -> SystemVersion:
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return SystemVersion(__version__, _read_head(folder / ".git"))
    return SystemVersion(_tag(folder) or __version__, commit, bool(changed))


def _tag(folder: Path) -> str | None:
    """The semantic version that this very commit is tagged with; a shallow clone may lack it."""
    try:
        tags = _git(folder, "tag", "--points-at", "HEAD", "--sort=-version:refname").splitlines()
    except (OSError, subprocess.SubprocessError):
        return None
    found = (_TAG.fullmatch(tag) for tag in tags)
    return next((match[1] for match in found if match), None)


def _of_build(built: Path) -> SystemVersion:
    try:
        told = json.loads(built.read_text())
        return SystemVersion(str(told["version"]), told.get("git_hash"), bool(told.get("modified")))
    except (OSError, ValueError, KeyError):
        return SystemVersion(__version__)


def _read_head(git: Path) -> str | None:
    """The commit as git's own files name it: a loose or a packed reference."""
    try:
        if git.is_file():  # a worktree's .git names its folder
            git = (git.parent / git.read_text().partition("gitdir:")[2].strip()).resolve()
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref:"):
            return _hash(head)
        name = head.removeprefix("ref:").strip()
        common = git / "commondir"
        home = (git / common.read_text().strip()).resolve() if common.is_file() else git
        loose = home / name
        if loose.is_file():
            return _hash(loose.read_text().strip())
        for line in (home / "packed-refs").read_text().splitlines():
            commit, _, reference = line.partition(" ")
            if reference == name:
                return _hash(commit)
    except OSError:
        pass
    return None


def _hash(text: str) -> str | None:
    return text if _HASH.fullmatch(text) else None


def _git(checkout: Path, *arguments: str) -> str:
    command = ["git", "-C", str(checkout), *arguments]
    # In a git hook these would name the hook's repository.
    environment = {name: v for name, v in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=5, env=environment
    )
    return done.stdout.strip()
