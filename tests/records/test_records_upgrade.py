"""A database that the first version filled comes to this version's schema with all it holds."""

import json
from typing import Any

import asyncpg
from alembic import command
from sqlalchemy import Connection

from visavis.records.postgres import migrate

ID = "0192f0c1-0000-7000-8000-0000000000{:02x}"
FILE = {"uri": "users/u/x", "sha256": "ab" * 32, "size": 3}
FIRST_VERSION: dict[str, dict[str, Any]] = {
    "system_version": {"version": "0.1.0"},
    "run": {"component": "server", "node": "n", "hardware": '{"cores": 2}'},
    "deployment_type": {"descriptor": "video_call"},
    "deployment": {"name": "here", "configuration": '{"chat": {"engine": "off"}}'},
    "users": {"user_id": "u", "username": "guest"},
    "client_system": {"facts": '{"browser": "Chromium"}'},
    "session": {"user_id": "u", "initiator": "caller", "ending": "hung up", "timezone": "UTC"},
    "mode_state": {"mode": "chat", "cause": "speech", "during": "[2026-01-01,2026-01-02)"},
    "portrait": {"width": 512, "height": 512, "format": "webp", "provenance": "iris", **FILE},
    "video": {"kind": "output", "mime_type": "video/webm", "provenance": "lipsync", **FILE},
    "audio": {
        "kind": "input",
        "length_ms": 900.0,
        "sample_rate": 16_000,
        "format": "flac",
        "provenance": "the caller's microphone",
        **FILE,
    },
    "stt": {"system": "whisper", "text": "Hello."},
    "chat": {"generation": 1, "system": "rules", "text": "Hi!", "heard": "Hi!", "heard_words": 1},
    "tts": {"system": "hibari", "text": "Hi!", "words": '[{"text": "Hi!"}]'},
    "lipsync": {"system": "ShapesFace"},
    "pose": {
        "system": "holistic",
        "features_uri": "users/u/y",
        "features_hash": "sha256:" + "cd" * 32,
        "features_size": 5,
        "features_format": "npz",
        "encoding": "holistic_landmarks_v1",
        "frames": 10,
        "provenance": "the caller's camera",
    },
    "performance_log": {"measure": "voice_to_voice", "value": 412.5},
    "faults": {"type": "slow_reply", "description": "3100 ms, think most of it", "mode": "chat"},
    "journal": {"segment": 3, "position": 4096},
}
"""A row of each table; keys and references are added."""

REFERENCES = """
select attname, confrelid::regclass::text from pg_constraint
join pg_attribute on attrelid = conrelid and attnum = conkey[1]
where contype = 'f' and conrelid = $1::regclass and confrelid <> conrelid
"""


async def filled(url: str) -> dict[str, list[dict[str, Any]]]:
    """Fill a database of the first version; its tables as they then are."""
    connection = await asyncpg.connect(url)
    keys = {name: ID.format(n) for n, name in enumerate(FIRST_VERSION)} | {"users": "u"}
    for table, row in FIRST_VERSION.items():
        named = {} if table == "users" else {"id": keys[table]}
        points = {name: keys[to] for name, to in await connection.fetch(REFERENCES, table)}
        told = json.dumps(named | points | row)
        # What is missing takes the column's default, as for the writer of that time.
        columns = ", ".join(json.loads(told))
        await connection.execute(
            f"insert into {table} ({columns}) "
            f"select {columns} from jsonb_populate_record(null::{table}, $1)",
            told,
        )
    held = {name: await contents(connection, name) for name in FIRST_VERSION}
    await connection.close()
    return held


async def contents(connection: asyncpg.Connection, table: str) -> list[dict[str, Any]]:
    return [
        json.loads(row[0]) for row in await connection.fetch(f"select to_jsonb(t) from {table} t")
    ]


async def test_what_the_first_version_kept_is_kept(database_url: str) -> None:
    def first(connection: Connection) -> None:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()

    engine = migrate.engine(database_url)
    async with engine.connect() as before_it:
        await before_it.run_sync(first)
    await engine.dispose()
    before = await filled(database_url)
    assert all(len(rows) == 1 for rows in before.values())

    assert await migrate.upgrade(database_url) == "0002"

    connection = await asyncpg.connect(database_url)
    for table, (old,) in before.items():
        (new,) = await contents(connection, table)
        assert {name: new[name] for name in old} == old, table
    await connection.close()
