"""The files of sessions: sound, pictures and features, written one after the other in a thread.

Their rows are there already, so that the rows made from them can name them, and get the file's
columns when it is whole.
"""

import asyncio
import errno
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

import structlog

from visavis.compute.tasks import Tasks
from visavis.records.files import Files, Folder, StoredFile
from visavis.records.tables import metadata
from visavis.records.writing.consent import CallerFile, Consent
from visavis.records.writing.faults import FaultsRows
from visavis.records.writing.rows import TableRows

MAX_WAITING = 64 << 20
"""Bytes of media waiting for the disk, about ten minutes of speech; more are not kept, and a
fault says so."""

_FOLDER: Mapping[str, Folder] = {"audio": "audio", "video": "video", "pose": "features"}

T = TypeVar("T")

log = structlog.get_logger(__name__)


class MediaFiles:
    """The files of all sessions of this process, as far as they may be kept."""

    def __init__(self, rows: TableRows, files: Files, consent: Consent, faults: FaultsRows) -> None:
        self._rows = rows
        self._files = files
        self._consent = consent
        self._faults = faults
        self._disk = ThreadPoolExecutor(1, "files")
        self._waiting = 0
        self._unkept = 0
        """Files that a full disk has not taken since it is full; its fault is told once."""
        self._writing = Tasks(faults.tell, "media")

    def sweep(self) -> None:
        """Remove, soon, what a killed run left half written."""
        self._disk.submit(self._files.sweep)

    def keep(
        self,
        session: UUID,
        table: str,
        row: UUID,
        suffix: str,
        make: Callable[[], bytes],
        *,
        size: int,
        callers: bool,
    ) -> None:
        """Write the file of ``row`` soon, if it may be kept: what ``make`` returns, in a thread.

        ``size`` is about how many bytes wait until then; ``callers``: it shows the caller.
        """
        user = self._consent.user(session)
        if user is None or (callers and not self._consent.allowed(session)):
            return
        if self._waiting + size > MAX_WAITING:
            told = f"the disk is too slow for a file of {table}"
            self._faults.tell("file_dropped", told, session=session)
            return

        def write() -> StoredFile:
            uri = self._files.session_uri(user, session, _FOLDER[table], row, suffix)
            return self._files.write(uri, make())

        self._waiting += size
        self._writing.start(self._write(session, table, row, write, size, callers))

    async def written(self, timeout: float | None = None) -> bool:
        """Wait until files put so far are on the disk; False when that takes over ``timeout`` s."""
        return await self._writing.ended(timeout)

    async def delete(self, uri: str) -> bool:
        """Remove a file; False when there was none. Raises OSError."""
        return await self._in_thread(self._files.delete, uri)

    def close(self) -> None:
        """What is not written by now is not kept."""
        self._writing.give_up()
        self._disk.shutdown(wait=False, cancel_futures=True)

    async def _write(
        self,
        session: UUID,
        table: str,
        row: UUID,
        write: Callable[[], StoredFile],
        size: int,
        callers: bool,
    ) -> None:
        try:
            file = await self._in_thread(write)
        except Exception as error:
            self._not_written(session, table, error)
            return
        finally:
            self._waiting -= size
        if self._unkept:
            log.warning("disk_has_room", files_not_kept=self._unkept)
            self._unkept = 0
        if callers:
            self._consent.kept(session, CallerFile(table, row, file.uri))
        self._rows.put(table, id=row, **file_columns(table, file))

    def _not_written(self, session: UUID, table: str, error: Exception) -> None:
        if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT):
            told = f"a file of {table}: {error}"
            self._faults.tell("file_not_written", told, session=session)
            return
        if not self._unkept:
            told = f"media are not kept until there is room: {error.strerror}"
            self._faults.tell("disk_full", told, session=session)
        self._unkept += 1

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *arguments)


def file_columns(table: str, file: StoredFile | None) -> dict[str, Any]:
    """The columns of a row of ``table`` that name its file, or with None say that there is none."""
    known = metadata.tables[table].columns
    if "features_uri" in known:
        return {
            "features_uri": file and file.uri,
            "features_hash": file and f"sha256:{file.sha256}",
            "features_size": file and file.size,
        }
    columns = {
        "uri": file and file.uri,
        "sha256": file and file.sha256,
        "size": file and file.size,
    }
    return columns | ({"format": file and file.format} if "format" in known else {})
