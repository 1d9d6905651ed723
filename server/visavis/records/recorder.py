"""The typed write side of the records: what a call says when something has happened.

Every method makes its ids itself and returns at once; rows go to the journal, files to a thread
of their own, and neither is waited for. Nothing here raises into a call: what fails becomes a
``faults`` row.

Without the caller's consent nothing of their camera or microphone is kept. The ``audio`` row of
a turn is there all the same, without a file, so that lineage holds. With ``keep_transcripts``
off, such a call leaves no words either: only ids, engines and measures.
"""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.artefacts import Artefacts
from visavis.records.backlog import Stats
from visavis.records.calibrations import Calibrations
from visavis.records.consent import Keeper, Went
from visavis.records.events import Events
from visavis.records.faults import Faults, Same
from visavis.records.files import Files
from visavis.records.journal import Journal
from visavis.records.judgements import Opinions
from visavis.records.knowledge import KnowledgeWriter
from visavis.records.places import Places
from visavis.records.precalculated import Makings
from visavis.records.prompts import PromptWriter
from visavis.records.repository import Repository
from visavis.records.version import SystemVersion
from visavis.records.writer import Json, named_id

PARTS = ("stt", "chat", "tts", "lipsync", "pose", "vision", "worker", "database", "embedded")
"""Faults whose kind begins so are of that part; the others, unless they say more, the server's."""


CONSENT_CHANGES = 50
"""Of one call, the latest; its row holds no more of them."""


def part_of(kind: str) -> str:
    """Whose fault one of this kind is."""
    first = kind.partition("_")[0]
    return first if first in PARTS else "server"


@dataclass
class _Mode:
    """The open ``mode_state`` of a session, or of the node itself."""

    name: str | None = None
    row: UUID | None = None
    since: datetime = field(default_factory=lambda: datetime.fromtimestamp(0, UTC))


@dataclass
class _Session:
    mode: _Mode = field(default_factory=_Mode)
    first: datetime | None = None
    """When its first mode began."""
    consent_changes: deque[dict[str, Any]] = field(
        default_factory=lambda: deque(maxlen=CONSENT_CHANGES)
    )


