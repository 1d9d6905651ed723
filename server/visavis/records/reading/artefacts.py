"""Single rows of any kept kind, with what they were made from and what was made from them."""

from uuid import UUID

from sqlalchemy import Table

from visavis.records.reading.judgement import judged_rows
from visavis.records.reading.reader import Reader, Row
from visavis.records.tables import key_of, metadata

ARTEFACTS = (
    "portrait",
    "video",
    "audio",
    "stt",
    "chat",
    "tts",
    "lipsync",
    "vision",
    "pose",
    "pose_sequence",
    "precalculation",
    "prompt_template",
    "calibration_settings",
    "training_examples",
    "models",
    "training_runs",
    "mode_state",
    "session_events",
    "performance_log",
    "faults",
)
"""What can be asked for by its id."""

WITH_FILES = ("portrait", "video", "audio", "vision", "pose", "training_examples", "models")


async def artefact(reader: Reader, table: str, row: UUID, user_id: str | None) -> Row | None:
    """``{"row": …, "made_from": {column: {table, id}}, "made_into": {table: [ids]}}``; None when
    there is none, or it belongs to somebody else than ``user_id``."""
    known = metadata.tables[table]
    if not await _may(reader, known, row, user_id):
        return None
    key = key_of(table)
    found = await reader.row(f"select to_jsonb(t) as row from {table} t where {key} = $1", row)
    if found is None:
        return None
    (shown,) = await judged_rows(reader, table, [found["row"]])
    made_from = {
        column.name: {"table": to.column.table.name, "id": shown[column.name]}
        for column in known.columns
        for to in column.foreign_keys
        if shown[column.name] is not None
    }
    return {"row": shown, "made_from": made_from, "made_into": await _children(reader, table, row)}


async def _may(reader: Reader, table: Table, row: UUID, user_id: str | None) -> bool:
    """Whether a row is of ``user_id``'s own; what belongs to no session is nobody's."""
    if user_id is None:
        return True
    key = key_of(table.name)
    if "user_id" in table.columns:
        query = f"select from {table.name} where {key} = $1 and user_id = $2"
    elif "session_id" in table.columns:
        query = (
            f"select from {table.name} t join session s on s.id = t.session_id "
            f"where t.{key} = $1 and s.user_id = $2"
        )
    else:
        return False
    return bool(await reader.rows(query, row, user_id))


async def _children(reader: Reader, table: str, row: UUID) -> dict[str, list[str]]:
    """Rows of other kinds that name this one."""
    found: dict[str, list[str]] = {}
    for name in ARTEFACTS:
        for column in metadata.tables[name].columns:
            if not any(to.column.table.name == table for to in column.foreign_keys):
                continue
            rows = await reader.rows(
                f"select {key_of(name)}::text as id from {name} where {column.name} = $1 "
                f"order by {key_of(name)} limit 200",
                row,
            )
            if rows:
                found.setdefault(name, []).extend(one["id"] for one in rows)
    return found
