"""Which code is running: the package's version and, in a checkout, the commit."""

import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path


@dataclass(frozen=True)
class SystemVersion:
    """``git_hash`` is None for an installed package, or where git can't be run."""

    version: str
    git_hash: str | None = None
    modified: bool = False


def system_version(checkout: Path = Path(__file__).parents[2]) -> SystemVersion:
    """Ask the package's metadata and git. Blocks for some 20 ms."""
    try:
        version = metadata.version("visavis")
    except metadata.PackageNotFoundError:
        version = "0.0.0"
    if not (checkout / ".git").exists():
        return SystemVersion(version)
    try:
        commit = _git(checkout, "rev-parse", "HEAD")
        changed = _git(checkout, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return SystemVersion(version)
    return SystemVersion(version, commit, bool(changed))


def _git(checkout: Path, *arguments: str) -> str:
    command = ["git", "-C", str(checkout), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5)
    return done.stdout.strip()
