"""How callers' microphones and cameras were found to be: ``calibration_settings``.

Every change is a row; nothing is overwritten. What a new call begins
with is the latest of the same deployment whose client told the same facts of itself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any
from uuid import UUID

from visavis.records.postgres.connection import ask
from visavis.records.values import clean
from visavis.records.writing.consent import Consent
from visavis.records.writing.rows import Json, TableRows
from visavis.records.writing.run_context import RunContext

FRESH_S = 60.0
"""So long what was put is remembered here: by then it has reached the database, if that is there,
and what is forgotten there must be forgotten here."""
MOST = 256
"""Clients remembered at once."""
PASSING = ("window", "pixel_ratio")
"""Facts of a client that change without its microphone or camera having changed."""

_LATEST = """
select c.gain_db, c.noise_floor_db, c.speech_level_db, c.framing
from calibration_settings c join client_system s on s.id = c.client_system_id
where c.deployment_id = $1 and s.facts - $3::text[] = $2::jsonb - $3::text[]
order by c.created desc limit 1
"""


@dataclass(frozen=True)
class StoredCalibration:
    """A microphone's levels in dBFS (None: not measured), what to do about them, and how the
    caller stood in the picture (empty: not looked at)."""

    gain_db: float = 0.0
    noise_floor_db: float | None = None
    speech_level_db: float | None = None
    framing: Mapping[str, float] = field(default_factory=dict)


class CalibrationSettingsRows:
    """Of this process's deployment, in the database at ``url``."""

    def __init__(self, rows: TableRows, context: RunContext, consent: Consent, url: str) -> None:
        self._rows = rows
        self._context = context
        self._consent = consent
        self._url = url
        self._latest_of: dict[str, tuple[float, StoredCalibration]] = {}

    def add(
        self,
        session: UUID,
        found: StoredCalibration,
        *,
        cause: str,
        client_system: UUID | None,
        facts: Json,
        details: Json | None = None,
    ) -> UUID:
        """Put a change; ``facts`` are ``client_system``'s. Framing is kept with consent only, and
        as long as it isn't withdrawn."""
        framing = dict(found.framing) if self._consent.allowed(session) else {}
        row = self._rows.add(
            "calibration_settings",
            client_system_id=client_system,
            deployment_id=self._context.ids["deployment_id"],
            session_id=session,
            cause=cause,
            noise_floor_db=found.noise_floor_db,
            speech_level_db=found.speech_level_db,
            gain_db=found.gain_db,
            framing=framing,
            details=details or {},
        )
        if framing:
            self._consent.shown(session, "calibration_settings", row)
        key = _key(facts)
        self._latest_of.pop(key, None)
        self._latest_of[key] = monotonic(), found
        while len(self._latest_of) > MOST:
            del self._latest_of[next(iter(self._latest_of))]
        return row

    def unframed(self, facts: Json) -> None:
        """A caller with such a client has taken their consent back: what their camera told is
        remembered no longer. The rows are blanked where consent is kept."""
        if (known := self._latest_of.get(_key(facts))) is not None:
            self._latest_of[_key(facts)] = known[0], replace(known[1], framing={})

    async def latest(self, facts: Json) -> StoredCalibration | None:
        """What a call of a client with these facts begins with; None when nothing is known.

        Raises one of `connection.AWAY` when the database can't be asked.
        """
        at, found = self._latest_of.get(_key(facts), (0.0, None))
        if found is not None and monotonic() - at < FRESH_S:
            return found
        deployment = self._context.ids["deployment_id"]
        rows = await ask(self._url, _LATEST, deployment, clean(dict(facts)), list(PASSING))
        return StoredCalibration(**rows[0]) if rows else None


def _key(facts: Mapping[str, Any]) -> str:
    lasting = {name: value for name, value in facts.items() if name not in PASSING}
    return json.dumps(lasting, sort_keys=True, default=str)
