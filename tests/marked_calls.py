"""A person's call in which a marker word stands everywhere that anything of theirs can land."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import numpy as np
from records_opened import Books, Query
from uuid_utils.compat import uuid7

from visavis.records.files import StoredFile
from visavis.records.writing.calibration_settings import StoredCalibration


@dataclass
class Called:
    """The ids of what a call has left."""

    user: str
    client: UUID
    session: UUID
    turn: UUID
    heard: UUID
    chat: UUID
    pose: UUID
    example: UUID | None = None


TONE = (3000 * np.sin(np.arange(8_000) / 20)).astype(np.int16)


async def call(books: Books, marker: str, *, finished: bool = True) -> Called:
    """One call with one turn, and all that can be kept of it."""
    recorder = books.recorder
    user = recorder.users.add(
        f"{marker} caller",
        external_identifier=f"{marker} external",
        email=f"{marker}@example.org",
        coordinates={"telephone": marker},
        permissions=[marker],
    )
    client = recorder.session.client_system({"browser": marker})
    session = recorder.session.started(user=user, initiator="caller", client_system=client)
    recorder.session.facts(session, timezone=f"Europe/{marker}")
    await recorder.consent(session, True)
    recorder.mode_state.entered(session, "chat", cause="speech")
    turn = uuid7()
    details = {"remark": marker}
    heard = recorder.audio.add(
        session, TONE, 16_000, kind="input", turn=turn, provenance="microphone", details=details
    )
    stt = recorder.stt.add(session, audio=heard, text=marker, system="s", parameters={}, turn=turn)
    chat = recorder.chat.add(
        session,
        generation=1,
        system="rules",
        parameters={},
        stt=stt,
        user_prompt=f"I am {marker}",
        system_prompt=f"You talk with {marker}",
        turn=turn,
        prompt_values={"holes": {"caller_name": marker}},
        retrieved=[{"text": f"about {marker}"}],
    )
    recorder.chat.finished(session, chat, text=f"Hello {marker}, how are you?")
    recorder.chat.heard(session, chat, heard=f"Hello {marker}", words=2, complete=False)
    voice = recorder.audio.add(session, TONE, 16_000, kind="output", turn=turn, provenance="tts")
    tts = recorder.tts.add(
        session,
        text=f"Hello {marker}",
        system="hibari",
        parameters={},
        chat=chat,
        audio=voice,
        words=[{"text": marker, "start": 0, "end": 9}],
        turn=turn,
    )
    recorder.video.add(
        session, marker.encode(), kind="input", mime_type="video/webm", length_ms=9, provenance="c"
    )
    clip = recorder.video.add(
        session, marker.encode(), kind="output", mime_type="video/webm", length_ms=9, provenance="c"
    )
    recorder.lipsync.add(session, tts=tts, system="s", parameters={}, audio=voice, video=clip)
    pose = recorder.pose.add(
        session,
        marker.encode(),
        encoding="e",
        frames=1,
        system="s",
        parameters={},
        provenance="camera",
        interpretation={"waves like": marker},
    )
    assert pose is not None  # consent is given
    recorder.pose.in_sequence(uuid7(), 0, pose)
    sight = recorder.vision.add(
        session, system="s", parameters={}, description=f"{marker} smiles", details={"who": marker}
    )
    assert sight is not None
    recorder.vision.in_pose(sight, pose)
    recorder.session_events.add(
        session, "heard", turn=turn, payload={"facts": marker}, words=f"{marker} said"
    )
    recorder.calibration_settings.add(
        session,
        StoredCalibration(gain_db=3.0, noise_floor_db=-60.0, framing={"x": 0.5}),
        cause="check",
        client_system=client,
        facts={"browser": marker},
        details={"room": marker},
    )
    recorder.performance_log.turn(session, turn, 400.0, {"endpoint": 250.0})
    recorder.faults.tell("slow_reply", f"told of {marker}", session=session, details={"of": marker})
    if finished:
        recorder.session.finished(session, ending="hung up")
    assert await recorder.flushed(20)
    return Called(user, client, session, turn, heard, chat, pose)


async def learnt(
    url: str, books: Books, user: str, session: UUID, marker: str
) -> tuple[UUID, UUID]:
    """An example, a model and a training run of the person, with their files."""
    example, model = uuid7(), uuid7()
    files = {
        kind: books.files.write(uri, f"{kind} {marker}".encode())
        for kind, uri in (
            ("example", f"users/{user}/examples/{example}.npz"),
            ("model", f"models/users/{user}/{model}.bin"),
        )
    }
    connection = await asyncpg.connect(url)
    await connection.execute(
        "insert into training_examples (example_id, user_id, session_id, modality, label, "
        "performer_id, features_uri, features_hash, features_size, encoding, payload) "
        "values ($1, $2, $3, 'gesture', $4, $2, $5, $6, $7, 'e', $8)",
        example,
        user,
        session,
        f"{marker} sign",
        files["example"].uri,
        f"sha256:{files['example'].sha256}",
        files["example"].size,
        json.dumps({"note": marker}),
    )
    await connection.execute(
        "insert into models (model_id, user_id, modality, model_version, artifact_uri, "
        "artifact_hash, trainer_name, encoding, notes, payload) "
        "values ($1, $2, 'gesture', '1', $3, $4, 'linear', 'e', $5, $6)",
        model,
        user,
        files["model"].uri,
        f"sha256:{files['model'].sha256}",
        marker,
        json.dumps({"labels": [marker]}),
    )
    await connection.execute(
        "insert into training_runs (run_id, user_id, modality, model_id, dataset_query, "
        "example_count, examples_hash, metrics, parameters) "
        "values ($1, $2, 'gesture', $3, $4, 1, 'x', $4, $4)",
        uuid7(),
        user,
        model,
        json.dumps({"label": marker}),
    )
    await connection.close()
    return example, model


async def uploaded(books: Books, query: Query, audio: UUID | None) -> None:
    """An online service has the file of that row."""
    (row,) = await query("select uri, sha256, size from audio where id = $1", audio)
    file = StoredFile(row["uri"], row["sha256"], row["size"], "flac")
    books.recorder.cached_uploads.add(
        "fal", file, mime_type="audio/flac", url="https://example.org/f", expires=None
    )
    assert await books.recorder.flushed(10)


async def everything(query: Query) -> dict[str, list[str]]:
    """Each table's rows as text, sorted."""
    from visavis.records.tables import metadata

    return {
        name: [row["row"] for row in await query(f"select t::text as row from {name} t order by 1")]
        for name in metadata.tables
    }


def folder(root: Path) -> dict[str, str]:
    """Every file under ``root`` with the hash of its bytes."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
