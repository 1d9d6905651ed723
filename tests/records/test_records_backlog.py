"""What waits is counted in rows, bytes and seconds, and told in words and to Prometheus."""

import asyncio
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from uuid_utils.compat import uuid7

from visavis.records.journal import metrics
from visavis.records.journal.backlog import Backlog, Stats, in_words
from visavis.records.journal.journal import Journal
from visavis.records.journal.segments import Position
from visavis.records.postgres import migrate


class Clock:
    now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr(time, "monotonic", lambda: Clock.now)
    return Clock


def test_rows_go_in_the_order_in_which_they_came(clock: type[Clock]) -> None:
    waits = Backlog()
    waits.found([(Position(1, 500), 5, 60.0)])
    waits.added(Position(2, 100), 10, 100, clock.now)
    clock.now += 5
    waits.added(Position(2, 300), 20, 200, clock.now)
    assert (waits.rows, waits.size, waits.since) == (35, 800, 940.0)
    waits.committed(Position(1, 200), 2, 200)
    assert (waits.rows, waits.size, waits.since) == (33, 600, 940.0)
    waits.committed(Position(2, 50), 8, 350)  # the rest of the first, and half of the next
    assert (waits.rows, waits.size, waits.since) == (25, 250, 1000.0)
    waits.committed(Position(2, 100), 5, 50)
    assert (waits.rows, waits.size, waits.since) == (20, 200, 1005.0)
    waits.committed(Position(3, 0), 20, 200)
    assert (waits.rows, waits.size, waits.since) == (0, 0, None)


def test_an_outage_of_a_day_takes_little_memory(clock: type[Clock]) -> None:
    waits = Backlog()
    for second in range(86_400):
        clock.now += 1
        waits.added(Position(1, second), 1, 1, clock.now)
    assert waits.rows == 86_400 and len(waits._groups) < 1500


def test_in_words() -> None:
    assert in_words(Stats(committed=5)) == ""
    assert in_words(Stats(dead=3, backlog_rows=120, oldest_s=4.2)) == (
        "3 rows set aside; 120 rows wait, the oldest for 4 s."
    )
    assert in_words(Stats(dropped=1, backlog_rows=1, oldest_s=720)) == (
        "1 row lost; 1 row waits, the oldest for 12 min; the database is away or behind."
    )


def test_prometheus_reads_the_counts_as_they_are_now() -> None:
    registry, stats = CollectorRegistry(), Stats(backlog_rows=7, dead=2)
    with metrics.exported(lambda: stats, registry):
        stats.dropped = 5
        told = generate_latest(registry).decode()
    for line in (
        "visavis_journal_backlog_rows 7.0",
        "visavis_journal_backlog_bytes 0.0",
        "visavis_journal_oldest_seconds 0.0",
        "visavis_journal_set_aside_total 2.0",
        "visavis_journal_dropped_total 5.0",
    ):
        assert f"\n{line}\n" in told
    assert generate_latest(registry) == b""


def rows(journal: Journal, number: int) -> None:
    for _ in range(number):
        journal.put("faults", {"id": uuid7(), "type": "x", "description": ""})


async def test_what_waits_is_known_through_an_outage_and_a_restart(
    database_url: str, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, database_url)
    await journal.start()
    rows(journal, 30)
    assert journal.stats.backlog_rows == 30  # not synced yet
    assert await journal.synced(10)
    stats = journal.stats
    assert stats.backlog_rows == 30 and stats.backlog_bytes > 30 * 80
    await journal.stop(0.05)

    journal = Journal(tmp_path, database_url)
    await journal.start()
    rows(journal, 12)
    assert await journal.synced(10)
    async with asyncio.timeout(20):
        while journal.stats.backlog_rows != 42:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert journal.stats.oldest_s > 0
    assert "42 rows wait, the oldest for" in in_words(journal.stats)
    await migrate.upgrade(database_url)
    assert await journal.drained(20)
    stats = journal.stats
    assert (stats.backlog_rows, stats.backlog_bytes, stats.oldest_s) == (0, 0, 0.0)
    await journal.stop()
