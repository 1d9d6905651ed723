"""What an export holds, read back with pyarrow."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from marked_calls import Called, call, learnt
from records_opened import Books, Query
from typer.testing import CliRunner

from visavis.cli import app
from visavis.records.exporting import export as exporting
from visavis.records.exporting.export import Exported, FolderNotEmpty, Selection, export
from visavis.records.exporting.schemas import MEDIA, TABLES
from visavis.records.reading.reader import Reader
from visavis.records.writing import judgement as judging


@pytest.fixture
async def people(books: Books, migrated: str, query: Query) -> AsyncIterator[tuple[Called, Called]]:
    """Ann's judged call and Bob's that nobody has judged."""
    ann, bob = await call(books, "ann"), await call(books, "bob")
    tess = books.recorder.users.add("tess")
    assert await books.recorder.flushed(10)
    example, _ = await learnt(migrated, books, ann.user, ann.session, "ann")
    await query("update training_examples set consent_given = true")
    reader = Reader(migrated)
    for score, comment in ((-1.0, "changed my mind"), (0.5, "kind")):
        await judging.judge(reader, "chat", ann.chat, score, tess, comment)
    await judging.judge(reader, "audio", ann.heard, 1.0, ann.user, None)
    await judging.judge(reader, "training_examples", example, 1.0, tess, None)
    await reader.close()
    ann.example = example
    yield ann, bob


@pytest.fixture
def exported(
    books: Books, migrated: str, tmp_path: Path
) -> Callable[..., Awaitable[tuple[dict[str, list[dict[str, Any]]], Exported, Path]]]:
    """``await exported(**chosen)`` gives (tables by name as rows, what the export told, folder)."""
    count = 0

    async def run(**chosen: Any) -> tuple[dict[str, list[dict[str, Any]]], Exported, Path]:
        nonlocal count
        count += 1
        folder = tmp_path / f"export {count}"
        done = await export(migrated, books.files, folder, Selection(**chosen))
        tables = {
            path.stem: pq.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))
        }
        return tables, done, folder

    return run


async def test_from_a_judged_turn_to_the_microphone(
    people: tuple[Called, Called],
    exported: Callable[..., Awaitable[tuple[dict[str, list[dict[str, Any]]], Exported, Path]]],
    books: Books,
) -> None:
    ann, _ = people
    tables, done, folder = await exported()
    (turn,) = tables["turns"]
    assert turn["chat_id"] == str(ann.chat) and turn["turn_id"] == str(ann.turn)
    assert (turn["transcript"], turn["heard"]) == ("ann", "Hello ann")
    assert (turn["username"], turn["deployment"], turn["version"]) == (
        "ann caller",
        "here",
        "1.2.3",
    )
    assert turn["tts_texts"] == ["Hello ann"] and json.loads(turn["tts_words"][0])[0]["end"] == 9
    assert json.loads(turn["prompt_values"]) == {"holes": {"caller_name": "ann"}}
    assert turn["voice_to_voice"] == 400.0
    assert dict(turn["stages"]) == {"endpoint": 250.0, "unexplained": 150.0}
    assert turn["score"] == 0.75
    said = {(one["kind"], one["score"], one["active"]) for one in turn["judgements"]}
    assert said == {("chat", -1.0, False), ("chat", 0.5, True), ("audio", 1.0, True)}

    media = {row["uri"]: row for row in tables["media"]}
    for uri in (turn["audio_uri"], *turn["spoken_uris"], *turn["video_uris"]):
        copied = (folder / media[uri]["path"]).read_bytes()
        assert hashlib.sha256(copied).hexdigest() == media[uri]["sha256"]
        assert copied == books.files.path(uri).read_bytes() and len(copied) == media[uri]["size"]
    assert done.files == {"copied": len(media)} and done.wrong == []
    assert done.bytes == sum(row["size"] for row in media.values())


async def test_the_other_tables(
    people: tuple[Called, Called],
    exported: Callable[..., Awaitable[tuple[dict[str, list[dict[str, Any]]], Exported, Path]]],
) -> None:
    ann, bob = people
    tables, _, _ = await exported()
    assert [row["kind"] for row in tables["judgements"]] == [
        "chat", "chat", "audio", "training_examples",
    ]  # fmt: skip
    assert tables["judgements"][0]["withdrawn"] and not tables["judgements"][1]["withdrawn"]
    assert tables["judgements"][0]["turn_id"] == str(ann.turn)
    (example,) = tables["examples"]
    assert (example["example_id"], example["label"]) == (str(ann.example), "ann sign")
    features = {row["pose_id"]: row for row in tables["features"]}
    assert set(features) == {str(ann.pose), str(bob.pose)}
    assert features[str(ann.pose)]["index"] == 0
    named = {row["uri"] for row in tables["media"]}
    assert {example["features_uri"], features[str(bob.pose)]["features_uri"]} <= named


async def test_every_column_is_asked_for_and_told(
    people: tuple[Called, Called],
    exported: Callable[..., Awaitable[tuple[dict[str, list[dict[str, Any]]], Exported, Path]]],
    query: Query,
    migrated: str,
) -> None:
    _, _, folder = await exported()
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, schema in {**{n: s for n, (_, s) in TABLES.items()}, "media": MEDIA}.items():
        table = pq.read_table(folder / f"{name}.parquet")
        assert table.schema.equals(schema), name
        told = manifest["tables"][name]
        assert told["rows"] == table.num_rows and list(told["columns"]) == schema.names
    for name, (sql, schema) in TABLES.items():
        rows = await query(sql, None, None, None, False)
        assert rows and list(rows[0]) == schema.names, name
    assert manifest["filters"]["judged_only"] is True and manifest["media"]["wrong"] == []


async def test_what_is_chosen(
    people: tuple[Called, Called],
    exported: Callable[..., Awaitable[tuple[dict[str, list[dict[str, Any]]], Exported, Path]]],
    books: Books,
) -> None:
    ann, bob = people
    everyone, _, _ = await exported(judged_only=False)
    assert [row["chat_id"] for row in everyone["turns"]] == [str(ann.chat), str(bob.chat)]
    assert everyone["turns"][1]["judgements"] is None
    bobs, done, folder = await exported(judged_only=False, user="bob caller", media=False)
    assert [row["chat_id"] for row in bobs["turns"]] == [str(bob.chat)]
    assert bobs["judgements"] == bobs["examples"] == [] and len(bobs["features"]) == 1
    assert set(done.files) == {"left out"} and not (folder / "media").exists()
    assert {row["path"] for row in bobs["media"]} == {None}
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for nothing in ({"since": tomorrow}, {"until": tomorrow - timedelta(days=2)}):
        tables, _, _ = await exported(judged_only=False, **nothing)
        assert not any(tables.values())
    inside, _, _ = await exported(since=tomorrow - timedelta(days=2), until=tomorrow)
    assert len(inside["turns"]) == 1


async def test_what_is_missing_or_changed_is_named_and_counted(
    people: tuple[Called, Called],
    exported: Callable[..., Awaitable[tuple[dict[str, list[dict[str, Any]]], Exported, Path]]],
    books: Books,
    query: Query,
) -> None:
    ann, _ = people
    rows = await query("select kind, uri from audio where session_id = $1", ann.session)
    uris = {row["kind"]: row["uri"] for row in rows}
    books.files.path(uris["input"]).unlink()
    books.files.path(uris["output"]).write_bytes(b"other bytes")
    tables, done, folder = await exported()
    status = {row["uri"]: (row["status"], row["path"]) for row in tables["media"]}
    assert status[uris["input"]] == ("missing", None)
    assert status[uris["output"]] == ("changed", None)
    assert (done.files["missing"], done.files["changed"]) == (1, 1)
    assert sorted(done.wrong) == sorted(
        [f"{uris['input']} (missing)", f"{uris['output']} (changed)"]
    )
    assert not (folder / "media" / uris["output"]).exists()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["media"]["files"]["missing"] == 1


async def test_rows_leave_in_batches(
    people: tuple[Called, Called],
    exported: Callable[..., Awaitable[tuple[dict[str, list[dict[str, Any]]], Exported, Path]]],
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 7)
    await query(
        "insert into judgement (id, score, user_id) "
        "select gen_random_uuid(), 0, user_id from users, generate_series(1, 20) "
        "where username = 'tess'"
    )
    await query(
        "insert into judgement_session select j.id, (select min(id::text)::uuid from session) "
        "from judgement j where j.score = 0"
    )
    tables, done, folder = await exported()
    assert len(tables["judgements"]) == done.rows["judgements"] == 24
    groups = pq.ParquetFile(folder / "judgements.parquet").metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [7, 7, 7, 3]


async def test_nothing_is_written_over(books: Books, migrated: str, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(FolderNotEmpty, match="not empty"):
        await export(migrated, books.files, tmp_path / "full", Selection())
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["thesis.txt"]


async def test_the_command(
    people: tuple[Called, Called],
    books: Books,
    migrated: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", migrated)
    monkeypatch.setenv("VISAVIS_RECORDS__DATA", str(tmp_path))
    arguments = ["export", str(tmp_path / "out"), "--all", "--since", "2020-01-01"]
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert done.exit_code == 0, done.output
    assert "2 turns" in done.output and "copied" in done.output
    again = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert again.exit_code == 1 and "not empty" in again.stderr
