"""The folder of weights on this machine: what is there, and whether it is what it should be.

Layout: `<folder>/<weight>/<file>`. A file appears under its own name only once its bytes have
been verified, so the size is enough to say that it is there; `verify` hashes it again.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from visavis.weights.manifest import MANIFEST, Weight, WeightFile

_CHUNK = 1 << 20


class UnknownWeight(KeyError):
    """No weight of that name is in the manifest."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        return f"No model is called {self.name!r}. Known models: {', '.join(self.known)}."


class MissingWeight(FileNotFoundError):
    """A weight is not on this machine; the message names the command that fetches it."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name)
        self.name = name
        self.folder = folder

    def __str__(self) -> str:
        return (
            f"The model {self.name} is not in {self.folder}. "
            f"Fetch it with: visavis models fetch {self.name}"
        )


@dataclass(frozen=True)
class Status:
    """What is here of one weight."""

    weight: Weight
    missing: tuple[str, ...]
    """Files that are absent or have the wrong size."""
    wrong: tuple[str, ...] = ()
    """Files whose sha256 isn't the manifest's; only `verify` finds these."""

    @property
    def ok(self) -> bool:
        """Whether the weight can be used, as far as was looked."""
        return not self.missing and not self.wrong


def sha256(path: Path) -> str:
    """The sha256 of a file, in hex. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class WeightStore:
    """The weights in one folder."""

    def __init__(self, folder: Path, manifest: tuple[Weight, ...] = MANIFEST) -> None:
        self.folder = folder.expanduser()
        self.manifest = manifest

    def weight(self, name: str) -> Weight:
        """The manifest's entry. Raises UnknownWeight."""
        for weight in self.manifest:
            if weight.name == name:
                return weight
        raise UnknownWeight(name, tuple(weight.name for weight in self.manifest))

    def defaults(self) -> list[str]:
        """Names of the weights that a server needs with the settings it comes with."""
        return [weight.name for weight in self.manifest if weight.default]

    def file(self, weight: Weight, file: WeightFile) -> Path:
        """Where a file is, or will be."""
        return self.folder / weight.name / file.name

    def path(self, name: str) -> Path:
        """The file of a weight of one file, the folder of a weight of several.

        Raises UnknownWeight, or MissingWeight when any of its files isn't here.
        """
        weight = self.weight(name)
        if not self._status(weight).ok:
            raise MissingWeight(name, self.folder)
        if len(weight.files) == 1:
            return self.file(weight, weight.files[0])
        return self.folder / weight.name

    def status(self) -> list[Status]:
        """What is here of every weight in the manifest, judged by size: quick."""
        return [self._status(weight) for weight in self.manifest]

    def verify(self, *names: str) -> list[Status]:
        """The same for these weights (none named: all that are here), with every file hashed.

        Takes about a second for each 400 MB.
        """
        chosen = [self.weight(name) for name in names] or [
            status.weight for status in self.status() if status.ok
        ]
        return [self._verified(weight) for weight in chosen]

    def present(self, weight: Weight, file: WeightFile) -> bool:
        """Whether a file is here with the right size."""
        path = self.file(weight, file)
        return path.is_file() and path.stat().st_size == file.size

    def _status(self, weight: Weight) -> Status:
        return Status(
            weight, tuple(file.name for file in weight.files if not self.present(weight, file))
        )

    def _verified(self, weight: Weight) -> Status:
        status = self._status(weight)
        wrong = tuple(
            file.name
            for file in weight.files
            if file.name not in status.missing and sha256(self.file(weight, file)) != file.sha256
        )
        return Status(weight, status.missing, wrong)
