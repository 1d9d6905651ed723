"""Whatever is wrong with a row, it is set aside with its reason, and the next one is written."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records_opened import Query
from uuid_utils.compat import uuid7

from visavis.records.journal import committing
from visavis.records.journal.journal import Journal
from visavis.records.journal.segments import Segments


def fault(kind: str = "x", **columns: Any) -> dict[str, Any]:
    return {"id": uuid7(), "type": kind, "description": "d"} | columns


def measure(**columns: Any) -> dict[str, Any]:
    return {"id": uuid7(), "measure": "m", "value": 1.0} | columns


def nested(depth: int, of: type = list) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value] if of is list else {"a": value}
    return value


class Told(Journal):
    """A journal that keeps what it tells."""

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__(folder, database_url)
        self.told: list[tuple[str, str, Mapping[str, Any]]] = []
        self.tell(lambda *told: self.told.append(told))


Letters = Callable[[], list[dict[str, Any]]]
"""What was set aside."""


@pytest.fixture
async def journal(migrated: str, tmp_path: Path) -> AsyncIterator[Told]:
    journal = Told(tmp_path / "journal", migrated)
    await journal.start()
    yield journal
    await journal.stop()


@pytest.fixture
def letters(tmp_path: Path) -> Letters:
    def read() -> list[dict[str, Any]]:
        file = tmp_path / "journal" / "dead_letters.jsonl"
        return [json.loads(text) for text in file.read_text().splitlines()] if file.exists() else []

    return read


async def test_what_can_not_be_kept_as_it_is_is_made_so(journal: Told, query: Query) -> None:
    cycle: dict[str, Any] = {}
    cycle["itself"] = cycle
    given = {
        "deep": nested(700),
        "deeper": nested(5000, dict),
        "cycle": cycle,
        "digits": 10**5000,
        "long": 10**400,
        "id": 2**64,
        "inf": float("inf"),
        "half": {"\ud800": "\udfff"},
        "nul": {"a\0": 1, "a\ufffd": 2},
        "names": {1: "a", None: "b", (1, 2): "c"},
    }
    for name, value in given.items():
        journal.put("faults", fault(name, details={"value": value}))
        journal.put("faults", fault("next"))
    assert await journal.drained(20)
    rows = {row["type"]: row["details"].get("value") for row in await query("select * from faults")}
    assert rows["deep"][0][0] and "too deeply" in str(rows["deep"])
    assert "too deeply" in str(rows["deeper"]) and "too deeply" in str(rows["cycle"])
    assert rows["digits"] == "(a number of about 5001 digits)"
    assert (rows["id"], rows["inf"], rows["half"]) == (str(2**64), None, {"?": "?"})
    assert rows["nul"] == {"a\ufffd": 1, "a\ufffd (2)": 2}
    assert rows["names"] == {"1": "a", "None": "b", "(1, 2)": "c"}
    assert (await query("select count(*) from faults where type = 'next'"))[0]["count"] == 10
    assert journal.stats.dead == journal.stats.dropped == journal.stats.retries == 0


async def test_a_row_that_makes_no_line_is_counted_and_told(
    journal: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unspeakable:
        def __str__(self) -> str:
            raise KeyError

    monkeypatch.setattr("visavis.records.journal.journal.MAX_ROW_BYTES", 10_000)
    journal.put("chat", {"id": uuid7(), "text": "x" * 20_000})
    journal.put("chat", cast("Any", None))
    journal.put("faults", {"id": uuid7(), "description": "x" * 20_000})
    journal.put("faults", fault(details={"x": Unspeakable()}))
    assert await journal.drained(20)
    stats = journal.stats
    assert (stats.dropped, stats.dead, stats.committed) == (2, 1, 1)
    assert [kind for kind, _, _ in journal.told] == ["row_not_journalled", "rows_refused"]
    assert "x" * 10 not in str(journal.told)


ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "no such table": ("nowhere", {"id": 1}),
    "no such column": ("faults", {"colour": 1}),
    "no key": ("faults", {"type": "x", "description": ""}),
    "only a key": ("faults", {"id": str(uuid7())}),
    "a number for an id": ("faults", fault(id=5)),
    "a number for a time": ("faults", fault(created=5)),
    "a number for text": ("faults", fault(type=5)),
    "no time": ("faults", fault(created="never")),
    "infinite": ("performance_log", measure(value=float("inf"))),
    "not a number": ("performance_log", measure(value=float("nan"))),
    "400 digits": ("performance_log", measure(value=10**400)),
    "negative": ("performance_log", measure(value=-1)),
    "a broken range": ("mode_state", {"id": uuid7(), "during": [1]}),
    "beyond bigint": ("audio", {"id": uuid7(), "size": 2**63}),
    "no parent": ("performance_log", measure(session_id=uuid7())),
    "never begun": ("session", {"id": uuid7(), "ending": "x"}),
    "too long for its index": ("faults", fault("".join(map(chr, range(5000, 30_000))))),
}


async def test_a_flood_of_bad_rows_is_set_aside_in_groups(
    journal: Told, query: Query, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs = []
    bury = Segments.bury

    def counted(segments: Segments, letters: Any) -> Any:
        syncs.append(len(letters))
        return bury(segments, letters)

    monkeypatch.setattr(Segments, "bury", counted)
    rows = list(ROWS.values()) * 10
    for table, row in rows:
        journal.put("faults", fault("good"))
        journal.put(table, row | ({"id": uuid7()} if isinstance(row.get("id"), UUID) else {}))
    assert await journal.drained(30)
    assert (await query("select count(*) from faults"))[0]["count"] == len(rows)
    assert journal.stats.dead == len(letters()) == sum(syncs) == len(rows)
    assert len(syncs) <= 3
    assert [letter["table"] for letter in letters()] == [table for table, _ in rows]
    assert all(letter["reason"] for letter in letters())
    told = {(kind, what): details["rows"] for kind, what, details in journal.told}
    assert {kind for kind, _ in told} == {"rows_refused"} and len(told) < 25
    assert sum(told.values()) == sum(table != "faults" for table, _ in rows)


async def a_run(journal: Journal) -> UUID:
    version, run = uuid7(), uuid7()
    journal.put("system_version", {"id": version, "version": "1"})
    journal.put("run", {"id": run, "component": "c", "node": "n", "system_version_id": version})
    assert await journal.drained(10)
    return run


async def test_overlapping_modes_cost_nobody_elses_rows(journal: Told, query: Query) -> None:
    run, now = await a_run(journal), datetime.now(UTC)
    for number in range(20):
        mode = {"id": uuid7(), "run_id": run, "mode": "idle", "cause": str(number)}
        journal.put("mode_state", mode | {"during": (now, None)})
        journal.put("faults", fault())
    assert await journal.drained(20)
    assert [row["cause"] for row in await query("select cause from mode_state")] == ["0"]
    assert len(await query("select 1 from faults")) == 20 and journal.stats.dead == 19


async def test_a_row_whose_parent_comes_later_waits_for_it(
    journal: Told, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "PARENT_WAIT", 20.0)
    version, run = uuid7(), uuid7()
    journal.put("performance_log", measure(run_id=run))
    journal.put("run", {"id": run, "hardware": {"cores": 2}})
    journal.put("run", {"id": run, "component": "c", "node": "n", "system_version_id": version})
    journal.put("performance_log", measure(run_id=run))
    assert await journal.synced(10)
    await asyncio.sleep(0.3)  # the first batch is being tried by now
    journal.put("system_version", {"id": version, "version": "1"})
    assert await journal.drained(10)
    assert journal.stats.dead == 0
    assert len(await query("select 1 from performance_log where run_id = $1", run)) == 2


async def test_the_children_of_a_refused_row_go_with_it(
    journal: Told, query: Query, letters: Letters
) -> None:
    run = uuid7()
    for number in range(600):
        journal.put("performance_log", measure(run_id=run, measure=str(number)))
        journal.put("faults", fault("good"))
    asked = journal.stats.put
    assert await journal.drained(20)
    assert asked == 1200 and len(letters()) == journal.stats.dead == 600
    assert [letter["row"]["measure"] for letter in letters()] == list(map(str, range(600)))
    assert {letter["reason"].split(":")[0] for letter in letters()} == {
        "ForeignKeyViolationError fk_performance_log_run_id"
    }
    assert len(await query("select 1 from faults")) == 600


TRIGGER = """
create function refuse() returns trigger language plpgsql as $$ begin
  if new.type = 'poison' then raise exception 'no' using errcode = '{code}'; end if;
  return new;
