"""No row stops the record: a journal full of bad ones heals, and the server says what it did."""

import asyncio
import json
import zlib
from collections.abc import Iterator

import aiohttp
import pytest
from nodes import RULES_ONLY, Node, new_folder, serving
from uuid_utils.compat import uuid7

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


def line(text: str) -> bytes:
    body = text.encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def fault(kind: str, details: str = "{}") -> bytes:
    row = {"id": str(uuid7()), "type": kind, "description": "left by an earlier run"}
    return line(json.dumps(["faults", row])[:-2] + f', "details": {details}}}]')


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """Its last run was stopped by rows that no database takes."""
    with new_folder() as data:
        (data / "journal").mkdir()
        deep = [fault("deep", "[" * depth + "]" * depth) for depth in (300, 700, 5000)]
        bad = line('["performance_log", {"id": "x", "measure": "m", "value": Infinity}]')
        rows = [part for number in range(50) for part in (fault(f"good {number}"), bad)]
        (data / "journal" / f"{1_700_000_000_000:015d}.journal").write_bytes(b"".join(deep + rows))
        with serving(data, **RULES_ONLY) as running:
            yield running


async def test_a_stuck_journal_heals_and_what_was_set_aside_is_told(node: Node) -> None:
    await node.settled("select 1 from faults where type = 'good 49'")
    good = await node.rows("select count(*) from faults where type like 'good%'")
    deep = await node.rows("select details::text as text from faults where type = 'deep'")
    assert good[0]["count"] == 50
    assert len(deep) == 3 and all("too deeply" in row["text"] for row in deep)
    (refused,) = await node.settled(
        "select description, details::text as text from faults where type = 'rows_refused'"
    )
    assert "performance_log" in refused["description"]
    assert json.loads(refused["text"])["rows"] == 50
    token = (node.data / "operator.token").read_text().strip()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        async with http.get(f"{node.url}/healthz") as answer:
            first, second, *_ = (await answer.text()).splitlines()
            assert (answer.status, first) == (200, "well") and "50 rows set aside" in second
        async with http.get(f"{node.url}/api/journal") as answer:
            told = await answer.json()
            assert told["set_aside"] == 50 and "50 rows set aside" in told["says"]
        async with http.get(f"{node.url}/metrics") as answer:
            told = await answer.text()
            assert "\nvisavis_journal_set_aside_total 50.0\n" in told
            assert "\nvisavis_journal_backlog_rows " in told


async def test_requests_that_fail_make_few_rows_and_lines(node: Node) -> None:
    lines = len(node.lines)
    async with aiohttp.ClientSession() as http:
        for number in range(300):
            async with http.get(f"{node.url}/static/{number}{'a' * 5000}") as answer:
                assert answer.status in (404, 414, 500)
    await asyncio.sleep(1)
    rows = await node.rows("select count(*) from faults where type = 'web'")
    assert rows[0]["count"] <= 21
    assert sum(map(len, node.lines[lines:])) < 60_000
