"""What a call has left that can be played again: the caller's sound and typed words, in order."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from visavis.records.files import Files, unflac
from visavis.records.postgres.connection import speak_jsonb

RATE = 16_000

_SESSION = """
select s.id, s.started, s.consent_given, s.consent_changes, v.version, v.git_hash, v.modified
from session s join run r on r.id = s.run_id join system_version v on v.id = r.system_version_id
where s.id = $1
"""

_EXCHANGES = """
select c.id, c.turn_id, c.generation, c.system, c.parameters, c.system_prompt, c.user_prompt,
       c.text, c.heard, c.complete,
       s.id as stt_id, s.text as transcript, s.system as stt_system,
       s.parameters as stt_parameters,
       a.uri, a.sha256, coalesce(a.at_ms, typed.at_ms) as at_ms, a.length_ms,
       (select t.system from tts t where t.chat_id = c.id order by t.id limit 1) as tts_system,
       coalesce((select jsonb_object_agg(p.measure, p.value) from performance_log p
                 where p.turn_id = c.turn_id and p.part_of = 'voice_to_voice'), '{}') as stages
from chat c
left join stt s on s.id = c.stt_id
left join audio a on a.id = s.audio_id
left join session_events typed on typed.session_id = c.session_id
     and typed.turn_id = c.turn_id and typed.event_type = 'text'
where c.session_id = $1 order by c.id
"""


class CannotReplay(Exception):
    """Why a call can't be played again, in a sentence for whoever asked."""


@dataclass(frozen=True)
class Exchange:
    """What the caller brought and what came of it, then. `pcm` and `typed` are both None for
    what the persona said by itself, and for a turn whose sound was not kept."""

    turn: UUID | None
    at_ms: float | None
    pcm: NDArray[np.int16] | None
    """(N,) at 16 kHz, as it was transcribed: filters and gain are in it."""
    typed: str | None
    transcript: str
    reply: str
    heard: str
    complete: bool
    voided: bool = False
    """The caller went on: the next exchange holds this one's sound too."""
    systems: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    """Of what answered."""
    said: str = ""
    """What was answered: the words with the signs that were made with them."""
    stages: dict[str, float] = field(default_factory=dict)
    """ms that follow each other."""

    @property
    def playable(self) -> bool:
        """Whether there is something to play."""
        return self.pcm is not None or self.typed is not None


@dataclass(frozen=True)
class Kept:
    """A call."""

    session: UUID
    started: str
    version: str
    system_prompt: str
    """Empty: none was kept."""
    exchanges: list[Exchange]
    unkept: int
    """Spoken turns whose sound was not kept."""


async def read(url: str, files: Files, session: UUID) -> Kept:
    """The call as the database at `url` and `files` have it.

    Raises `CannotReplay` when there is no such call, nothing of it was kept, or a file is missing
    or not the one that was written; and what asyncpg raises when the database is away.
    """
    connection = await asyncpg.connect(url, timeout=5, command_timeout=30)
    try:
        await speak_jsonb(connection)
        found = await connection.fetchrow(_SESSION, session)
        if found is None:
            raise CannotReplay(f"No session {session} is kept here.")
        rows = await connection.fetch(_EXCHANGES, session)
    finally:
        await connection.close()
    damaged = [wrong for row in rows if (wrong := _damage(files, row))]
    if damaged:
        raise CannotReplay("The call can't be replayed as it was:\n" + "\n".join(damaged))
    exchanges = [_exchange(files, row) for row in rows]
    unkept = sum(row["stt_id"] is not None and row["uri"] is None for row in rows)
    if not any(exchange.playable for exchange in exchanges):
        raise CannotReplay(f"Nothing to replay in {session}: {_why(found, unkept)}")
    version = found["version"] + (f" ({found['git_hash'][:12]})" if found["git_hash"] else "")
    return Kept(
        session,
        found["started"].isoformat(timespec="seconds"),
        version + (", modified" if found["modified"] else ""),
        next((row["system_prompt"] for row in rows if row["system_prompt"]), ""),
        _with_voided(exchanges, rows),
        unkept,
    )


def _why(session: asyncpg.Record, unkept: int) -> str:
    if not unkept:
        return "the caller said and typed nothing, or their words were not kept."
    if session["consent_given"]:
        return f"the sound of {unkept} turns was not kept; see the faults of that session."
    if session["consent_changes"] and any(one["given"] for one in session["consent_changes"]):
        return "the caller took their consent back, and what was kept is deleted."
    return "the caller did not agree to be recorded, so no sound was kept."


def _damage(files: Files, row: asyncpg.Record) -> str | None:
    """What is wrong with the file of a row; None if nothing is, or there is none."""
    uri = row["uri"]
    if uri is None:
        return None
    try:
        data = files.path(uri).read_bytes()
    except FileNotFoundError:
        return f"{uri} is missing."
    except (OSError, ValueError) as error:
        return f"{uri} can't be read: {error}"
    digest = hashlib.sha256(data).hexdigest()
    if digest != row["sha256"]:
        return f"{uri} has changed: its sha256 is {digest}, its row says {row['sha256']}."
    return None


def _exchange(files: Files, row: asyncpg.Record) -> Exchange:
    spoken = row["stt_id"] is not None
    systems = {"stt": row["stt_system"], "chat": row["system"], "tts": row["tts_system"]}
    return Exchange(
        turn=row["turn_id"],
        at_ms=row["at_ms"],
        pcm=unflac(files.path(row["uri"]).read_bytes(), RATE) if row["uri"] else None,
        typed=None if spoken else row["user_prompt"],
        transcript=row["transcript"] or row["user_prompt"] or "",
        reply=row["text"] or "",
        heard=row["heard"] or "",
        complete=bool(row["complete"]),
        systems={part: name for part, name in systems.items() if name},
        parameters=row["parameters"],
        said=row["user_prompt"] or row["transcript"] or "",
        stages=row["stages"],
    )


def _with_voided(exchanges: list[Exchange], rows: list[asyncpg.Record]) -> list[Exchange]:
    """Marks turns that turned out to be the beginning of the next: it begins where they do."""
    out = []
    for here, row, after in zip(exchanges, rows, [*rows[1:], None], strict=True):
        voided = (
            after is not None
            and row["length_ms"] is not None
            and after["length_ms"] is not None
            and after["at_ms"] <= row["at_ms"]
        )
        out.append(replace(here, voided=True) if voided else here)
    return out
