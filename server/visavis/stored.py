"""A file in the data folder, as its row names it: what passes between those who make files and
`records`, which keeps them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StoredFile:
    """A file that is on the disk, as its row names it."""

    uri: str
    """Relative to the data folder, with forward slashes."""
    sha256: str
    size: int
    format: str
