"""Speech that was made ahead, on the disk: found by the hash of what it was made from.

An entry is ``<inputs hash>.flac`` and, written after it, ``<inputs hash>.json``, which makes it
one. Everything here blocks.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
from numpy.typing import NDArray

from visavis.engines.tts.speech import Phoneme, Speech, Word
from visavis.stored import StoredFile

FOLDER = "baked"
FORMAT = 1


def inputs_hash(*inputs: Any) -> str:
    """Hex SHA-256 of all that something is made from, as far as JSON can say it."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class CacheEntry:
    """What is known of something baked. ``owner``: the persona that it was made for."""

    hash: str
    kind: str
    owner: str
    subject: str
    outdated: bool = False
    file: StoredFile | None = None
    rows: dict[str, str] = field(default_factory=dict)
    """The ids of its rows by table."""
    speech: dict[str, Any] = field(default_factory=dict)
    """All of a `Speech` but its samples."""


class FileStore(Protocol):
    """The data folder: `records.files.Files`. URIs are relative to it."""

    def path(self, uri: str) -> Path:
        """Where the file is."""
        ...

    def write(self, uri: str, data: bytes) -> StoredFile:
        """Keep it, whole or not at all. Raises OSError."""
        ...

    def verify(self, file: StoredFile) -> bool:
        """Whether it is there as it was written."""
        ...


class Shelf:
    """The folder ``baked`` of the data folder."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def entry(self, made_from: str) -> CacheEntry | None:
        """The entry of that hash; None when there is none or it can't be read."""
        path = self._files.path(f"{FOLDER}/{made_from}.json")
        try:
            found = json.loads(path.read_text("utf-8"))
            if found.pop("format") != FORMAT:
                return None
            if found["file"] is not None:
                found["file"] = StoredFile(**found["file"])
            return CacheEntry(**found)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def entries(self) -> Iterator[CacheEntry]:
        """All of them."""
        for path in sorted(self._files.path(FOLDER).glob("*.json")):
            if entry := self.entry(path.stem):
                yield entry

    def put(self, entry: CacheEntry) -> None:
        """Write the entry, or write it anew. Raises OSError."""
        data = json.dumps({"format": FORMAT} | asdict(entry)).encode()
        self._files.write(f"{FOLDER}/{entry.hash}.json", data)

    def mark(self, entry: CacheEntry, outdated: bool) -> None:
        """Say whether it is outdated. Raises OSError."""
        self.put(replace(entry, outdated=outdated))

    def file(self, made_from: str, suffix: str, data: bytes) -> StoredFile:
        """Keep the file of an entry to be. Raises OSError."""
        return self._files.write(f"{FOLDER}/{made_from}.{suffix}", data)

    def speech(self, entry: CacheEntry) -> Speech | None:
        """The speech of an entry; None when its file is missing or has changed."""
        if entry.file is None or not self._files.verify(entry.file):
            return None
        said = entry.speech
        return Speech(
            samples=_samples(self._files.path(entry.file.uri).read_bytes()),
            rate=said["rate"],
            phonemes=tuple(Phoneme(*phoneme) for phoneme in said["phonemes"]),
            words=tuple(Word(*word) for word in said["words"]),
            text=said["text"],
            system=said["system"],
            parameters=said["parameters"] | {"baked": entry.hash},
            ms=0.0,
        )


def described(speech: Speech) -> dict[str, Any]:
    """All of a speech but its samples, for `CacheEntry.speech`."""
    return {
        "rate": speech.rate,
        "phonemes": [[p.symbol, p.start_ms, p.end_ms] for p in speech.phonemes],
        "words": [[word.text, word.start_ms, word.end_ms] for word in speech.words],
        "text": speech.text,
        "system": speech.system,
        "parameters": speech.parameters,
    }


def _samples(data: bytes) -> NDArray[np.float32]:
    """A FLAC file's samples, float32 (N,), not to be written to."""
    with av.open(io.BytesIO(data)) as container:
        blocks = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    pcm: NDArray[np.float32] = np.concatenate(blocks).astype(np.float32) / 32768.0
    pcm.flags.writeable = False
    return pcm
