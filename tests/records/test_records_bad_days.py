"""Files and rows agree after any crash, killed runs are closed, and a full disk costs no order."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from known import known
from records_opened import Query
from typer.testing import CliRunner
from uuid_utils.compat import uuid7

from visavis.cli import app
from visavis.records import checking
from visavis.records.files import Files
from visavis.records.journal.journal import Journal
from visavis.records.journal.segments import Position, Segments, line
from visavis.records.recorder import Recorder
from visavis.records.version import SystemVersion
from visavis.records.writing.runs_alive import ENDING, RunsAlive

WRITER = Path(__file__).with_name("file_writer.py")
FOUND_AFTER = {
    "made": "unfinished",
    "synced": "unfinished",
    "hashed": "unfinished",
    "renamed": "no row",
    "row": "no row",
    "never": None,
}


async def killed(folder: Path, url: str, step: str = "never") -> None:
    """A writer that has killed itself."""
    ours = {**os.environ, "PYTHONPATH": str(WRITER.parents[2])}
    process = await asyncio.create_subprocess_exec(
        sys.executable, WRITER, folder, url, step, env=ours
    )
    assert await asyncio.wait_for(process.wait(), 60) == -9


async def started_again(folder: Path, url: str) -> int:
    """The next start, until what the one before left is closed; how many sessions that were."""
    journal = Journal(folder / "journal", url)
    await journal.start()
    living = RunsAlive(folder)
    recorder = Recorder(journal, Files(folder), url, on_run=living.began)
    recorder.run_started(component="server", node="n", hardware={}, version=SystemVersion("1.0.0"))
    closed = await living.close_dead(recorder.faults, journal, url)
    recorder.run_ended()
    assert await recorder.flushed(20)
    await recorder.close()
    await journal.stop(5)
    living.ended()
    return closed


@pytest.mark.parametrize("step", FOUND_AFTER)
async def test_a_crash_at_any_step_leaves_nothing_unnamed(
    step: str, migrated: str, query: Query, tmp_path: Path
) -> None:
    await killed(tmp_path, migrated, step)
    found = await checking.check(tmp_path, migrated, served=False)
    assert [problem.kind for problem in found] == [FOUND_AFTER[step]] * (step != "never")
    assert await started_again(tmp_path, migrated) == 1
    found = await checking.check(tmp_path, migrated, served=False)
    # The next start has swept what was unfinished.
    assert [problem.kind for problem in found] == ["no row"] * (step in ("renamed", "row"))
    assert len(await query("select 1 from video where uri is not null")) == (step == "never")
    assert checking.remove(tmp_path, found) == len(found)
    assert await checking.check(tmp_path, migrated, served=False) == []
    assert not (tmp_path / "journal" / "dead_letters.jsonl").exists()


async def test_wrong_bytes_sizes_and_missing_files_are_named(
    migrated: str, query: Query, tmp_path: Path
) -> None:
    await killed(tmp_path, migrated)
    await started_again(tmp_path, migrated)
    ((uri, row),) = [tuple(one.values()) for one in await query("select uri, id from video")]
    path = tmp_path / uri

    async def kinds(**how: bool) -> list[str]:
        found = await checking.check(tmp_path, migrated, served=True, **how)
        assert all(uri == one.uri and str(row) in one.detail for one in found)
        assert checking.remove(tmp_path, found) == 0
        return [one.kind for one in found]

    assert await kinds() == []
    path.write_bytes(b"A reply")
    assert await kinds() == ["changed"] and await kinds(hashes=False) == []
    path.write_bytes(b"a reply, longer")
    assert await kinds() == ["wrong size"]
    path.unlink()
    assert await kinds() == ["no file"]


async def test_the_command_lists_and_repairs(
    migrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed(tmp_path, migrated, "renamed")
    monkeypatch.setenv("DATABASE_URL", migrated)
    monkeypatch.setenv("VISAVIS_RECORDS__DATA", str(tmp_path))

    async def run(*options: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, app, ["files", "check", *options])
        return done.exit_code, done.output

    code, printed = await run()
    assert code == 1 and printed.startswith("no row: users/")
    code, printed = await run("--repair")
    assert code == 0 and "no row: users/" in printed and "1 files removed" in printed
    assert await run() == (0, "Every file is as its row says.\n")


async def test_a_killed_run_is_closed_once_and_a_living_one_never(
    migrated: str, query: Query, tmp_path: Path
) -> None:
    # Two nodes share the database; one lives, the other is killed.
    other, ours = tmp_path / "other", tmp_path / "ours"
    journal = Journal(other / "journal", migrated)
    await journal.start()
    living = RunsAlive(other)
    recorder = Recorder(journal, Files(other), migrated, on_run=living.began)
    alive = recorder.run_started(
        component="server", node="n", hardware={}, version=SystemVersion("1.0.0")
    )
    recorder.deployment.add(name="here", kind="video_call", configuration={})
    session = recorder.session.started(user=recorder.users.add("bob"), initiator="test")
    recorder.mode_state.entered(session, "chat", cause="test")
    page = recorder.run.page_loaded(SystemVersion("2.0.0"))
    assert await recorder.flushed(20)

    await killed(ours, migrated)
    dead = RunsAlive(ours).dead()
    assert len(dead) == 1 and not RunsAlive(ours).alive(next(iter(dead)))
    assert RunsAlive(ours).alive(alive) and RunsAlive(other).alive(alive)
    assert await started_again(ours, migrated) == 1
    assert await started_again(ours, migrated) == 0
    assert RunsAlive(ours).dead() == set() == RunsAlive(other).dead()

    faults = await query("select session_id, mode, details from faults")
    (closed,) = await query("select * from session where finished is not null")
    assert (closed["ending"], closed["run_id"]) == (ENDING, next(iter(dead)))
    assert [(row["session_id"], row["mode"]) for row in faults] == [(closed["id"], "chat")]
    assert faults[0]["details"] == {"run": str(closed["run_id"])}
    open_modes = await query("select session_id from mode_state where upper_inf(during)")
    assert [row["session_id"] for row in open_modes] == [session]
    open_runs = {row["id"] for row in await query("select id from run where ended is null")}
    assert open_runs == {alive, page}

    # And when the other dies too, its page's run ends with it.
    os.close(known(living._file))
    await recorder.close()
    await journal.stop(5)
    assert await started_again(other, migrated) == 1
    assert await query("select id from run where ended is null") == []


# A full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """2 MB, in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "visavis-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting a tmpfs is not permitted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all but a few bytes of a page of what is left."""
    with pytest.raises(OSError, match="No space"), (folder / "filler").open("ab", 0) as out:
        while True:
            out.write(bytes(4096))
    return folder / "filler"


