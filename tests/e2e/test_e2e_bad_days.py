"""The database dies, the disk fills, the server is killed: calls go on, and nothing said is lost.

One server and one Postgres for all, in this order. The Postgres is the embedded one, but run by
the test, so that nothing restarts it before the test does. ``VISAVIS_TEST_OUTAGE_S`` is how long
it stays away at least. The disk is a real one of its own, in memory, and needs root to be mounted.
"""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from e2e.test_e2e_start_stop import until
from nodes import Node, left_running, new_folder, serving

from visavis.client import CallPlan
from visavis.client.line import Line
from visavis.records.postgres.embedded import EmbeddedPostgres
from visavis.records.writing.runs_alive import ENDING

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OUTAGE_S = float(os.environ.get("VISAVIS_TEST_OUTAGE_S", "4"))
LEAN = {
    "VISAVIS_STT__ENGINE": "off",
    "VISAVIS_CHAT__ENGINE": "off",
    "VISAVIS_LIPSYNC__ENGINE": "off",
    "VISAVIS_POSE__ENGINE": "off",
    "VISAVIS_KNOWLEDGE__ENGINE": "off",
    "VISAVIS_MAX_CALLS": "4",
}
DISK_MB = 96
PATIENCE_S = 120.0
"""Four voices at once take a busy machine that tests other things a while."""


@dataclass
class Kept:
    """A Postgres that nobody but the test restarts."""

    postgres: EmbeddedPostgres
    url: str = ""

    async def start(self) -> None:
        self.url = await self.postgres.start()
        watch = self.postgres._watch
        assert watch is not None
        watch.cancel()
        await asyncio.wait([watch])
        self.postgres._watch = None

    async def killed(self) -> None:
        assert self.postgres.pid is not None
        os.kill(self.postgres.pid, signal.SIGKILL)
        await until(lambda: self.postgres.pid is None, 5, "the database's end")

    async def again(self) -> None:
        await self.postgres.stop()
        await self.start()

    async def rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with new_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def disk(home: Path) -> Iterator[Path]:
    """A small disk of the server's own; the folder itself where mounting isn't permitted."""
    folder = home / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "visavis-test", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0
    yield folder
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(home: Path) -> AsyncIterator[Kept]:
    kept = Kept(EmbeddedPostgres(home / "postgres"))
    await kept.start()
    yield kept
    await kept.postgres.stop()


@pytest.fixture(scope="module")
def node(database: Kept, disk: Path) -> Iterator[Node]:
    with serving(disk, DATABASE_URL=database.url, **LEAN) as running:
        yield running


@dataclass
class Caller:
    """One who types again and again, and remembers what came back."""

    name: str
    line: Line
    said: list[str] = field(default_factory=list)
    answered: list[tuple[str, float]] = field(default_factory=list)
    """(turn, when its reply was over)."""

    async def talk(self, on: Callable[[], bool]) -> None:
        """Say something and hear all of the answer, while ``on()``."""
        while on():
            text = f"What is your name? {self.name} {len(self.said)}"
            self.line.send("text", text=text)
            self.said.append(text)

            def over(text: str = text) -> bool:
                return self._turn(text) in self._over()

            assert await self.line.until(over, PATIENCE_S)
            self.answered.append((self._turn(text), time.monotonic()))

    async def talk_until(self, said: int) -> None:
        """Until so much has been said."""
        await self.talk(lambda: len(self.said) < said)

    def _turn(self, text: str) -> str:
        for event in self.line.events:
            if event["type"] == "caption" and event["who"] == "caller" and event["text"] == text:
                return str(event["id"])
        return ""

    def _over(self) -> list[str]:
        return [str(event["id"]) for event in self.line.events if event["type"] == "heard"]


async def callers(stack: AsyncExitStack, node: Node, number: int, **plan: Any) -> list[Caller]:
    lines = [Line(CallPlan(node.url, video=False, **plan)) for _ in range(number)]
    for line in lines:
        await stack.enter_async_context(line)
    for line in lines:

        def opened(line: Line = line) -> bool:
            return line.channel_open

        assert await line.until(opened, 10)
    return [Caller(f"c{index}", line) for index, line in enumerate(lines)]


def answered_since(called: list[Caller], moment: float) -> bool:
    """Whether each has asked since then and heard all of the reply: the first of two replies may
    have been asked for before."""
    return all(len([1 for _, when in one.answered if when > moment]) >= 2 for one in called)


TURNS = """
    select c.turn_id, c.user_prompt, c.session_id from chat c
    where c.user_prompt like 'What is your name? ' || $1 || ' %' and c.created >= $2
    order by c.created, c.id
"""


