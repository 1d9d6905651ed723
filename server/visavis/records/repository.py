"""The read side of the records: lineage, sessions, and the times of a turn.

Each method opens a connection of its own: these are questions of a doctor, a page or a test, a
few a minute, and a call asks none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from visavis.records.jsonb import speak_jsonb
from visavis.records.tables import metadata
from visavis.records.values import clean

_LINEAGE = """
select l.id as lipsync_id, l.system as lipsync_system, l.parameters as lipsync_parameters,
       t.id as tts_id, t.system as tts_system, t.parameters as tts_parameters, t.text as tts_text,
       spoken.uri as speech_uri, spoken.sha256 as speech_sha256,
       c.id as chat_id, c.system as chat_system, c.parameters as chat_parameters,
       c.text as chat_text, c.heard, c.generation, c.user_prompt, c.turn_id,
       s.id as stt_id, s.system as stt_system, s.parameters as stt_parameters,
       s.text as stt_text,
       a.id as audio_id, a.uri as audio_uri, a.sha256 as audio_sha256,
       a.length_ms as audio_length_ms,
       ses.id as session_id, ses.user_id, ses.consent_given,
       d.name as deployment, dt.descriptor as deployment_type,
       r.id as run_id, r.node, r.hardware,
       v.version, v.git_hash, v.modified,
       coalesce((select jsonb_object_agg(p.measure, p.value) from performance_log p
                 where p.turn_id = c.turn_id and p.part_of = 'voice_to_voice'), '{}') as stages,
       (select max(p.value) from performance_log p
        where p.turn_id = c.turn_id and p.measure = 'voice_to_voice') as voice_to_voice
from chat c
left join tts t on t.chat_id = c.id
left join audio spoken on spoken.id = t.audio_id
left join lipsync l on l.tts_id = t.id
left join stt s on s.id = c.stt_id
left join audio a on a.id = s.audio_id
join session ses on ses.id = c.session_id
join deployment d on d.id = ses.deployment_id
join deployment_type dt on dt.id = d.deployment_type_id
join run r on r.id = ses.run_id
join system_version v on v.id = r.system_version_id
where $1 in (c.id, t.id, l.id)
order by t.created, l.created
"""

_CALIBRATION = """
select c.gain_db, c.noise_floor_db, c.speech_level_db, c.framing
from calibration_settings c join client_system s on s.id = c.client_system_id
where c.deployment_id = $1 and s.facts - $3::text[] = $2::jsonb - $3::text[]
order by c.created desc limit 1
"""

_CALLER_FILES = """
select 'audio', id, uri from audio where session_id = $1 and kind = 'input' and uri is not null
union all
select 'video', id, uri from video where session_id = $1 and kind = 'input' and uri is not null
union all
select 'pose', id, features_uri from pose where session_id = $1 and features_uri is not null
"""

_WORDS = """
select 'stt', id from stt where session_id = $1 and text is not null
union all select 'chat', id from chat where session_id = $1
    and (num_nonnulls(system_prompt, user_prompt, text, heard) > 0
         or prompt_values <> '{}' or retrieved <> '[]')
union all select 'tts', id from tts where session_id = $1 and (text is not null or words <> '[]')
union all select 'session_events', event_id from session_events
    where session_id = $1 and payload ? 'words'
"""

_SIGHTS = """
select 'vision' as name, id from vision
    where session_id = $1 and (description is not null or details <> '{}')
union all select 'pose', id from pose where session_id = $1 and interpretation <> '{}'
union all select 'chat', id from chat
    where session_id = $1 and (system_prompt is not null or prompt_values <> '{}')
"""


AWAY: tuple[type[Exception], ...] = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a question raises when the database can't answer; OSError includes TimeoutError."""


@dataclass(frozen=True)
class Kept:
    """A file that shows the caller, and the row that names it."""

    table: str
    row: UUID
    uri: str


