"""Rows reach Postgres exactly once, whatever dies on the way."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
import pytest
from known import known
from records_opened import Query
from uuid_utils.compat import uuid7

from visavis.records.journal import journal as journals
from visavis.records.journal.journal import Journal
from visavis.records.journal.segments import FolderInUse, Position, Segments, line, parse
from visavis.records.postgres import migrate
from visavis.records.postgres.embedded import EmbeddedPostgres


def fault(kind: str = "x", **columns: Any) -> dict[str, Any]:
    return {"id": uuid7(), "type": kind, "description": "d"} | columns


@pytest.fixture
async def journal(migrated: str, tmp_path: Path) -> AsyncIterator[Journal]:
    journal = Journal(tmp_path / "journal", migrated)
    await journal.start()
    yield journal
    await journal.stop()


async def test_values_come_out_as_they_went_in(journal: Journal, query: Query) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
    row = fault("é \N{GRINNING FACE}", created=at, turn_id=uuid7())
    row["details"] = {"n": np.float32(0.5), "a": np.arange(3), "nan": float("nan"), "p": Path("x")}
    row["description"] = "nul \0, half \ud83d, quote ' \\ \n line"
    journal.put("faults", row)
    assert await journal.drained(10)
    (out,) = await query("select * from faults")
    assert (out["type"], out["created"], out["turn_id"]) == (row["type"], at, row["turn_id"])
    assert out["details"] == {"n": 0.5, "a": [0, 1, 2], "nan": None, "p": "x"}
    assert out["description"] == "nul \ufffd, half ?, quote ' \\ \n line"


async def test_a_later_put_changes_only_the_columns_it_gives(
    journal: Journal, query: Query
) -> None:
    row = fault("first", mode="chat")
    journal.put("faults", row)
    journal.put("faults", {"id": row["id"], "details": {"more": 1}})  # not enough to insert
    journal.put("faults", {"id": row["id"], "type": "second", "description": "e"})  # enough
    assert await journal.drained(10)
    (out,) = await query("select type, description, mode, details from faults")
    expected = {"type": "second", "description": "e", "mode": "chat", "details": {"more": 1}}
    assert out == expected


async def test_one_bad_row_falls_out_alone_and_with_its_reason(
    journal: Journal, query: Query, tmp_path: Path
) -> None:
    told = []
    journal.tell(lambda *fault: told.append(fault))
    bad: dict[str, tuple[str, dict[str, Any]]] = {
        "ForeignKeyViolation": ("performance_log", {"measure": "m", "value": 1, "run_id": uuid7()}),
        "CheckViolation": ("performance_log", {"measure": "m", "value": -1}),
        "NoSuchRow": ("session", {"ending": "never begun"}),
        "no table": ("nonsense", {}),
        "no column": ("faults", {"type": "x", "description": "", "colour": "red"}),
        "hexadecimal UUID": ("faults", {"type": "x", "description": "", "turn_id": "no uuid"}),
        "argument": ("chat", {"heard_words": "many"}),
    }
    for table, row in bad.values():
        for _ in range(60):
            journal.put("faults", fault())
        journal.put(table, {"id": uuid7()} | row)
    journal.put("faults", {"type": "no key", "description": ""})
    journal.put("faults", fault("unprintable", details={1, 2}))
    assert await journal.drained(20)
    assert len(await query("select id from faults")) == 60 * len(bad) + 1
    buried = (tmp_path / "journal" / "dead_letters.jsonl").read_text()
    letters = [json.loads(text) for text in buried.splitlines()]
    for letter, reason in zip(letters, [*bad, "without id"], strict=True):
        assert reason in letter["reason"]
    assert journal.stats.dead == len(letters) == 8
    assert {kind for kind, _, _ in told} == {"rows_refused"}
    assert "never begun" not in str(told) and (tmp_path / "journal").stat().st_mode & 0o77 == 0


async def test_segments_are_deleted_once_committed(migrated: str, tmp_path: Path) -> None:
    journal = Journal(tmp_path, migrated, segment_bytes=2000)
    await journal.start()
    for _ in range(5):
        for _ in range(50):
            journal.put("faults", fault())
        assert await journal.synced(10)
    assert await journal.drained(10)
    assert journal.stats.backlog_bytes < 2 * 8000
    await journal.stop()
    assert list(tmp_path.glob("*.journal")) == [] and journal.stats.committed == 250


async def test_the_database_may_be_away_and_then_not_yet_migrated(
    database_url: str, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, database_url.replace("/test_", "/not_there_"))
    await journal.start()
    journal.put("faults", fault("before"))
    assert not await journal.drained(0.3)
    await journal.stop(0.1)
    assert journal.stats.retries > 0

    journal = Journal(tmp_path, database_url)
    await journal.start()
    journal.put("faults", fault("after"))
    assert not await journal.drained(0.3)
    await migrate.upgrade(database_url)
    assert await journal.drained(20)
    await journal.stop()
    connection = await asyncpg.connect(database_url)
    types = [row["type"] for row in await connection.fetch("select type from faults order by id")]
    await connection.close()
    assert types == ["before", "after"] and journal.stats.dead == 0


async def test_a_lost_connection_neither_loses_nor_doubles(
    journal: Journal, migrated: str, query: Query, tmp_path: Path
) -> None:
    run = await a_run(migrated, tmp_path / "first")
    killer = await asyncpg.connect(migrated)
    ours = (await query("select pg_backend_pid() as pid"))[0]["pid"]
    mode = None
    for n in range(40):
        now = datetime.now(UTC)
        if mode:
            journal.put("mode_state", {"id": mode[0], "during": (mode[1], now)})
        mode = (uuid7(), now)
        # Committed once more, its open range would overlap the next one's.
        row = {"id": mode[0], "run_id": run, "mode": "idle", "cause": str(n), "during": (now, None)}
        journal.put("mode_state", row)
        await asyncio.sleep(0.02)
        await killer.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            " and datname = current_database() and pid <> $1",
            ours,
        )
    await killer.close()
    assert await journal.drained(20)
    causes = [int(row["cause"]) for row in await query("select cause from mode_state order by id")]
    assert causes == list(range(40)) and journal.stats.dead == 0
    assert journal.stats.retries > 0


async def test_a_disk_that_is_full_is_counted_and_told(
    migrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "MAX_PENDING_ROWS", 10)
    told = []
    journal = Journal(tmp_path, migrated, max_bytes=300)
    journal.tell(lambda *fault: told.append(fault))
    await journal.start()
    for _ in range(100):
        journal.put("faults", fault())
    assert not await journal.drained(0.2)
    assert journal.stats.disk_errors > 0 and journal.stats.dropped == 90
    assert "300 bytes" in journal.stats.last_error
    known(journal._segments)._max_bytes = 1 << 20  # somebody made room
    assert await journal.drained(10)
    await journal.stop()
    assert told == [("rows_dropped", "the journal's disk took no more rows", {"rows": 90})]
    assert journal.stats.committed == 10


async def test_a_folder_has_one_journal(journal: Journal, migrated: str, tmp_path: Path) -> None:
    with pytest.raises(FolderInUse, match="another server"):
        await Journal(tmp_path / "journal", migrated).start()


async def test_postgres_killed_in_the_middle_loses_and_doubles_nothing(
    open_folder: Path, tmp_path: Path
) -> None:
    died: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    postgres = EmbeddedPostgres(
        open_folder / "killed", on_fault=lambda *fault: died.put_nowait(fault)
    )
    url = await postgres.start()
    await migrate.upgrade(url)
    journal = Journal(tmp_path, url)
    await journal.start()
    for n in range(1000):
        journal.put("faults", fault(str(n)))
        await asyncio.sleep(0.001)
        if n in (300, 700):
            os.kill(known(postgres.pid), signal.SIGKILL)
        if n == 600:
            await asyncio.wait_for(died.get(), 60)
    assert await journal.drained(60)
    await journal.stop()
    connection = await asyncpg.connect(url)
    types = [row["type"] for row in await connection.fetch("select type from faults order by id")]
    await connection.close()
    await postgres.stop()
    assert types == [str(n) for n in range(1000)]
    assert journal.stats.dead == journal.stats.dropped == 0
    assert journal.stats.committed == journal.stats.put
    assert journal.stats.retries >= 2


async def test_killed_programs_lose_nothing_that_was_safe(
    migrated: str, query: Query, tmp_path: Path
) -> None:
    run = await a_run(migrated, tmp_path / "first")
    writer = Path(__file__).with_name("journal_writer.py")
    folder, safe = tmp_path / "journal", 0
    last = None
    for lines in (3, 1, 5):
        if last:  # the killed writer's open mode is ended by whoever comes next
            mode, since = last
            journal = Journal(folder, migrated)
            await journal.start()
            end = datetime.now(UTC)
            journal.put("mode_state", {"id": mode, "during": (datetime.fromisoformat(since), end)})
            assert await journal.drained(20)
            await journal.stop()
            await query(
                "update mode_state set during = tstzrange(lower(during), now()) "
                "where upper_inf(during) and lower(during) > $1",
                datetime.fromisoformat(since),
            )
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            writer,
            folder,
            migrated,
            str(run),
            str(safe),
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(lines):
            text = (await known(process.stdout).readline()).decode()
            count, *last = text.split()
        process.kill()
        await process.wait()
        safe = int(count)
    journal = Journal(folder, migrated)
    await journal.start()
    assert await journal.drained(20)
    await journal.stop()
    types = {int(row["type"]) for row in await query("select type from faults")}
    assert types.issuperset(range(safe))
    assert not (folder / "dead_letters.jsonl").exists()


async def a_run(url: str, folder: Path) -> UUID:
    """The id of a run, in the database."""
    journal = Journal(folder, url)
    await journal.start()
    version, run = uuid7(), uuid7()
    journal.put("system_version", {"id": version, "version": "1"})
    row = {"id": run, "component": "c", "node": "n", "system_version_id": version}
    journal.put("run", row)
    assert await journal.drained(10)
    await journal.stop()
    return run


# The files


def segments(folder: Path, **limits: Any) -> Segments:
    return Segments(folder, **({"segment_bytes": 1000, "max_bytes": 1 << 20} | limits))


def rows_of(folder: Path) -> tuple[list[int], int]:
    """Every readable row, in order, and the count of torn lines."""
    journal, torn = segments(folder), 0
    rows: list[int] = []
    position = Position(0, 0)
    while True:
        batch = journal.read(position)
        if batch.end == position:
            journal.close(Position(0, 0))
            return rows, torn
        rows += [entry.row["n"] for entry in batch.entries]
        torn += batch.torn
        position = batch.end


def write(folder: Path, numbers: Iterable[int], **limits: Any) -> None:
    journal = segments(folder, **limits)
    for n in numbers:
        journal.append(line("t", {"n": n}))
    journal.close(Position(0, 0))


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_torn_tail_costs_its_line_only(tmp_path: Path, cut: int) -> None:
    write(tmp_path, range(3))
    (path,) = tmp_path.glob("*.journal")
    os.truncate(path, path.stat().st_size - cut)
    write(tmp_path, range(3, 5))
    assert rows_of(tmp_path) == ([0, 1, 3, 4], 1)


def test_a_flipped_bit_costs_its_line_only(tmp_path: Path) -> None:
    write(tmp_path, range(3))
    (path,) = tmp_path.glob("*.journal")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert rows_of(tmp_path) == ([0, 2], 1)


def test_rows_keep_their_order_through_segments_and_restarts(tmp_path: Path) -> None:
    for start in range(0, 200, 50):
        write(tmp_path, range(start, start + 50))
    assert len(list(tmp_path.glob("*.journal"))) > 4
    assert rows_of(tmp_path) == (list(range(200)), 0)


def test_after_a_failed_write_a_new_segment_begins(tmp_path: Path) -> None:
    journal = segments(tmp_path)
    journal.append(line("t", {"n": 0}))
    os.close(known(journal._out))  # the disk goes away
    with pytest.raises(OSError, match="Bad file descriptor"):
        journal.append(line("t", {"n": 1}))
    journal._out = None
    journal.append(line("t", {"n": 1}))
    journal.close(Position(0, 0))
    assert rows_of(tmp_path) == ([0, 1], 0)


def test_a_line_is_whole_or_refused() -> None:
    text = line("t", {"at": timedelta(seconds=1)})
    assert parse(text) == ("t", {"at": "0:00:01"})
    for broken in (text[:-1], text[1:], b"", b"\n", text.replace(b"1", b"2")):
        with pytest.raises(ValueError, match="whole line"):
            parse(broken)
