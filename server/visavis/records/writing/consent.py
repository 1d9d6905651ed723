"""What of each session may be kept: what its caller has agreed to, held in one place.

Without consent nothing of their camera or microphone is kept, and, where ``keep_transcripts`` is
off, no words either.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from visavis.records.writing.rows import Json

MAX_CLOSED = 256
"""Sessions remembered after their end, for what is still being made of them: a reply's clip."""


class CallerFile(NamedTuple):
    """A file that shows the caller, and the row that names it."""

    table: str
    row: UUID
    uri: str


class PersonalRow(NamedTuple):
    """A row that holds what was said, or what the camera told of the caller."""

    table: str
    row: UUID
    shown: bool = False
    """Only what the camera told goes: of a reply, what the model was told, for that says what was
    seen."""


@dataclass
class _Session:
    user: str
    given: bool = False
    files: list[CallerFile] = field(default_factory=list)
    rows: dict[PersonalRow, None] = field(default_factory=dict)
    """In order, each once."""
    blanked: set[UUID] = field(default_factory=set)
    """Rows whose later words come too late."""


class Consent:
    """Who in this process's sessions has agreed to be kept, and what must go if they withdraw."""

    def __init__(self, *, keep_transcripts: bool) -> None:
        self.keep_transcripts = keep_transcripts
        self._sessions: dict[UUID, _Session] = {}
        self._closed: deque[UUID] = deque()

    def session_started(self, session: UUID, user: str) -> None:
        """A session of ``user`` has begun, without consent."""
        self._sessions[session] = _Session(user)

    def session_finished(self, session: UUID) -> None:
        """The session is over; what comes late is still kept, for a while."""
        if session in self._sessions:
            self._closed.append(session)
        while len(self._closed) > MAX_CLOSED:
            self._sessions.pop(self._closed.popleft(), None)

    def allow(self, session: UUID, given: bool) -> None:
        """The caller's consent from now on."""
        if state := self._sessions.get(session):
            state.given = given

    def allowed(self, session: UUID) -> bool:
        """Whether camera and microphone of the caller may be kept."""
        state = self._sessions.get(session)
        return state is not None and state.given

    def words_allowed(self, session: UUID) -> bool:
        """Whether what was said may be kept."""
        return self.keep_transcripts or self.allowed(session)

    def words(self, session: UUID, words: Json) -> Json:
        """As much of these columns as may be kept: all or none."""
        return words if self.words_allowed(session) else {}

    def user(self, session: UUID) -> str | None:
        """Whose session it is; None when it is long over."""
        state = self._sessions.get(session)
        return state.user if state else None

    def said(self, session: UUID, table: str, row: UUID) -> None:
        """The row holds words, to be blanked if consent is withdrawn."""
        if not self.keep_transcripts:
            self._note(session, PersonalRow(table, row))

    def shown(self, session: UUID, table: str, row: UUID) -> None:
        """The row holds what the camera told, to be blanked if consent is withdrawn."""
        self._note(session, PersonalRow(table, row, shown=True))

    def kept(self, session: UUID, file: CallerFile) -> None:
        """The file is on the disk, to be deleted if consent is withdrawn."""
        if state := self._sessions.get(session):
            state.files.append(file)

    def blanked(self, session: UUID, row: UUID) -> bool:
        """Whether the row has lost what it held, consent having been withdrawn since."""
        state = self._sessions.get(session)
        return state is not None and row in state.blanked

    def withdraw(self, session: UUID) -> tuple[list[CallerFile], list[PersonalRow]] | None:
        """All that was kept by consent and is to go, once; None when the session isn't known."""
        state = self._sessions.get(session)
        if state is None:
            return None
        files, rows = state.files, list(state.rows)
        state.files, state.rows = [], {}
        state.blanked.update(one.row for one in rows)
        return files, rows

    def _note(self, session: UUID, row: PersonalRow) -> None:
        if (state := self._sessions.get(session)) and state.given:
            state.rows[row] = None
