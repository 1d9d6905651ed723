"""The same records over the system's own Postgres server, named by DATABASE_URL alone."""

import asyncio
import contextlib
import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from lineage import lineage
from uuid_utils.compat import uuid7

from visavis.records.files import Files
from visavis.records.journal.journal import Journal
from visavis.records.postgres import migrate
from visavis.records.postgres.connection import ask
from visavis.records.recorder import Recorder
from visavis.records.version import SystemVersion

INSTALLED = Path("/usr/lib/postgresql")


def as_postgres() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="module")
def programs() -> Path:
    found = sorted(INSTALLED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.fail(f"no Postgres server in {INSTALLED}: apt-get install postgresql")
    return found[-1].parent


@pytest.fixture(scope="module")
def server_url(programs: Path, open_folder: Path) -> Iterator[str]:
    """A server made, started and stopped with Debian's own programs, on a free loopback port."""
    home = open_folder / "system"
    home.mkdir()
    if who := as_postgres():
        os.chown(home, who["user"], who["group"])

    def run(program: str, *arguments: str | Path) -> None:
        command = [programs / program, *arguments]
        log = (home.parent / "system.log").open("ab")
        with log:
            subprocess.run(command, check=True, cwd="/", stdout=log, stderr=log, **who)

    data = home / "data"
    password = home / "password"
    password.write_text("s3cret/ä&")
    os.chmod(password, 0o644)  # noqa: PTH101
    run(
        "initdb",
        "-D",
        data,
        "-U",
        "owner",
        "--auth=scram-sha-256",
        f"--pwfile={password}",
        "-E",
        "UTF8",
        "--no-sync",
    )
    port = 20_000 + os.getpid() % 10_000
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    run("pg_ctl", "-D", data, "-w", "-o", options, "start")
    yield f"postgres://owner:s3cret%2F%C3%A4%26@127.0.0.1:{port}/postgres?sslmode=disable"
    run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


async def test_a_call_is_kept_in_the_systems_own_postgres(
    server_url: str, programs: Path, tmp_path: Path
) -> None:
    assert await migrate.upgrade(server_url) == (await migrate.revision(server_url))[1]
    journal = Journal(tmp_path / "journal", server_url)
    recorder = Recorder(journal, Files(tmp_path), server_url)
    await journal.start()
    version = SystemVersion("1.0.0")
    recorder.run_started(component="server", node="n", hardware={}, version=version)
    recorder.deployment.add(name="here", kind="video_call", configuration={})
    session = recorder.session.started(user=recorder.users.add("guest"), initiator="page")
    recorder.mode_state.entered(session, "chat", cause="speech")
    recorder.mode_state.entered(session, "close", cause="hang-up")
    turn = uuid7()
    chat = recorder.chat.add(session, generation=0, system="rules", parameters={}, turn=turn)
    tts = recorder.tts.add(
        session, text="Hi.", system="hibari", parameters={}, chat=chat, turn=turn
    )
    recorder.performance_log.turn(session, turn, 300.0, {"stt": 100.0})
    assert await recorder.flushed(20)

    connection = await asyncpg.connect(server_url)
    with contextlib.suppress(asyncpg.PostgresError):
        await connection.execute(  # and through a loss of every connection
            "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = "
            "'client backend' and pid <> pg_backend_pid()"
        )
    await connection.close()
    recorder.session.finished(session, ending="hang-up")
    await asyncio.sleep(0)
    assert await recorder.flushed(20)
    (way,) = await lineage(server_url, tts)
    assert (way["chat_id"], way["session_id"], way["version"]) == (chat, session, "1.0.0")
    assert way["stages"] == {"stt": 100.0, "unexplained": 200.0}
    modes = await ask(server_url, "select mode from mode_state where session_id = $1", session)
    assert len(modes) == 2
    assert journal.stats.dead == 0
    await recorder.close()
    await journal.stop()