def test_lines_that_a_full_disk_took_in_part_are_read_once(small_disk: Path) -> None:
    journal = Segments(small_disk / "journal", segment_bytes=1 << 20, max_bytes=1 << 30)
    journal.append(line("t", {"n": 0}))
    filler = fill(small_disk)
    many = b"".join(line("t", {"n": n}) for n in range(1, 2000))
    for _ in range(3):
        with pytest.raises(OSError, match="No space"):
            journal.append(many)
    filler.unlink()
    journal.append(many)
    rows, position = [], Position(0, 0)
    while (batch := journal.read(position)).end != position:
        assert batch.torn == 0
        rows += [entry.row["n"] for entry in batch.entries]
        position = batch.end
    journal.close(position)
    assert rows == list(range(2000))


async def test_media_stop_with_one_fault_and_rows_keep_their_order(
    small_disk: Path, migrated: str, query: Query
) -> None:
    journal = Journal(small_disk / "journal", migrated)
    files = Files(small_disk, reserve=1 << 18)
    recorder = Recorder(journal, files, migrated)
    await journal.start()
    recorder.run_started(component="server", node="n", hardware={}, version=SystemVersion("1.0.0"))
    recorder.deployment.add(name="here", kind="video_call", configuration={})
    session = recorder.session.started(user=recorder.users.add("ann"), initiator="test")
    assert await journal.drained(20)

    async def clips(number: int) -> None:
        for _ in range(number):
            recorder.video.add(
                session,
                bytes(50_000),
                kind="output",
                mime_type="video/mp4",
                length_ms=1.0,
                provenance="test",
            )
        await recorder.files_written(20)

    await clips(2)
    filler = fill(small_disk)
    modes = ["chat", "pause"] * 20
    for mode in modes:  # committed twice or out of order, they would overlap
        recorder.mode_state.entered(session, mode, cause=str(uuid7()))
    await clips(5)
    for _ in range(400):
        recorder.performance_log.add("m", 1.0, session=session)
    assert not await journal.synced(1.5) and journal.stats.disk_errors
    filler.unlink()
    await clips(2)
    recorder.session.finished(session, ending="over")
    assert await recorder.flushed(20)
    await recorder.close()
    await journal.stop(5)
    kept = await query("select uri is not null kept from video order by id")
    assert [row["kept"] for row in kept] == [True] * 2 + [False] * 5 + [True] * 2
    assert [row["type"] for row in await query("select type from faults")] == ["disk_full"]
    states = await query("select mode, upper_inf(during) open from mode_state order by id")
    assert [row["mode"] for row in states] == modes and not any(row["open"] for row in states)
    assert len(await query("select 1 from performance_log")) == 400
    assert journal.stats.dead == journal.stats.dropped == 0
    assert await checking.check(small_disk, migrated, served=False) == []
