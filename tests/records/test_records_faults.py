"""The same fault is one row with a count, however fast and however varied it comes."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from records_opened import Books, Query
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7
from virtual_time import run

from visavis.records.writing.open_faults import (
    CHARACTERS,
    DISTINCT,
    EVERY_S,
    MORE,
    MOST,
    OpenFaults,
    Same,
)


class Rows:
    """Stands for the table: what was written and changed, and when."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.clock = loop.time
        self.rows: dict[UUID, tuple[Same, Mapping[str, Any]]] = {}
        self.changes: list[tuple[float, UUID, int]] = []
        self.faults = OpenFaults(self.change, self.clock)

    def tell(
        self,
        kind: str,
        description: str = "d",
        session: UUID | None = None,
        times: int = 1,
        **details: Any,
    ) -> UUID:
        return self.faults.tell(
            Same(kind, description, session), datetime.now(UTC), times, details, self.write
        )

    def write(self, same: Same, details: Mapping[str, Any]) -> UUID:
        row = uuid7()
        self.rows[row] = (same, details)
        return row

    def change(self, row: UUID, details: Mapping[str, Any]) -> None:
        self.changes.append((self.clock(), row, details["times"]))
        self.rows[row] = (self.rows[row][0], details)


def test_the_first_is_written_at_once_and_the_rest_count() -> None:
    async def scene() -> None:
        it = Rows()
        with capture_logs() as said:
            row = it.tell("web", where="x")
            assert it.rows[row][1] == {"where": "x"} and it.changes == []
            await asyncio.sleep(1 / 16)
            for _ in range(1000):
                assert it.tell("web") == row
                await asyncio.sleep(1 / 8)
            await asyncio.sleep(300)
        assert [(at, times) for at, _, times in it.changes] == [(60, 481), (120, 961), (180, 1001)]
        assert it.rows[row][1]["where"] == "x" and it.rows[row][1]["last"]
        assert [line["event"] for line in said] == ["fault"] + ["fault_again"] * 3
        assert [line.get("times") for line in said] == [None, 481, 961, 1001]
        assert it.tell("web") != row  # it was over
        assert len(it.rows) == 2

    run(scene())


def test_other_kinds_words_and_sessions_are_other_faults() -> None:
    async def scene() -> None:
        it, one, two = Rows(), uuid7(), uuid7()
        told: list[tuple[Any, ...]] = [
            ("a", "d"), ("b", "d"), ("a", "e"), ("a", "d", one), ("a", "d", two),
        ]  # fmt: skip
        assert len({it.tell(*what) for what in told + told}) == len(told)

    run(scene())


def test_varied_words_make_few_rows() -> None:
    async def scene() -> None:
        it = Rows()
        with capture_logs() as said:
            for number in range(5000):
                it.tell("web", f"GET /static/{number}")
                it.tell("message", f"{number}", session=None if number % 2 else ONE)
            assert len(it.rows) == 3 * (DISTINCT + 1)
            await asyncio.sleep(EVERY_S)
        assert len(said) == 3 * (DISTINCT + 2)
        counts = {
            (same.kind, same.session): details["times"]
            for same, details in it.rows.values()
            if same.description == MORE
        }
        assert counts == {
            ("web", None): 5000 - DISTINCT,
            ("message", None): 2500 - DISTINCT,
            ("message", ONE): 2500 - DISTINCT,
        }

    ONE = uuid7()
    run(scene())


def test_a_long_description_is_cut() -> None:
    async def scene() -> None:
        it = Rows()
        assert it.tell("web", "a" * 5000) == it.tell("web", "a" * 5000)
        ((same, _),) = it.rows.values()
        assert same.description == f"{'a' * CHARACTERS}… (5,000 characters)"

    run(scene())


def test_memory_is_bounded_over_sessions_too_and_comes_back() -> None:
    async def scene() -> None:
        it = Rows()
        for number in range(10 * MOST):
            it.tell(f"kind {number % 3}", session=uuid7())
        assert len(it.rows) == MOST + 3
        assert sum(details.get("times", 1) for _, details in it.rows.values()) == MOST + 3
        await asyncio.sleep(3 * EVERY_S)
        assert sum(details.get("times", 1) for _, details in it.rows.values()) == 10 * MOST
        assert it.faults._open == {} and not it.faults._of_kind
        assert it.faults._timer is None

    run(scene())


def test_a_sessions_end_and_the_servers_write_the_counts() -> None:
    async def scene() -> None:
        it, session = Rows(), uuid7()
        first, second = it.tell("a", session=session), it.tell("a", times=5)
        assert it.rows[second][1]["times"] == 5
        for _ in range(2):
            it.tell("a", session=session)
            it.tell("a", times=3)
        it.faults.session_finished(session)
        assert [(row, times) for _, row, times in it.changes] == [(first, 3)]
        assert it.tell("a", session=session) != first
        it.faults.flush()
        it.faults.flush()
        assert it.changes[1:] == [(0, second, 11)]

    run(scene())


async def test_the_recorder_keeps_one_row_with_its_place_and_its_count(
    books: Books, query: Query
) -> None:
    recorder = books.recorder
    session = recorder.session.started(user=recorder.users.add("ann"), initiator="caller")
    recorder.mode_state.entered(session, "chat", cause="test")
    for _ in range(2400):
        recorder.faults.tell("message", "not JSON", session=session)
    for number in range(300):
        recorder.faults.tell("web", f"GET /{number}", details={"n": number})
    recorder.session.finished(session, ending="over")
    await recorder.close()
    assert await recorder.flushed(10)
    rows = await query("select mode, session_id, details from faults where type = 'message'")
    assert [(row["mode"], row["session_id"]) for row in rows] == [("chat", session)]
    assert rows[0]["details"]["times"] == 2400
    web = await query("select description, details from faults where type = 'web' order by id")
    assert len(web) == DISTINCT + 1 and web[0]["details"] == {"n": 0}
    assert web[-1]["description"] == MORE and web[-1]["details"]["times"] == 300 - DISTINCT


def test_a_fault_whose_words_can_not_be_stored_is_kept_all_the_same() -> None:
    async def scene() -> None:
        it = Rows()
        row = it.tell("chat_\ud800", "boom \x00\ud800")
        assert it.rows[row][0] == Same("chat_\ufffd", "boom \ufffd\ufffd", None)

    run(scene())
