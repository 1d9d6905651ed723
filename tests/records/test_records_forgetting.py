"""Two people have called; one is forgotten."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from lineage import lineage
from marked_calls import Called, call, everything, folder, learnt, uploaded
from records_opened import Books, OpenBooks, Query
from typer.testing import CliRunner, Result
from uuid_utils.compat import uuid7

from visavis.cli import app
from visavis.records.checking import check
from visavis.records.forgetting import forgetting as forgetting_module
from visavis.records.forgetting.blanks import BLANKED
from visavis.records.forgetting.forgetting import Forgetting
from visavis.records.forgetting.report import InACall, UnknownUser
from visavis.records.reading.reader import Reader
from visavis.records.tables import metadata
from visavis.records.writing import judgement as judging

ANN, BOB = "Xanthippe", "Bartholomew"


def forgetting(books: Books, url: str, **more: Any) -> Forgetting:
    options: dict[str, Any] = {"alive": lambda run: True, "settle_s": 0.05} | more
    return Forgetting(url, books.files, **options)


@pytest.fixture
async def two(books: Books, migrated: str, query: Query) -> AsyncIterator[dict[str, Called]]:
    """Ann and Bob: two calls of each, what was learnt of them, and what people said of it."""
    people = {}
    reader = Reader(migrated)
    for marker in (ANN, BOB):
        first, second = await call(books, marker), await call(books, marker)
        example, model = await learnt(migrated, books, first.user, first.session, marker)
        tess = books.recorder.users.add("tess")
        assert await books.recorder.flushed(10)
        said = await judging.judge(reader, "chat", first.chat, -1.0, tess, f"unkind to {marker}")
        await judging.judge(reader, "judgement", said["id"], 1.0, tess, f"poor {marker}")
        await judging.judge(reader, "session", second.session, 1.0, first.user, f"I, {marker}")
        await judging.judge(reader, "training_examples", example, 1.0, tess, f"{marker} waves well")
        await judging.judge(reader, "models", model, 0.0, tess, marker)
        await uploaded(books, query, first.heard)
        people[marker] = first
    await reader.close()
    yield people


def with_marker(tables: dict[str, list[str]], marker: str) -> set[str]:
    return {name for name, rows in tables.items() if any(marker in row for row in rows)}


def holding(root: Path, marker: str) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file() and marker in _text(path)]


def _text(path: Path) -> str:
    return path.read_bytes().decode("latin-1")


async def test_nothing_of_one_is_left_and_nothing_of_the_other_is_touched(
    two: dict[str, Called], books: Books, migrated: str, query: Query, tmp_path: Path
) -> None:
    ann, bob = two[ANN], two[BOB]
    before, files = await everything(query), folder(tmp_path)
    marked = with_marker(before, ANN)
    assert marked >= {
        "users", "client_system", "session", "audio", "stt", "chat", "tts", "pose", "vision",
        "session_events", "calibration_settings", "faults", "judgement", "training_examples",
        "models", "training_runs",
    }  # fmt: skip
    assert holding(tmp_path / "journal", ANN)
    size_of = {name: (tmp_path / name).stat().st_size for name in files}

    gone = await forgetting(books, migrated).forget(f"{ANN} caller")

    after, left = await everything(query), folder(tmp_path)
    assert with_marker(after, ANN) == set()
    assert holding(tmp_path, ANN) == []
    theirs = re.compile(f"{BOB}|{bob.user}|{bob.session}")
    for name, rows in before.items():
        assert [row for row in rows if theirs.search(row)] == [
            row for row in after[name] if theirs.search(row)
        ], name
    kept = {name for name in files if f"users/{ann.user}/" not in name}
    journal = {name for name in kept if name.startswith("journal/")}
    assert {name: files[name] for name in kept - journal} == {
        name: left[name] for name in left if name not in journal
    }

    assert gone.files == len(files) - len(kept) == 12
    assert gone.bytes == sum(size_of[name] for name in files.keys() - kept)
    assert (gone.missing, gone.uploaded, gone.letters) == (0, 1, 0)
    assert gone.removed == {
        "training_examples": 1, "models": 1, "training_runs": 1, "cached_uploads": 1,
        "judgement": 2,
    }  # fmt: skip
    assert gone.blanked == {
        "audio": 4, "video": 4, "pose": 2, "vision": 2, "stt": 2, "chat": 2, "tts": 2,
        "session_events": 2, "calibration_settings": 2, "faults": 2, "judgement": 3 + 2,
        "client_system": 2, "session": 2, "users": 1,
    }  # fmt: skip
    for name, rows in before.items():
        joined = name in ("judgement_training_examples", "judgement_models")
        less = 1 if joined else gone.removed[name] - (name == "performance_log")
        assert len(after[name]) == len(rows) - less, name
    assert await check(tmp_path, migrated, served=False) == []


async def test_the_databases_statistics_quote_nothing_either(
    two: dict[str, Called], books: Books, migrated: str, query: Query
) -> None:
    async def quoted() -> list[dict[str, Any]]:
        return await query(
            "select tablename from pg_stats where concat(most_common_vals::text, "
            "histogram_bounds::text) like '%' || $1 || '%'",
            ANN,
        )

    await query("analyze")
    assert await quoted()
    await forgetting(books, migrated).forget(f"{ANN} caller")
    assert await quoted() == []


async def test_lineage_and_measures_stay(
    two: dict[str, Called], books: Books, migrated: str, query: Query
) -> None:
    ann = two[ANN]
    await forgetting(books, migrated).forget(ann.user)
    (way,) = await lineage(books.url, ann.chat)
    assert way["audio_id"] == ann.heard and way["audio_uri"] is None
    assert way["voice_to_voice"] == 400.0 and way["version"] == "1.2.3"
    (kept,) = await query("select parameters from performance_log where measure = 'forget'")
    assert kept["parameters"]["files"] == 12 and ann.user not in str(kept)


async def test_asked_again_it_finds_nothing(
    two: dict[str, Called], books: Books, migrated: str, query: Query
) -> None:
    work = forgetting(books, migrated)
    assert await work.forget(f"{ANN} caller")
    before = await everything(query)
    assert not await work.forget(f"{ANN} caller")
    assert await everything(query) == before


async def test_nobody_of_that_name(books: Books, migrated: str) -> None:
    with pytest.raises(UnknownUser, match="Nobody is kept under the name or id 'nobody'"):
        await forgetting(books, migrated).forget("nobody")


async def test_a_call_that_goes_on_is_left_to_end(
    books: Books, migrated: str, query: Query
) -> None:
    await call(books, ANN, finished=False)
    before = await everything(query)
    with pytest.raises(InACall, match="Let it end"):
        await forgetting(books, migrated).forget(f"{ANN} caller")
    assert await everything(query) == before
    # Its server was killed: nothing comes any more.
    assert await forgetting(books, migrated, alive=lambda run: False).forget(f"{ANN} caller")
    assert with_marker(await everything(query), ANN) == set()


async def test_the_command_asks_forgets_and_reports(
    books: Books, migrated: str, query: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", migrated)
    monkeypatch.setenv("VISAVIS_RECORDS__DATA", str(tmp_path))
    monkeypatch.setattr(forgetting_module, "SETTLE_S", 0.05)
    ann = await call(books, ANN)
    await uploaded(books, query, ann.heard)

    async def command(*options: str, **more: Any) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["forget", *options], **more)

    nobody = await command("nobody", "--yes")
    assert nobody.exit_code == 1 and "Nobody is kept" in nobody.stderr
    refused = await command(f"{ANN} caller", input="n\n")
    assert refused.exit_code == 1 and "for good?" in refused.output
    assert with_marker(await everything(query), ANN)

    done = await command(f"{ANN} caller", input="y\n")  # this journal's "server" runs
    assert done.exit_code == 0, done.output
    told = " ".join(done.output.split())
    assert "│ audio │ 2 │ │" in told and "│ cached_uploads │ │ 1 │" in told
    assert "5 files" in told and "only that can delete them" in told
    assert with_marker(await everything(query), ANN) == set() and holding(tmp_path, ANN) == []
    assert "nothing of theirs" in (await command(f"{ANN} caller", "--yes")).output


async def test_rows_that_the_database_refused_are_overwritten(
    books: Books, migrated: str, tmp_path: Path
) -> None:
    ann, bob = await call(books, ANN), await call(books, BOB)
    for person, marker in ((ann, ANN), (bob, BOB)):
        chat, nowhere = uuid7(), uuid7()
        books.journal.put(
            "chat",
            {
                "id": chat,
                "session_id": person.session,
                "stt_id": nowhere,
                "generation": 0,
                "system": "s",
                "text": marker,
            },
        )
        books.recorder.chat.finished(person.session, chat, text=f"more of {marker}")
    assert await books.recorder.flushed(20)
    letters = tmp_path / "journal" / "dead_letters.jsonl"
    lines = letters.read_text().splitlines()
    assert len(lines) == 4

    gone = await forgetting(books, migrated).forget(ann.user)
    assert gone.letters == 2 and ANN not in letters.read_text()
    assert [line for line in letters.read_text().splitlines() if line.strip()] == lines[2:]


async def test_rows_that_a_killed_server_left_in_its_journal_are_forgotten_too(
    open_books_with: OpenBooks, migrated: str, query: Query, tmp_path: Path
) -> None:
    async with open_books_with() as books:
        ann = await call(books, ANN)
        place = await query("select segment, position from journal")
        books.recorder.session_events.add(ann.session, "late", payload={"facts": f"late {ANN}"})
        assert await books.journal.synced(5)
        kept = {path: path.read_bytes() for path in (tmp_path / "journal").glob("*.journal")}
        assert await books.recorder.flushed(10)
    # As if it had been killed before it committed the last row.
    for path, data in kept.items():
        path.write_bytes(data)
    await query("delete from session_events where event_type = 'late'")
    await query(
        "update journal set segment = $1, position = $2",
        place[0]["segment"],
        place[0]["position"],
    )
    gone = await forgetting(books, migrated).forget(ann.user)
    assert gone.blanked["session_events"] == 2
    assert with_marker(await everything(query), ANN) == set()
    assert holding(tmp_path, ANN) == []


KEPT = {
    "audio": {"kind", "provenance"},
    "video": {"kind", "mime_type", "provenance", "post_processing"},
    "pose": {"system", "parameters", "features_format", "encoding", "provenance"},
    "stt": {"system", "parameters"},
    "chat": {"system", "parameters"},
    "tts": {"system", "parameters"},
    "lipsync": {"system", "parameters"},
    "vision": {"system", "parameters"},
    "session_events": {"event_type"},
    "calibration_settings": {"cause"},
    "mode_state": {"mode", "cause"},
    "performance_log": {"measure", "part_of", "system", "parameters", "hardware", "resources"},
    "faults": {"type", "mode", "system", "parameters", "hardware", "resources"},
}
"""What rows of a forgotten call keep: which engine, how it was set, and how it went."""


def test_every_column_of_a_call_that_can_hold_words_is_blanked_or_known_to_hold_none() -> None:
    for table in metadata.sorted_tables:
        if "session_id" not in table.columns or table.name == "training_examples":
            continue  # an example goes whole
        free = {
            column.name for column in table.columns if str(column.type) in ("TEXT", "JSONB")
        } - BLANKED.get(table.name, {}).keys()
        kept = KEPT.get(table.name, set())
        assert free == kept, (
            f"{table.name}: what of {sorted(free ^ kept)} is a person's own? Say in "
            "records/forgetting/blanks.py (BLANKED) what stands there once they are forgotten; a "
            "column that can hold nothing of theirs belongs into KEPT, above"
        )
