"""The typed write side of the records: what a call says when something has happened.

Its parts are named after the tables that they write: ``recorder.chat.add(…)``,
``recorder.faults.tell(…)``. Every method makes its ids itself and returns at once; rows go to the
journal, files to a thread of their own, and neither is waited for. Nothing here raises into a
call: what fails becomes a ``faults`` row.

Without the caller's consent nothing of their camera or microphone is kept. The ``audio`` row of
a turn is there all the same, without a file, so that lineage holds. With ``keep_transcripts``
off, such a call leaves no words either: only ids, engines and measures.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from visavis.records.files import Files
from visavis.records.forgetting.session import ForgottenMedia, SessionForgetting
from visavis.records.journal.backlog import Stats
from visavis.records.journal.journal import Journal
from visavis.records.version import SystemVersion
from visavis.records.writing.audio import AudioRows
from visavis.records.writing.cached_uploads import CachedUploads
from visavis.records.writing.calibration_settings import CalibrationSettingsRows
from visavis.records.writing.chat import ChatRows
from visavis.records.writing.consent import Consent
from visavis.records.writing.deployment import DeploymentRows
from visavis.records.writing.embeddings import EmbeddingsRows
from visavis.records.writing.faults import FaultsRows
from visavis.records.writing.judgement import JudgementRows
from visavis.records.writing.lipsync import LipsyncRows
from visavis.records.writing.media import MediaFiles
from visavis.records.writing.mode_state import ModeStateRows
from visavis.records.writing.performance_log import PerformanceLogRows
from visavis.records.writing.portrait import PortraitRows
from visavis.records.writing.pose import PoseRows
from visavis.records.writing.precalculation import PrecalculationRows
from visavis.records.writing.prompt_template import PromptTemplateRows
from visavis.records.writing.rows import Json, TableRows
from visavis.records.writing.run import RunRows
from visavis.records.writing.run_context import RunContext
from visavis.records.writing.session import SessionRows
from visavis.records.writing.session_events import SessionEventsRows
from visavis.records.writing.stt import SttRows
from visavis.records.writing.tts import TtsRows
from visavis.records.writing.users import UsersRows
from visavis.records.writing.video import VideoRows
from visavis.records.writing.vision import VisionRows


class Recorder:
    """One a process. Used from the event loop."""

    def __init__(
        self,
        journal: Journal,
        files: Files,
        url: str,
        *,
        keep_transcripts: bool = True,
        on_run: Callable[[UUID], object] = lambda run: None,
        resources: Callable[[], Json] = dict,
    ) -> None:
        """``url`` is the database's, asked only for what earlier calls have left. ``on_run`` is
        told the id of each run of this process before its row is put; ``resources`` says what the
        machine has left just now, for measures and faults, and must cost nothing."""
        rows, context = TableRows(journal), RunContext(resources)
        consent = Consent(keep_transcripts=keep_transcripts)
        # Where and when, and who
        self.run = RunRows(rows, context, on_run)
        self.deployment = DeploymentRows(rows, context)
        self.users = UsersRows(rows)
        self.mode_state = ModeStateRows(rows, context)
        self.faults = FaultsRows(rows, context, self.mode_state)
        self.performance_log = PerformanceLogRows(rows, context)
        self.session = SessionRows(rows, context, consent, self.mode_state, self.faults)
        self.session_events = SessionEventsRows(rows, consent)
        self.calibration_settings = CalibrationSettingsRows(rows, context, consent, url)
        # Media
        self._media = MediaFiles(rows, files, consent, self.faults)
        self._forgetting = SessionForgetting(journal, url, consent, self._media, self.faults)
        self.audio = AudioRows(rows, self._media)
        self.video = VideoRows(rows, self._media)
        self.portrait = PortraitRows(rows)
        self.pose = PoseRows(rows, consent, self._media)
        self.cached_uploads = CachedUploads(rows)
        self.precalculation = PrecalculationRows(rows)
        # Thought
        self.stt = SttRows(rows, consent)
        self.chat = ChatRows(rows, consent)
        self.tts = TtsRows(rows, consent)
        self.lipsync = LipsyncRows(rows)
        self.vision = VisionRows(rows, consent)
        self.embeddings = EmbeddingsRows(rows)
        self.prompt_template = PromptTemplateRows(rows)
        self.judgement = JudgementRows(rows)
        self._journal = journal
        journal.tell(self.faults.of_journal)

    def run_started(
        self, *, component: str, node: str, hardware: Json, version: SystemVersion
    ) -> UUID:
        """This process has begun (`RunRows.started`); what a killed run left half written goes."""
        run = self.run.started(component=component, node=node, hardware=hardware, version=version)
        self._media.sweep()
        return run

    def run_ended(self) -> None:
        """This process is about to end; closes the node's mode, and the pages' runs."""
        self.mode_state.run_ended()
        self.run.finished()

    def consent(self, session: UUID, given: bool) -> Coroutine[Any, Any, ForgottenMedia | None]:
        """The caller of a session, going on or over, has agreed to be recorded, or no longer does;
        in force on return.

        Taking it back deletes what shows the caller and blanks its rows, their words too where the
        deployment keeps none without consent. That goes on by itself; the coroutine waits for it,
        returns what went, and may be cancelled. None, and a fault, when the database couldn't be
        asked what an earlier call has left: say so again later.
        """
        self.session.consent(session, given)
        return _nothing() if given else self._forgetting.start(session)

    @property
    def stats(self) -> Stats:
        """What waits for the database, and what has become of the rest."""
        return self._journal.stats

    async def files_written(self, timeout: float) -> bool:
        """Wait until files put so far are on the disk or gone; False when that is late."""
        done = await asyncio.gather(self._media.written(timeout), self._forgetting.ended(timeout))
        return all(done)

    async def flushed(self, timeout: float) -> bool:
        """Wait until files and rows put so far are where they belong; False when that is late."""
        written = await self.files_written(timeout)
        return await self._journal.drained(timeout) and written

    async def close(self, timeout: float = 0.5) -> None:
        """Finish the files, and the counts of faults. The journal is its owner's to stop,
        afterwards."""
        await self.files_written(timeout)
        self._forgetting.close()
        self._media.close()
        self.faults.flush()


async def _nothing() -> None:
    return None