async def agreed(database: Kept, called: list[Caller], since: object) -> None:
    """Each call's rows are what its caller saw: none lost, none doubled, none out of order."""
    for caller in called:
        seen = [turn for turn, _ in caller.answered]
        began = time.monotonic()
        while True:
            rows = await database.rows(TURNS, caller.name, since)
            if len(rows) >= len(seen) or time.monotonic() - began > 30:
                break
            await asyncio.sleep(0.2)
        assert [str(row["turn_id"]) for row in rows] == seen
        assert [row["user_prompt"] for row in rows] == caller.said
        assert len({row["session_id"] for row in rows}) == 1


async def test_calls_go_on_while_the_database_is_dead(node: Node, database: Kept) -> None:
    (since,) = (await database.rows("select now()"))[0]
    async with AsyncExitStack() as stack:
        called = await callers(stack, node, 4)
        talking = True
        talks = [asyncio.create_task(caller.talk(lambda: talking)) for caller in called]
        await until(lambda: all(caller.answered for caller in called), PATIENCE_S, "first answers")
        await database.killed()
        down = time.monotonic()
        await asyncio.sleep(OUTAGE_S)
        await until(lambda: answered_since(called, down), PATIENCE_S, "answers in the outage")
        await database.again()
        up = time.monotonic()
        await until(lambda: answered_since(called, up), PATIENCE_S, "answers afterwards")
        talking = False
        await asyncio.gather(*talks)
    await agreed(database, called, since)
    assert not (node.data / "journal" / "dead_letters.jsonl").exists()


async def test_a_full_disk_costs_media_and_no_rows(node: Node, database: Kept, disk: Path) -> None:
    if not await asyncio.to_thread(disk.is_mount):
        pytest.skip("mounting a tmpfs is not permitted here")
    (since,) = (await database.rows("select now()"))[0]
    filler = disk / "filler"
    async with AsyncExitStack() as stack:
        called = await callers(stack, node, 1, consent=True)
        (caller,) = called
        await caller.talk(lambda: len(caller.said) < 1)
        with pytest.raises(OSError, match="No space"), filler.open("wb", buffering=0) as out:
            while True:
                out.write(bytes(1 << 16))
        await caller.talk(lambda: len(caller.said) < 2)
        filler.unlink()
        await caller.talk(lambda: len(caller.said) < 3)
    await agreed(database, called, since)
    faults = await database.rows(
        "select type from faults where created >= $1 and type in "
        "('disk_full', 'file_not_written', 'rows_dropped', 'rows_refused')",
        since,
    )
    assert [row["type"] for row in faults] == ["disk_full"]
    kept = await database.rows(
        "select c.user_prompt, bool_and(a.uri is not null) kept from chat c "
        "join tts t on t.chat_id = c.id join audio a on a.id = t.audio_id "
        "where c.created >= $1 and c.user_prompt like 'What is your name? %' "
        "group by c.id, c.user_prompt order by c.created",
        since,
    )
    assert [row["kept"] for row in kept] == [True, False, True]
    assert not (node.data / "journal" / "dead_letters.jsonl").exists()


async def test_a_killed_server_is_closed_by_the_next(
    node: Node, database: Kept, disk: Path
) -> None:
    (since,) = (await database.rows("select now()"))[0]
    async with AsyncExitStack() as stack:
        called = await callers(stack, node, 2)
        await asyncio.gather(*(caller.talk_until(1) for caller in called))
        await database.killed()  # so that the journal alone has the rest
        await asyncio.gather(*(caller.talk_until(2) for caller in called))
        await asyncio.sleep(0.1)  # a sync and its group
        node.process.kill()
        await until(lambda: not left_running(disk), 5, "the end of the server")
        await database.again()
    with serving(disk, DATABASE_URL=database.url, **LEAN, VISAVIS_TTS__ENGINE="off"):
        await agreed(database, called, since)
        began = time.monotonic()
        while await database.rows("select 1 from run where ended is null and started < $1", since):
            assert time.monotonic() - began < 20, "the dead run is not ended"
            await asyncio.sleep(0.2)
        sessions = await database.rows(
            "select s.id, s.ending, s.finished > s.started sane, "
            "(select count(*) from faults f where f.session_id = s.id "
            "and f.type = 'session_cut_off') faults "
            "from session s where s.started >= $1",
            since,
        )
        assert [(row["ending"], row["sane"], row["faults"]) for row in sessions] == [
            (ENDING, True, 1)
        ] * 2
        assert not await database.rows(
            "select 1 from mode_state m join run r on r.id = m.run_id "
            "where upper_inf(m.during) and r.ended is not null"
        )
        assert not (disk / "journal" / "dead_letters.jsonl").exists()
