"""Media and features on disk: whole or not there, named by record, hashed.

A file appears under its name only when all of it is on the disk: it is written under a temporary
name, fsynced, hashed and renamed, and only then do rows name it. The last of the disk is left to
the journal: rows matter more than media. Everything here blocks; the recorder calls it from a
thread.
"""

import contextlib
import errno
import fcntl
import hashlib
import io
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from uuid import UUID

import av
import numpy as np
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from visavis.stored import StoredFile as StoredFile  # for whoever has it from here

Folder = Literal["features", "audio", "video"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
RESERVE = 32 << 20
"""Bytes of the disk that media leave free. Once they have met that, twice as much must be free
before they are kept again, so that it doesn't change with every file."""

_FLAC_BLOCK = 4096
"""Samples handed to the encoder at once: libFLAC's own default block."""


class Files:
    """The data folder ``root``; made when the first file is written."""

    def __init__(self, root: Path, *, reserve: int = RESERVE) -> None:
        self.root = root.absolute()
        self._reserve = reserve
        self._full = False
        self._unfinished = self.root / "unfinished"

    def session_uri(
        self, user_id: str, session_id: UUID, folder: Folder, record_id: UUID, suffix: str
    ) -> str:
        """``users/<user_id>/sessions/<session_id>/<folder>/<record_id>.<suffix>``.

        Raises ValueError when a part is not fit to name a folder.
        """
        for name in (user_id, suffix):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} can't name a folder or a file: use A-Z a-z 0-9 _ -")
        return f"users/{user_id}/sessions/{session_id}/{folder}/{record_id}.{suffix}"

    def path(self, uri: str) -> Path:
        """Where the file of ``uri`` is. Raises ValueError when that is outside the data folder."""
        path = (self.root / uri).resolve()
        if not path.is_relative_to(self.root.resolve()) or path == self.root.resolve():
            raise ValueError(f"{uri!r} leads out of the data folder")
        return path

    def write(self, uri: str, data: bytes) -> StoredFile:
        """Write ``data``, taking the place of what was there. Raises OSError (disk full, …)."""
        path = self.path(uri)
        for folder in (self._unfinished, path.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self._leave_room(len(data))
        unfinished = self._unfinished / f"{uuid7()}"
        with self._held(fcntl.LOCK_SH):
            try:
                # A caller's voice and body are for the server's own eyes.
                with os.fdopen(
                    os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
                ) as out:
                    out.write(data)
                    out.flush()
                    os.fsync(out.fileno())
                digest = hashlib.sha256(data).hexdigest()
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)
        sync_folder(path.parent)
        return StoredFile(uri, digest, len(data), path.suffix[1:])

    def _leave_room(self, size: int) -> None:
        free = shutil.disk_usage(self.root).free
        wanted = self._reserve * (2 if self._full else 1) + size
        self._full = free < wanted
        if self._full:
            raise OSError(errno.ENOSPC, f"{free >> 20} MB are free, too few for media")

    def delete(self, uri: str) -> bool:
        """Remove the file; False when there was none."""
        try:
            self.path(uri).unlink()
        except FileNotFoundError:
            return False
        return True

    def verify(self, file: StoredFile) -> bool:
        """Whether the file is there with these bytes."""
        with contextlib.suppress(FileNotFoundError):
            return hashlib.sha256(self.path(file.uri).read_bytes()).hexdigest() == file.sha256
        return False

    def sweep(self) -> int:
        """Remove what a killed run left unfinished; how many that were.

        While anybody is writing, here or in another process, none goes: the next start sweeps.
        """
        swept = 0
        nothing_to_do = contextlib.suppress(FileNotFoundError, BlockingIOError)
        with nothing_to_do, self._held(fcntl.LOCK_EX | fcntl.LOCK_NB):
            for path in self._unfinished.glob("*"):
                path.unlink(missing_ok=True)
                swept += 1
        return swept

    @contextlib.contextmanager
    def _held(self, how: int) -> Iterator[None]:
        """Hold the folder of unfinished files: writers together, the sweeper alone.

        The lock goes with the process, however it ends.
        """
        folder = os.open(self._unfinished, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, how)
            yield
        finally:
            os.close(folder)


def flac(pcm: NDArray[np.int16] | NDArray[np.float32], rate: int) -> bytes:
    """Mono samples (N,), int16 or float32 in -1..1, as a FLAC file. NaN becomes silence.

    Lossless for int16, and about half the size of a WAV.
    """
    if pcm.dtype != np.int16:
        loudest = np.clip(np.nan_to_num(np.asarray(pcm, np.float32)), -1.0, 1.0)
        pcm = np.minimum(np.rint(loudest * 32768.0), 32767).astype(np.int16)
    out = io.BytesIO()
    with av.open(out, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=rate, layout="mono")
        for start in range(0, len(pcm), _FLAC_BLOCK):
            block = np.ascontiguousarray(pcm[None, start : start + _FLAC_BLOCK])
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def unflac(data: bytes, rate: int) -> NDArray[np.int16]:
    """The samples (N,) of a mono sound file at `rate` Hz. Raises what PyAV raises."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    with av.open(io.BytesIO(data)) as container:
        frames = [*container.decode(audio=0), None]
        pieces = [piece.to_ndarray()[0] for one in frames for piece in resampler.resample(one)]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
