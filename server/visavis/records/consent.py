"""Which of a session's files and words are kept: the caller's consent, held in one place.

Files are written in a thread of their own, one after the other; their rows are there already and
get the file's columns when it is whole. Forgetting waits for what is being written, so that it
misses nothing.
"""

import asyncio
import errno
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from uuid import UUID

import structlog

from visavis.records.files import Files, Folder, StoredFile
from visavis.records.journal import Journal
from visavis.records.repository import AWAY, Kept, Repository, Words

MAX_WAITING = 64 << 20
"""Bytes of media waiting for the disk, about ten minutes of speech; more are not kept, and a
fault says so."""

T = TypeVar("T")

log = structlog.get_logger(__name__)

MAX_CLOSED = 256
"""Sessions remembered after their end, for what is still being made of them: a reply's clip."""

_FOLDER: Mapping[str, Folder] = {"audio": "audio", "video": "video", "pose": "features"}


class Fault(Protocol):
    """How a failure is told: :meth:`visavis.records.recorder.Recorder.fault`."""

    def __call__(self, kind: str, description: str, *, session: UUID | None = None) -> object: ...


@dataclass(frozen=True)
class Went:
    """What was forgotten of a session."""

    files: int
    rows: int
    """That have lost words, or what the camera told."""


@dataclass
class _Session:
    user: str
    consent: bool = False
    files: list[Kept] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    blanked: set[UUID] = field(default_factory=set)
    """Rows whose later words come too late."""


class Keeper:
    """The files and words of all sessions of this process."""

    def __init__(
        self,
        journal: Journal,
        files: Files,
        repository: Repository,
        *,
        keep_transcripts: bool,
        fault: Fault,
    ) -> None:
        self._journal = journal
        self._files = files
        self.repository = repository
        self._keep_transcripts = keep_transcripts
        self._fault = fault
        self._sessions: dict[UUID, _Session] = {}
        self._closed: deque[UUID] = deque()
        self._disk = ThreadPoolExecutor(1, "files")
        self._waiting = 0
        self._unkept = 0
        """Files that a full disk has not taken since it is full; its fault is told once."""
        self._writing: set[asyncio.Task[None]] = set()
        self._forgetting: set[asyncio.Task[Went | None]] = set()

    def sweep(self) -> None:
        """Remove, soon, what a killed run left half written."""
        self._disk.submit(self._files.sweep)

    def opened(self, session: UUID, user: str) -> None:
        """A session of ``user`` has begun, without consent."""
        self._sessions[session] = _Session(user)

    def closed(self, session: UUID) -> None:
        """The session is over; what comes late is still kept, for a while."""
        if session in self._sessions:
            self._closed.append(session)
        while len(self._closed) > MAX_CLOSED:
            self._sessions.pop(self._closed.popleft(), None)

    def allow(self, session: UUID, given: bool) -> None:
        """The caller's consent from now on."""
        if state := self._sessions.get(session):
            state.consent = given

    def allowed(self, session: UUID) -> bool:
        """Whether camera and microphone of the caller may be kept."""
        state = self._sessions.get(session)
        return state is not None and state.consent

    def words_allowed(self, session: UUID) -> bool:
        """Whether what was said may be kept."""
        return self._keep_transcripts or self.allowed(session)

    def said(self, session: UUID, table: str, row: UUID) -> None:
        """The row holds words, to be blanked if consent is withdrawn."""
        if (state := self._sessions.get(session)) and not self._keep_transcripts and state.consent:
            state.words.append(Words(table, row))

    def shown(self, session: UUID, table: str, row: UUID) -> None:
        """The row holds what the camera told, to be blanked if consent is withdrawn."""
        if (state := self._sessions.get(session)) and state.consent:
            state.words.append(Words(table, row, shown=True))

    def blanked(self, session: UUID, row: UUID) -> bool:
        """Whether the row has lost what it held, consent having been withdrawn since."""
        state = self._sessions.get(session)
        return state is not None and row in state.blanked

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
        state = self._sessions.get(session)
        if state is None or (callers and not state.consent):
            return
        if self._waiting + size > MAX_WAITING:
            self._fault(
                "file_dropped", f"the disk is too slow for a file of {table}", session=session
            )
            return
        self._waiting += size
        writing = self._write(session, state, table, row, suffix, make, size, callers)
        task = asyncio.create_task(writing)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    def start_forgetting(self, session: UUID) -> asyncio.Task[Went | None]:
        """:meth:`forget` as a task that no end of a call cancels."""
        task = asyncio.create_task(self.forget(session))
        self._forgetting.add(task)
        task.add_done_callback(self._forgetting.discard)
        return task

    async def forget(self, session: UUID) -> Went | None:
        """Delete the session's files of the caller and blank the rows that name them.

        None, and a fault, when the database couldn't be asked for an earlier call's files.
        """
        state = self._sessions.get(session)
        if self._writing:
            await asyncio.wait(set(self._writing))
        if state is not None:
            files, words = state.files, state.words
            state.files, state.words = [], []
            state.blanked.update(said.row for said in words)
        else:
            try:
                await self._journal.drained(5.0)
                files = await self.repository.caller_files(session)
                words = await self.repository.framings(session)
                words += await self.repository.sights(session)
                if not self._keep_transcripts:
                    words += await self.repository.words(session)
            except AWAY as error:
                self._fault(
                    "not_forgotten", f"the database can't be asked: {error}", session=session
                )
                return None
        deleted = 0
        for file in files:
            deleted += await self._in_thread(self._files.delete, file.uri)
            self._journal.put(file.table, {"id": file.row, **file_columns(file.table, None)})
        for said in words:
            self._journal.put(said.table, {said.key: said.row, **said.blank})
        return Went(deleted, len({(said.table, said.row) for said in words}))

    async def flushed(self, timeout: float) -> bool:
        """Wait until files are written or deleted; False when that takes over ``timeout`` s."""
        tasks = {*self._writing, *self._forgetting}
        if not tasks:
            return True
        _, late = await asyncio.wait(tasks, timeout=timeout)
        return not late

    async def close(self, timeout: float) -> None:
        """Finish writing, for ``timeout`` s at most; what is left by then is not kept."""
        await self.flushed(timeout)
        for task in (*self._writing, *self._forgetting):
            task.cancel()
        self._disk.shutdown(wait=False, cancel_futures=True)

    async def _write(
        self,
        session: UUID,
        state: _Session,
        table: str,
        row: UUID,
        suffix: str,
        make: Callable[[], bytes],
        size: int,
        callers: bool,
    ) -> None:
        def write() -> StoredFile:
            uri = self._files.session_uri(state.user, session, _FOLDER[table], row, suffix)
            return self._files.write(uri, make())

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
            state.files.append(Kept(table, row, file.uri))
        self._journal.put(table, {"id": row, **file_columns(table, file)})

    def _not_written(self, session: UUID, table: str, error: Exception) -> None:
        if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT):
            self._fault("file_not_written", f"a file of {table}: {error}", session=session)
            return
        if not self._unkept:
            told = f"media are not kept until there is room: {error.strerror}"
            self._fault("disk_full", told, session=session)
        self._unkept += 1

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *arguments)


def file_columns(table: str, file: StoredFile | None) -> dict[str, Any]:
    """The columns of a row of ``table`` that name its file, or with None say that there is none."""
    if table == "pose":
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
    return columns | ({"format": file and file.format} if table == "audio" else {})