end $$;
create {kind} trigger refuse {when} insert on faults {deferred} for each row
execute function refuse()
"""


@pytest.mark.parametrize("code", ["P0001", "22023", "54001", "XX000", "42501", "57014", "53200"])
@pytest.mark.parametrize("at_commit", [False, True])
async def test_no_error_that_comes_again_stops_the_rest(
    code: str,
    at_commit: bool,
    journal: Told,
    migrated: str,
    query: Query,
    letters: Letters,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(committing, "RETRY", 0.001)
    monkeypatch.setattr(committing, "MAX_RETRY", 0.001)
    connection = await asyncpg.connect(migrated)
    deferred = ("constraint", "after", "deferrable initially deferred")
    kind, when, how = deferred if at_commit else ("", "before", "")
    await connection.execute(TRIGGER.format(code=code, kind=kind, when=when, deferred=how))
    await connection.close()
    for number in range(300):
        journal.put("faults", fault("poison" if number in (50, 51, 200) else str(number)))
    assert await journal.drained(60)
    assert len(await query("select 1 from faults")) == 297
    assert [letter["row"]["type"] for letter in letters()] == ["poison"] * 3
    journal.put("faults", fault("later"))
    assert await journal.drained(10)


async def test_what_the_database_lacks_waits_until_it_is_migrated(
    journal: Told, migrated: str, query: Query
) -> None:
    ours = (await query("select version_num from alembic_version"))[0]["version_num"]
    await query("update alembic_version set version_num = 'older'")
    await query("alter table faults rename to not_yet")
    journal.put("faults", fault())
    assert not await journal.drained(3)
    await query("alter table not_yet rename to faults")
    await query("update alembic_version set version_num = $1", ours)
    assert await journal.drained(20)
    assert journal.stats.dead == 0 and len(await query("select 1 from faults")) == 1


def old_line(table: str, row: dict[str, Any]) -> bytes:
    """As the first version wrote it."""
    body = json.dumps([table, row], separators=(",", ":"), default=str).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def raw_line(body: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(body), body)


async def test_a_journal_that_holds_such_rows_heals_at_the_next_start(
    migrated: str, query: Query, tmp_path: Path, letters: Letters
) -> None:
    deep = [
        json.dumps(["faults", fault("deep", details={"x": "DEEP"})], default=str)
        .replace('"DEEP"', "[" * depth + "]" * depth)
        .encode()
        for depth in (250, 495, 990, 100_000)
    ]
    good = count()
    lines = []
    for bad in (
        *map(raw_line, deep),
        old_line("performance_log", measure(value=float("inf"))),
        old_line("faults", fault(details=float("nan"))),
        raw_line(b'{"not": "a row"}'),
        raw_line(b"[1, 2]"),
        raw_line(b'["faults", "no row"]'),
        raw_line(b'["faults"'),
        raw_line(b"\xff\xfe"),
        raw_line(b'["faults", {"id": ' + b"9" * 5000 + b"}]"),
        old_line("gone", {"id": 1}),
    ):
        lines += [old_line("faults", fault(f"good {next(good)}")), bad]
    lines += [old_line("faults", fault(f"good {next(good)}"))]
    folder = tmp_path / "journal"
    folder.mkdir()
    (folder / f"{1_700_000_000_000:015d}.journal").write_bytes(b"".join(lines))
    journal = Journal(folder, migrated)
    await journal.start()
    assert await journal.drained(30)
    assert journal.stats.backlog_rows == 0 and journal.stats.torn == 0
    await journal.stop()
    rows = await query("select type, details from faults order by id")
    assert sum(row["type"].startswith("good") for row in rows) == next(good)
    kept = [row for row in rows if row["type"] == "deep"]
    assert len(kept) == 4 and all("too deeply" in str(row["details"]) for row in kept)
    assert len(letters()) == journal.stats.dead == 8 and all(one["reason"] for one in letters())
    assert list(folder.glob("*.journal")) == []


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**500)
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["\0", "\ud800", "1970-01-01", str(uuid7()), nested(400)])
    | st.just(5000).map(lambda digits: 10**digits),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
COLUMNS = ["id", "created", "type", "description", "mode", "details", "turn_id", "session_id", "?"]


async def test_whatever_is_put_it_is_kept_or_set_aside_and_the_next_is_kept(
    journal: Told, query: Query
) -> None:
    """Hypothesis makes the rows; all go through one journal, for a database takes a while."""
    made = []

    @settings(
        max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.dictionaries(st.sampled_from(COLUMNS), VALUES), st.booleans(), VALUES)
    def put(columns: dict[str, Any], whole: bool, any_value: Any) -> None:
        made.append(columns)
        journal.put("faults", (fault() | columns) if whole else columns)
        journal.put("session", {"id": any_value, "client_system_id": any_value})
        journal.put("client_system", {"id": uuid7(), "facts": {"any": any_value}})
        journal.put("faults", fault("next"))

    put()
    assert await journal.drained(60)
    stats = journal.stats
    assert len(await query("select 1 from faults where type = 'next'")) >= len(made)
    assert len(await query("select 1 from client_system")) == len(made)
    assert stats.dropped == 0 and stats.committed + stats.dead == stats.put == 4 * len(made)
