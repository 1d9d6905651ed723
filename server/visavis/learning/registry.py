"""The trained models of each person: rows of ``models``, one active for each modality.

Becoming active is one transaction: the one before is archived, then the new one takes its place,
so that whoever asks in between finds one of the two. A model serves only if its file is there and
has the bytes that its row says; where not, the one that was active before serves, and a fault says
so.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from visavis.learning.errors import LearningError, NotThere
from visavis.learning.trainers.artefact import load
from visavis.learning.trainers.types import BadModel, Model
from visavis.records.files import Files
from visavis.records.reading.reader import Reader, Row


@dataclass(frozen=True)
class Serving:
    """A model that recognises, and its row."""

    row: Row
    model: Model


async def add(
    reader: Reader,
    files: Files,
    *,
    user_id: str,
    modality: str,
    trainer: str,
    encoding: str,
    artefact: bytes,
    notes: str = "",
) -> UUID:
    """Keep a trained model as a candidate; its id."""
    now = datetime.now(UTC)
    model = uuid7()
    version = f"{now:%Y-%m-%dT%H-%M-%S}-{str(model)[-6:]}"
    uri = f"models/users/{user_id}/{modality}/{version}/model.bin"
    stored = await asyncio.to_thread(files.write, uri, artefact)
    await reader.rows(
        "insert into models (model_id, user_id, modality, model_version, artifact_uri, "
        "artifact_hash, trainer_name, encoding, trained_at, notes) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        model,
        user_id,
        modality,
        version,
        stored.uri,
        f"sha256:{stored.sha256}",
        trainer,
        encoding,
        now,
        notes or None,
    )
    return model


async def of(reader: Reader, user_id: str, modality: str | None = None) -> list[Row]:
    """All models of a person, the newest first, each with the metrics of its training."""
    rows = await reader.rows(
        "select to_jsonb(m) || jsonb_build_object('metrics', r.metrics, 'example_count', "
        "r.example_count) as row from models m left join training_runs r using (model_id) "
        "where m.user_id = $1 and ($2::text is null or m.modality = $2) order by m.model_id desc",
        user_id,
        modality,
    )
    return [row["row"] for row in rows]


async def activate(reader: Reader, files: Files, user_id: str, model: UUID) -> Row:
    """Let this model serve. Raises `NotThere`, or `LearningError` when its file is not what was
    trained: then the one before goes on serving."""
    row = await _row(reader, user_id, model)
    try:
        await asyncio.to_thread(_loaded, files, row)
    except BadModel as reason:
        raise LearningError("id", f"This model can't serve: {reason}") from reason
    async with reader.connection() as connection, connection.transaction():
        await connection.execute(
            "update models set status = 'archived' where user_id = $1 and modality = $2 "
            "and status = 'active' and model_id <> $3",
            user_id,
            row["modality"],
            model,
        )
        await connection.execute(
            "update models set status = 'active', payload = "
            "jsonb_build_object('activated', $2::text) || payload where model_id = $1",
            model,
            datetime.now(UTC).isoformat(),
        )
    return await _row(reader, user_id, model)


async def roll_back(reader: Reader, files: Files, user_id: str, modality: str) -> Row:
    """Let the model that first served before the present one serve again; once more goes back
    further. Raises `NotThere`, `LearningError`."""
    present = await reader.row(
        "select payload ->> 'activated' as at from models where user_id = $1 and modality = $2 "
        "and status = 'active'",
        user_id,
        modality,
    )
    archived = await _before(reader, user_id, modality)
    before = [
        row for row in archived if present is None or row["payload"]["activated"] < present["at"]
    ]
    if not before:
        raise NotThere("modality", "There is no earlier model to go back to.")
    return await activate(reader, files, user_id, UUID(before[0]["model_id"]))


async def serving(
    reader: Reader,
    files: Files,
    user_id: str,
    modality: str,
    on_fault: Callable[[str, str], object],
) -> Serving | None:
    """The model that serves a person now; None when none can. `on_fault(kind, description)` hears
    of one that should and can't."""
    rows = await reader.rows(
        "select to_jsonb(m) as row from models m where user_id = $1 and modality = $2 "
        "and status = 'active'",
        user_id,
        modality,
    )
    candidates = [row["row"] for row in rows]
    candidates += await _before(reader, user_id, modality) if candidates else []
    for row in candidates:
        try:
            return Serving(row, await asyncio.to_thread(_loaded, files, row))
        except BadModel as reason:
            on_fault("model_refused", f"model {row['model_id']} ({row['modality']}): {reason}")
    return None


async def _before(reader: Reader, user_id: str, modality: str) -> list[Row]:
    """The models that were active once and are no more, the latest first."""
    rows = await reader.rows(
        "select to_jsonb(m) as row from models m where user_id = $1 and modality = $2 "
        "and status = 'archived' and payload ? 'activated' order by payload ->> 'activated' desc",
        user_id,
        modality,
    )
    return [row["row"] for row in rows]


async def _row(reader: Reader, user_id: str, model: UUID) -> Row:
    found = await reader.row(
        "select to_jsonb(m) as row from models m where model_id = $1 and user_id = $2",
        model,
        user_id,
    )
    if found is None:
        raise NotThere("id", "There is no such model of this person's.")
    return dict(found["row"])


def _loaded(files: Files, row: Row) -> Model:
    """Raises `BadModel`."""
    try:
        data = files.path(row["artifact_uri"]).read_bytes()
    except (OSError, ValueError) as error:
        raise BadModel("its file is missing.") from error
    if f"sha256:{hashlib.sha256(data).hexdigest()}" != row["artifact_hash"]:
        raise BadModel("its file was changed since it was trained.")
    return load(data)