class Recorder(
    Artefacts, Makings, Places, Events, Calibrations, Opinions, KnowledgeWriter, PromptWriter
):
    """One a process. Used from the event loop."""

    def __init__(
        self,
        journal: Journal,
        files: Files,
        repository: Repository,
        *,
        keep_transcripts: bool = True,
    ) -> None:
        keeper = Keeper(
            journal, files, repository, keep_transcripts=keep_transcripts, fault=self.fault
        )
        super().__init__(journal, keeper)
        self._sessions: dict[UUID, _Session] = {}
        self._node_mode = _Mode()
        self._faults = Faults(
            lambda row, details: self._put("faults", id=row, details=details), time.monotonic
        )
        journal.on_fault = self._journal_fault

    async def flushed(self, timeout: float) -> bool:
        """Wait until files and rows put so far are where they belong; False when that is late."""
        written = await self._keeper.flushed(timeout)
        return await self._journal.drained(timeout) and written

    async def close(self, timeout: float = 0.5) -> None:
        """Finish the files, and the counts of faults. The journal is its owner's to stop,
        afterwards."""
        await self._keeper.close(timeout)
        self._faults.flush()

    @property
    def stats(self) -> Stats:
        """What waits for the database, and what has become of the rest."""
        return self._journal.stats

    # Where and when

    def run_started(
        self, *, component: str, node: str, hardware: Json, version: SystemVersion
    ) -> UUID:
        """As of :class:`Places`; what a killed run left half written goes."""
        run = super().run_started(
            component=component, node=node, hardware=hardware, version=version
        )
        self._keeper.sweep()
        return run

    def run_ended(self) -> None:
        """This process is about to end; closes the node's mode, and the pages' runs."""
        self._close_mode(self._node_mode)
        for run in (*self._pages.values(), self._where["run_id"]):
            self.component_ended(run)

    # Who

    def user(self, username: str, **columns: Any) -> str:
        """Whoever calls under this name, known already or not; returns their ``user_id``.

        ``columns``: ``external_identifier``, ``email``, ``permissions`` (list of str),
        ``coordinates`` (what finds them: number, address, …); those not given stay as they are.
        """
        user_id = str(named_id("users", username))
        self._put("users", user_id=user_id, username=username, **columns)
        return user_id

    def client_system(self, facts: Json) -> UUID:
        """What the caller's browser or telephone told of itself."""
        row = uuid7()
        self._put("client_system", id=row, created=self._now(), facts=facts)
        return row

    def session_started(
        self,
        *,
        user: str,
        initiator: str,
        timezone: str | None = None,
        client_system: UUID | None = None,
    ) -> UUID:
        """A call has begun, without consent until :meth:`consent` says otherwise."""
        row = uuid7()
        self._sessions[row] = _Session()
        self._keeper.opened(row, user)
        self._put(
            "session",
            id=row,
            user_id=user,
            started=self._now(),
            timezone=timezone,
            client_system_id=client_system,
            initiator=initiator,
            deployment_id=self._where["deployment_id"],
            run_id=self._where["run_id"],
            scenario_id=self._scenario,
        )
        return row

    def session_facts(
        self, session: UUID, *, timezone: str | None = None, client_system: UUID | None = None
    ) -> None:
        """What the caller's hello has added; what is None stays as it was."""
        facts = {"timezone": timezone, "client_system_id": client_system}
        given = {name: value for name, value in facts.items() if value is not None}
        if given:
            self._put("session", id=session, **given)

    def session_finished(self, session: UUID, *, ending: str) -> None:
        """The call is over; ``ending`` says why. Closes its mode."""
        if state := self._sessions.pop(session, None):
            self._close_mode(state.mode)
        self._faults.session_ended(session)
        self._keeper.closed(session)
        self._put("session", id=session, finished=self._now(), ending=ending)

    def consent(self, session: UUID, given: bool) -> Coroutine[Any, Any, Went | None]:
        """The caller has agreed to be recorded, or no longer does; in force on return. What they
        have said before changes no row.

        Taking it back deletes what was kept (:meth:`forget_media`). That goes on by itself; the
        coroutine waits for it, returns what went, and may be cancelled.
        """
        self._keeper.allow(session, given)
        state = self._sessions.get(session)
        if state and not (state.consent_changes and state.consent_changes[-1]["given"] is given):
            now = self._now()
            state.consent_changes.append({"given": given, "at": now.isoformat()})
            self._put(
                "session",
                id=session,
                consent_given=given,
                consent_at=now,
                consent_changes=list(state.consent_changes),
            )
        return _ended(None if given else self._keeper.start_forgetting(session))

    def calling(self, session: UUID) -> bool:
        """Whether the call goes on in this process."""
        return session in self._sessions

    async def forget_media(self, session: UUID) -> Went | None:
        """Delete what shows the caller in a session, now or long over, and blank its rows.

        Words go too where the deployment keeps none without consent. None, and a fault, when
        the database couldn't be asked what an earlier session has left: call again later.
        """
        return await self._keeper.forget(session)

    def mode(self, session: UUID | None, mode: str, *, cause: str) -> UUID:
        """The session, or with None the node itself, has entered ``mode``; ends the one before."""
        state = self._sessions.get(session, _Session()) if session else None
        current = state.mode if state else self._node_mode
        start = self._close_mode(current)
        current.name, current.row, current.since = mode, uuid7(), start
        if state is not None:
            state.first = state.first or start
        self._put(
            "mode_state",
            id=current.row,
            run_id=self._where["run_id"],
            session_id=session,
            mode=mode,
            cause=cause,
            during=(start, None),
        )
        return current.row

    def page_was_away(self, session: UUID, away_ms: float) -> None:
        """Before this call the page could not reach the server for so long: mode ``reset``."""
        state = self._sessions.get(session)
        if state is None or state.first is None or away_ms <= 0:
            return
        until = state.first
        longest = timedelta(days=30)
        since = until - min(timedelta(milliseconds=away_ms), longest)
        self._put(
            "mode_state",
            id=uuid7(),
            run_id=self._where["run_id"],
            session_id=session,
            mode="reset",
            cause="the page could not reach the server",
            during=(since, until),
        )

    # Quality

    def performance(
        self,
        measure: str,
        value_ms: float,
        *,
        session: UUID | None = None,
        turn: UUID | None = None,
        part_of: str | None = None,
        system: str | None = None,
        parameters: Json | None = None,
        resources: Json | None = None,
    ) -> UUID:
        """A duration in ms. ``part_of`` names the measure of the same turn that it adds to."""
        row = uuid7()
        self._put(
            "performance_log",
            id=row,
            created=self._now(),
            measure=measure,
            value=value_ms,
            part_of=part_of,
            system=system,
            parameters=parameters or {},
            turn_id=turn,
            session_id=session,
            **self._around() | ({"resources": resources} if resources is not None else {}),
        )
        return row

    def turn_times(
        self, session: UUID, turn: UUID, voice_to_voice_ms: float, stages: Mapping[str, float]
    ) -> None:
        """The time from the caller's last voiced sample to the reply's first, and its stages.

        Stages are ms that follow each other. What they don't account for becomes the stage
        ``unexplained``, so that the parts always add up to the whole.
        """
        self.performance("voice_to_voice", voice_to_voice_ms, session=session, turn=turn)
        rest = voice_to_voice_ms - sum(stages.values())
        for name, value in [*stages.items(), ("unexplained", rest)]:
            self.performance(name, value, session=session, turn=turn, part_of="voice_to_voice")

    def tell(self, kind: str, description: str) -> None:
        """A fault of the node's own, for parts that tell theirs to a plain function."""
        self.fault(kind, description)

    def fault(
        self,
        kind: str,
        description: str,
        *,
        session: UUID | None = None,
        turn: UUID | None = None,
        mode: str | None = None,
        details: Json | None = None,
        system: str | None = None,
        parameters: Json | None = None,
        times: int = 1,
    ) -> UUID:
        """Something failed or an invariant broke. ``description`` holds no words of the caller.

        ``mode`` is the session's own, or the node's, unless given. ``system`` is the engine or
        part that failed (what ``kind`` begins with, unless given), ``parameters`` how it was set.
        ``times``: it has come so often. The row of the first is the row of all (`faults`).
        """

        def write(same: Same, details: Json) -> UUID:
            row = uuid7()
            state = self._sessions.get(same.session) if same.session else None
            self._put(
                "faults",
                id=row,
                created=self._now(),
                type=same.kind,
                description=same.description,
                mode=mode or (state.mode if state else self._node_mode).name,
                details=details,
                system=system or part_of(kind),
                parameters=parameters or {},
                turn_id=turn if same.session == session else None,
                session_id=same.session,
                **self._around(),
            )
            return row

        same = Same(kind, description, session)
        return self._faults.tell(same, self._now(), times, details or {}, write)

    def _close_mode(self, mode: _Mode) -> datetime:
        """End the open mode, if any, and return when: never before it began, nor as it began."""
        end = max(self._now(), mode.since + timedelta(microseconds=1))
        if mode.row is not None:
            self._put("mode_state", id=mode.row, during=(mode.since, end))
        mode.row = mode.name = None
        return end

    def _journal_fault(self, kind: str, description: str, details: Json) -> None:
        rows = details.get("rows")
        self.fault(kind, description, details=details, times=rows if isinstance(rows, int) else 1)


async def _ended(task: asyncio.Task[Went | None] | None) -> Went | None:
    return None if task is None else await asyncio.shield(task)
