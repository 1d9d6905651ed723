"""Takes of a person's signs and sounds, kept with their labels: rows of ``training_examples``.

Whoever keeps a take waits to see it, so these rows are written at once and not by the journal.
The file is what was recorded (landmarks, or sound), at the seed's path; ``encoding`` is that of
the features that models are made of, which are computed anew from the file each time.
"""

import asyncio
import contextlib
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from visavis.learning import features as signs
from visavis.learning import vocalisation as sounds
from visavis.learning.errors import LearningError, NotThere
from visavis.learning.features import Features
from visavis.records.files import Files
from visavis.records.reading.reader import Reader, Row

Modality = Literal["gesture", "audio"]
ExampleStatus = Literal["unconfirmed", "confirmed", "corrected"]

LONGEST_LABEL = 200
MAX_SOUND = 48_000 * 12
"""Samples of the longest sound that is read."""
ENCODINGS: dict[Modality, str] = {"gesture": signs.GESTURE, "audio": sounds.VOCALISATION}


@dataclass(frozen=True)
class Take:
    """A take as it was recorded, before anybody has said that it is good."""

    user_id: str
    session: UUID
    modality: Modality
    label: str
    npz: bytes
    performer: str | None = None
    at: datetime | None = None
    consent: bool = False
    status: ExampleStatus = "unconfirmed"
    details: dict[str, Any] | None = None


def label_of(text: str) -> str:
    """A label as it is kept. Raises `LearningError`."""
    label = " ".join(text.split())
    if not label:
        raise LearningError("label", "Give the sign a name.")
    if len(label) > LONGEST_LABEL:
        raise LearningError(
            "label",
            f"The name has {len(label)} letters; at most {LONGEST_LABEL} are kept.",
        )
    if not label.isprintable():
        raise LearningError("label", "The name holds signs that can't be shown; type it anew.")
    return label


def sound_file(pcm: NDArray[np.float32], rate: int) -> bytes:
    """A take of a sound as an NPZ: ``pcm`` (N,) int16 and its ``rate`` in Hz."""
    out = io.BytesIO()
    whole = np.clip(np.nan_to_num(pcm), -1, 1) * 32767
    np.savez(out, pcm=whole.astype(np.int16), rate=np.array(rate, np.int64))
    return out.getvalue()


def features_of(modality: str, npz: bytes) -> Features:
    """The features of a take's file, trusting none of its bytes. Raises `LearningError`."""
    try:
        if modality == "gesture":
            return signs.from_npz(npz)
        with np.load(io.BytesIO(npz), allow_pickle=False) as held:
            pcm, rate = held["pcm"], int(held["rate"])
            if pcm.dtype != np.int16 or pcm.ndim != 1 or not 0 < len(pcm) <= MAX_SOUND:
                raise ValueError("it holds no sound of a fitting length")
        return sounds.vocalisation(pcm.astype(np.float32) / 32768, rate)
    except Exception as error:  # whatever damaged bytes make the readers raise
        raise LearningError("take", f"The take's file can't be read: {error}") from error


async def keep(reader: Reader, files: Files, take: Take) -> Row:
    """Keep a take; its row. Raises `LearningError`, also for one that is there already, OSError
    and `reader.Away`."""
    label = label_of(take.label)
    features = await asyncio.to_thread(features_of, take.modality, take.npz)
    digest = f"sha256:{hashlib.sha256(take.npz).hexdigest()}"
    there = await reader.row(
        "select label from training_examples where user_id = $1 and features_hash = $2",
        take.user_id,
        digest,
    )
    if there is not None:
        raise LearningError("take", f"This take is there already, as “{there['label']}”.")
    example, record = uuid7(), uuid7()
    uri = files.session_uri(take.user_id, take.session, "features", record, "npz")
    stored = await asyncio.to_thread(files.write, uri, take.npz)
    try:
        async with reader.connection() as connection:
            await connection.execute(
                "insert into training_examples (example_id, user_id, session_id, record_id, "
                "modality, label, label_status, performer_id, timestamp, features_uri, "
                "features_hash, features_size, encoding, dims, consent_given, payload) "
                "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
                example,
                take.user_id,
                take.session,
                record,
                take.modality,
                label,
                take.status,
                take.performer,
                take.at or datetime.now(UTC),
                stored.uri,
                digest,
                stored.size,
                features.encoding,
                int(features.values.shape[1]),
                take.consent,
                take.details or {},
            )
    except asyncpg.ForeignKeyViolationError:
        await asyncio.to_thread(files.delete, uri)
        raise LearningError(
            "user", "The person or the call that this take belongs to was deleted."
        ) from None
    except BaseException:
        await asyncio.to_thread(files.delete, uri)
        raise
    return await one(reader, take.user_id, example)


async def one(reader: Reader, user_id: str, example: UUID) -> Row:
    """An example of that person's. Raises `NotThere`."""
    found = await reader.row(
        "select to_jsonb(e) as row from training_examples e where example_id = $1 and user_id = $2",
        example,
        user_id,
    )
    if found is None:
        raise NotThere("id", "There is no such take of this person's.")
    return dict(found["row"])


async def of(reader: Reader, user_id: str, modality: Modality | None = None) -> list[Row]:
    """All takes of a person, the newest first."""
    rows = await reader.rows(
        "select to_jsonb(e) as row from training_examples e where user_id = $1 "
        "and ($2::text is null or modality = $2) order by example_id desc",
        user_id,
        modality,
    )
    return [row["row"] for row in rows]


async def confirm(reader: Reader, user_id: str, example: UUID) -> Row:
    """Its label is right. Raises `NotThere`."""
    return await _status(reader, user_id, example, "confirmed", None)


async def correct(reader: Reader, user_id: str, example: UUID, label: str) -> Row:
    """Its label is this one. Raises `LearningError`, `NotThere`."""
    return await _status(reader, user_id, example, "corrected", label_of(label))


async def _status(
    reader: Reader, user_id: str, example: UUID, status: ExampleStatus, label: str | None
) -> Row:
    await reader.rows(
        "update training_examples set label_status = $3, label = coalesce($4, label) "
        "where example_id = $1 and user_id = $2 returning example_id",
        example,
        user_id,
        status,
        label,
    )
    return await one(reader, user_id, example)


async def discard(reader: Reader, files: Files, user_id: str, example: UUID) -> None:
    """Take it away, with its file. Raises `NotThere`, or `LearningError` while it is judged."""
    row = await one(reader, user_id, example)
    try:
        await reader.rows(
            "delete from training_examples where example_id = $1 and user_id = $2", example, user_id
        )
    except asyncpg.ForeignKeyViolationError:
        raise LearningError(
            "id", "This take was judged, so it stays; correct it instead."
        ) from None
    if row["features_uri"]:
        await asyncio.to_thread(files.delete, row["features_uri"])


async def withdraw(reader: Reader, files: Files, user_id: str, session: UUID) -> int:
    """Take away all takes of a call whose caller has taken their consent back; how many went.

    One that somebody has judged stays as a row without consent.
    """
    rows = await reader.rows(
        "update training_examples set consent_given = false "
        "where user_id = $1 and session_id = $2 returning example_id",
        user_id,
        session,
    )
    gone = 0
    for row in rows:
        with contextlib.suppress(LearningError):
            await discard(reader, files, user_id, row["example_id"])
            gone += 1
    return gone