@dataclass(frozen=True)
class Words:
    """A row that holds what was said, or how the caller stood before the camera."""

    table: str
    row: UUID
    shown: bool = False
    """Only what the camera told goes: of a reply, what the model was told, for that says what was
    seen."""

    @property
    def key(self) -> str:
        """The name of its primary key."""
        return "event_id" if self.table == "session_events" else "id"

    @property
    def blank(self) -> dict[str, Any]:
        """Its columns without that."""
        if self.table == "vision":
            return {"description": None, "details": {}}
        if self.table == "pose":
            return {"interpretation": {}}
        if self.table == "session_events":
            return {"payload": {}}
        if self.table == "calibration_settings":
            return {"framing": {}, "details": {}}
        if self.table == "chat" and self.shown:
            return {"system_prompt": None, "prompt_values": {}}
        if self.table == "chat":
            words = dict.fromkeys(("system_prompt", "user_prompt", "text", "heard"))
            return words | {"prompt_values": {}, "retrieved": []}
        return {"text": None} | ({"words": []} if self.table == "tts" else {})


class Repository:
    """Questions to the database at ``url``. Methods raise one of ``AWAY`` when it is away."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def lineage(self, row: UUID) -> list[dict[str, Any]]:
        """From a reply back to the microphone, the code and the stage times, in one query.

        ``row``: the id of a ``lipsync``, ``tts`` or ``chat`` row. One dict for each way back: a
        chat spoken in three clauses has three. Empty when there is no such row. ``stages`` holds
        the ms of each stage, which add up to ``voice_to_voice``.
        """
        return await self._rows(_LINEAGE, row)

    async def session(self, session: UUID) -> dict[str, Any] | None:
        """The row of a session, with its modes in order: (mode, cause, from, until)."""
        found = await self._rows("select * from session where id = $1", session)
        if not found:
            return None
        modes = await self._rows(
            "select mode, cause, lower(during) as since, upper(during) as until from mode_state "
            "where session_id = $1 order by lower(during)",
            session,
        )
        return found[0] | {"modes": modes}

    async def sessions(self, since: datetime, limit: int = 100) -> list[dict[str, Any]]:
        """The latest sessions begun after ``since``, newest first."""
        return await self._rows(
            "select * from session where started >= $1 order by started desc limit $2",
            since,
            limit,
        )

    async def turn_times(self, turn: UUID) -> dict[str, float]:
        """The ms of every measure of a turn, ``voice_to_voice`` and its stages among them."""
        rows = await self._rows(
            "select measure, value from performance_log where turn_id = $1 order by id", turn
        )
        return {row["measure"]: row["value"] for row in rows}

    async def faults(self, since: datetime, limit: int = 100) -> list[dict[str, Any]]:
        """The latest faults after ``since``, newest first."""
        return await self._rows(
            "select * from faults where created >= $1 order by created desc limit $2", since, limit
        )

    async def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        names = [table.name for table in metadata.sorted_tables]
        query = " union all ".join(
            f"select '{name}' as name, count(*) from {name}" for name in names
        )
        return {row["name"]: row["count"] for row in await self._rows(query)}

    async def calibration(
        self, deployment: UUID, facts: Mapping[str, Any], passing: Sequence[str]
    ) -> dict[str, Any] | None:
        """The latest ``calibration_settings`` there of a client with these facts, ``passing`` ones
        aside: gain_db, noise_floor_db, speech_level_db, framing."""
        found = await self._rows(_CALIBRATION, deployment, clean(dict(facts)), list(passing))
        return found[0] if found else None

    async def caller_files(self, session: UUID) -> list[Kept]:
        """Every file of a session that shows the caller."""
        return [Kept(*row.values()) for row in await self._rows(_CALLER_FILES, session)]

    async def sights(self, session: UUID) -> list[Words]:
        """The rows of a session that say what was seen of the caller."""
        found = await self._rows(_SIGHTS, session)
        return [Words(row["name"], row["id"], shown=True) for row in found]

    async def words(self, session: UUID) -> list[Words]:
        """Every row of a session that may hold what was said."""
        return [Words(*row.values()) for row in await self._rows(_WORDS, session)]

    async def framings(self, session: UUID) -> list[Words]:
        """Every row of a session that says how the caller stood before the camera."""
        rows = await self._rows(
            "select id from calibration_settings where session_id = $1 and framing <> '{}'",
            session,
        )
        return [Words("calibration_settings", row["id"]) for row in rows]

    async def _rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        connection = await asyncpg.connect(self._url, timeout=5, command_timeout=15)
        try:
            await speak_jsonb(connection)
            return [dict(row) for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()
