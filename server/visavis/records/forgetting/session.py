"""Consent taken back: what a call has kept of its caller goes, files and what rows held of them."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from visavis.compute.tasks import Tasks
from visavis.records.forgetting.blanks import SAID, SHOWN
from visavis.records.journal.journal import Journal
from visavis.records.postgres.connection import AWAY, ask
from visavis.records.tables import key_of
from visavis.records.writing.consent import CallerFile, Consent, PersonalRow
from visavis.records.writing.faults import FaultsRows
from visavis.records.writing.media import MediaFiles, file_columns

DRAIN_S = 5.0
"""So long the rows of an earlier call are waited for; then it is asked what there is."""

_CALLER_FILES = """
select 'audio' as "table", id as "row", uri from audio
    where session_id = $1 and kind = 'input' and uri is not null
union all select 'video', id, uri from video
    where session_id = $1 and kind = 'input' and uri is not null
union all select 'pose', id, features_uri from pose
    where session_id = $1 and features_uri is not null
"""

_SAID = """
select 'stt' as "table", id as "row" from stt where session_id = $1 and text is not null
union all select 'chat', id from chat where session_id = $1
    and (num_nonnulls(system_prompt, user_prompt, text, heard) > 0
         or prompt_values <> '{}' or retrieved <> '[]')
union all select 'tts', id from tts where session_id = $1 and (text is not null or words <> '[]')
union all select 'session_events', event_id from session_events
    where session_id = $1 and payload ? 'words'
"""

_SHOWN = """
select 'vision' as "table", id as "row" from vision
    where session_id = $1 and (description is not null or details <> '{}')
union all select 'pose', id from pose where session_id = $1 and interpretation <> '{}'
union all select 'chat', id from chat
    where session_id = $1 and (system_prompt is not null or prompt_values <> '{}')
union all select 'calibration_settings', id from calibration_settings
    where session_id = $1 and framing <> '{}'
"""
"""What the camera told."""


@dataclass(frozen=True)
class ForgottenMedia:
    """What went of a session."""

    files: int
    rows: int
    """That have lost words, or what the camera told."""


class SessionForgetting:
    """Of the sessions of this process, and of earlier ones in the database at ``url``."""

    def __init__(
        self, journal: Journal, url: str, consent: Consent, media: MediaFiles, faults: FaultsRows
    ) -> None:
        self._journal = journal
        self._url = url
        self._consent = consent
        self._media = media
        self._faults = faults
        self._tasks = Tasks(faults.tell, "forgetting")

    def start(self, session: UUID) -> Coroutine[Any, Any, ForgottenMedia | None]:
        """:meth:`forget` as a task that no end of a call cancels; the coroutine waits for it."""
        return _shielded(self._tasks.start(self.forget(session)))

    async def forget(self, session: UUID) -> ForgottenMedia | None:
        """Delete the session's files of the caller and blank the rows that name or describe them.

        Waits for what is being written, so that it misses nothing. None, and a fault, when the
        database couldn't be asked what an earlier call has left.
        """
        await self._media.written()
        kept = self._consent.withdraw(session)
        try:
            files, rows = await self._left(session) if kept is None else kept
        except AWAY as error:
            told = f"the database can't be asked: {error}"
            self._faults.tell("not_forgotten", told, session=session)
            return None
        deleted = 0
        for file in files:
            deleted += await self._media.delete(file.uri)
            self._journal.put(file.table, {"id": file.row, **file_columns(file.table, None)})
        for row in rows:
            blank = (SHOWN if row.shown else SAID)[row.table]
            self._journal.put(row.table, {key_of(row.table): row.row, **blank})
        return ForgottenMedia(deleted, len({(row.table, row.row) for row in rows}))

    async def ended(self, timeout: float) -> bool:
        """Wait until all is forgotten; False when that takes over ``timeout`` s."""
        return await self._tasks.ended(timeout)

    def close(self) -> None:
        """What goes on is given up."""
        self._tasks.give_up()

    async def _left(self, session: UUID) -> tuple[list[CallerFile], list[PersonalRow]]:
        """What a call that is long over has left. Raises one of `AWAY`."""
        await self._journal.drained(DRAIN_S)
        files = [CallerFile(**row) for row in await ask(self._url, _CALLER_FILES, session)]
        rows = [PersonalRow(**row, shown=True) for row in await ask(self._url, _SHOWN, session)]
        if not self._consent.keep_transcripts:
            rows += [PersonalRow(**row) for row in await ask(self._url, _SAID, session)]
        return files, rows


async def _shielded(task: asyncio.Task[ForgottenMedia | None]) -> ForgottenMedia | None:
    return await asyncio.shield(task)
