"""Calls from their beginning to their end: ``session``, and what they are made with,
``client_system``."""

from collections import deque
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.records.writing.consent import Consent
from visavis.records.writing.faults import FaultsRows
from visavis.records.writing.mode_state import ModeStateRows
from visavis.records.writing.rows import Json, TableRows
from visavis.records.writing.run_context import RunContext

CONSENT_CHANGES = 50
"""Of one call, the latest; its row holds no more of them."""


class SessionRows:
    """The calls of this process. Methods put rows, return at once and never raise."""

    def __init__(
        self,
        rows: TableRows,
        context: RunContext,
        consent: Consent,
        modes: ModeStateRows,
        faults: FaultsRows,
    ) -> None:
        self._rows = rows
        self._context = context
        self._consent = consent
        self._modes = modes
        self._faults = faults
        self._consent_changes: dict[UUID, deque[dict[str, Any]]] = {}

    def client_system(self, facts: Json) -> UUID:
        """What the caller's browser or telephone told of itself."""
        return self._rows.add("client_system", facts=facts)

    def started(
        self,
        *,
        user: str,
        initiator: str,
        timezone: str | None = None,
        client_system: UUID | None = None,
    ) -> UUID:
        """A call has begun, without consent until :meth:`consent` says otherwise."""
        row = uuid7()
        self._consent_changes[row] = deque(maxlen=CONSENT_CHANGES)
        self._modes.session_started(row)
        self._consent.session_started(row, user)
        self._rows.put(
            "session",
            id=row,
            user_id=user,
            started=self._rows.now(),
            timezone=timezone,
            client_system_id=client_system,
            initiator=initiator,
            deployment_id=self._context.ids["deployment_id"],
            run_id=self._context.ids["run_id"],
            scenario_id=self._context.scenario,
        )
        return row

    def goes_on(self, session: UUID) -> bool:
        """Whether the call goes on in this process."""
        return session in self._consent_changes

    def facts(
        self, session: UUID, *, timezone: str | None = None, client_system: UUID | None = None
    ) -> None:
        """What the caller's hello has added; what is None stays as it was."""
        facts = {"timezone": timezone, "client_system_id": client_system}
        given = {name: value for name, value in facts.items() if value is not None}
        if given:
            self._rows.put("session", id=session, **given)

    def consent(self, session: UUID, given: bool) -> None:
        """The caller has agreed to be recorded, or no longer does; in force on return. What they
        have said before changes no row."""
        self._consent.allow(session, given)
        changes = self._consent_changes.get(session)
        if changes is None or (changes and changes[-1]["given"] is given):
            return
        now = self._rows.now()
        changes.append({"given": given, "at": now.isoformat()})
        self._rows.put(
            "session",
            id=session,
            consent_given=given,
            consent_at=now,
            consent_changes=list(changes),
        )

    def finished(self, session: UUID, *, ending: str) -> None:
        """The call is over; ``ending`` says why. Closes its mode."""
        self._consent_changes.pop(session, None)
        self._modes.session_finished(session)
        self._faults.session_finished(session)
        self._consent.session_finished(session)
        self._rows.put("session", id=session, finished=self._rows.now(), ending=ending)
