"""What reaches a call from outside: hung up on, spoken through, forgotten, drained.

One server without engines holds all calls; the last test leaves it without any.
"""

import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from nodes import RULES_ONLY, Node, serving

from visavis.call.channel.greeting import WITHDRAWN
from visavis.client import CallPlan
from visavis.client.line import Line
from visavis.client.problems import CallFailed

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OPERATOR, ANN = "olga-opens-everything", "ann-has-this-one"
SOON_S = 20.0


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with tempfile.TemporaryDirectory(prefix="visavis-commands-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs under another user than root
        access = [
            {"token": OPERATOR, "user": "olga", "role": "operator"},
            {"token": ANN, "user": "ann", "role": "caller"},
        ]
        options = {"VISAVIS_MAX_CALLS": "3", "VISAVIS_ACCESS": json.dumps(access)}
        with serving(Path(folder), **options, **RULES_ONLY) as running:
            yield running


@pytest_asyncio.fixture(loop_scope="session")
async def http(node: Node) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {OPERATOR}"}
    async with aiohttp.ClientSession(node.url, headers=headers) as session:
        yield session


def plan(node: Node, token: str = "", *, consent: bool = False) -> CallPlan:
    return CallPlan(node.url, video=False, token=token, consent=consent)


def told(line: Line, event: str, /, **fields: object) -> list[dict[str, Any]]:
    return [e for e in line.events if e["type"] == event and fields.items() <= e.items()]


def spoken(line: Line) -> list[str]:
    return [one["text"] for one in told(line, "caption", who="persona")]


async def introduced(line: Line) -> str:
    """The session's id, once the persona has said who it is."""
    assert await line.until(lambda: bool(told(line, "heard")), SOON_S), line.events
    return str(told(line, "hello")[0]["session"])


async def test_a_call_is_hung_up_on_from_outside(node: Node, http: aiohttp.ClientSession) -> None:
    async with Line(plan(node)) as line:
        session = await introduced(line)
        async with http.delete(f"/calls/{session}") as answer:
            assert answer.status == 200
        assert told(line, "mode")[-1]["cause"] == "hung up" and line.closing
        async with http.delete(f"/calls/{session}") as answer:
            assert answer.status == 404
    (row,) = await node.settled(
        "select ending from session where id = $1 and finished is not null", session
    )
    assert row["ending"] == "hung up"


async def test_the_persona_says_what_the_operator_wants_said(
    node: Node, http: aiohttp.ClientSession
) -> None:
    said = {"text": "The museum closes at six.", "id": str(uuid4())}
    async with Line(plan(node)) as line:
        session = await introduced(line)
        for _ in range(2):
            async with http.post(f"/api/calls/{session}/say", json=said) as answer:
                assert answer.status == 204, await answer.text()
        assert await line.until(lambda: said["text"] in spoken(line), SOON_S), line.events
        assert spoken(line).count(said["text"]) == 1
        line.send("text", text="What is your name?")
        assert await line.until(lambda: "Iris" in spoken(line)[-1], SOON_S)
    (row,) = await node.settled(
        "select user_prompt, text, heard, complete, parameters ->> 'command' as command from chat "
        "where session_id = $1 and system = 'operator' and heard is not null",
        session,
    )
    assert dict(row) == {
        "user_prompt": None,
        "text": said["text"],
        "heard": said["text"],
        "complete": True,
        "command": said["id"],
    }
    async with http.post(f"/api/calls/{uuid4()}/say", json={"text": "Hello."}) as answer:
        assert answer.status == 404


async def test_consent_taken_back_from_outside_reaches_the_call(
    node: Node, http: aiohttp.ClientSession
) -> None:
    async with Line(plan(node, ANN, consent=True)) as line:
        session = await introduced(line)
        await node.settled("select 1 from session where id = $1 and consent_given", session)
        async with http.post(f"/api/sessions/{session}/withdraw-consent") as answer:
            assert answer.status == 200, await answer.text()
        kind = "consent_withdrawn"
        assert await line.until(lambda: bool(told(line, "fault", kind=kind)), SOON_S)
        assert told(line, "fault", kind=kind)[0]["message"] == WITHDRAWN
        async with http.get("/api/calls") as answer:
            (live,) = (await answer.json())["items"]
        assert live["id"] == session and live["consent_given"] is False
    (row,) = await node.settled(
        "select payload ? 'command' as by_command from session_events "
        "where session_id = $1 and event_type = 'consent_withdrawn'",
        session,
    )
    assert row["by_command"]


async def test_who_is_forgotten_in_a_call_is_hung_up_on_first(
    node: Node, http: aiohttp.ClientSession
) -> None:
    async with Line(plan(node)) as other, Line(plan(node, ANN)) as line:
        session = await introduced(line)
        line.send("text", text="My name is Marigold.")
        assert await line.until(lambda: len(told(line, "heard")) > 1, SOON_S)
        async with http.post("/api/users/ann/forget") as answer:
            assert answer.status == 200, await answer.text()
            assert (await answer.json())["blanked"]["chat"] > 0
        assert told(line, "mode")[-1]["cause"] == "forgotten" and line.closing
        assert not other.closing
    rows = await node.rows("select user_prompt, text from chat where session_id = $1", session)
    assert rows and all(value is None for row in rows for value in row.values())
    (row,) = await node.rows("select ending from session where id = $1", session)
    assert row["ending"] == "forgotten"


async def test_a_drained_server_takes_no_calls_and_tells_those_that_go_on(
    node: Node, http: aiohttp.ClientSession
) -> None:
    async with Line(plan(node)) as line:
        session = await introduced(line)
        async with http.post("/api/drain", json={"grace_s": 2.0}) as answer:
            assert answer.status == 204, await answer.text()
        with pytest.raises(CallFailed, match="retry after 10 s"):
            async with Line(plan(node)):
                pytest.fail("a call was taken")
        async with http.get("/healthz") as answer:
            assert answer.status == 503 and "about to end" in await answer.text()
        assert not line.closing, "it has its time"
        assert await line.until(lambda: line.closing, SOON_S)
        assert told(line, "mode")[-1]["cause"] == "server ends"
    (row,) = await node.settled(
        "select ending from session where id = $1 and finished is not null", session
    )
    assert row["ending"] == "server ends"
    assert await node.rows("select 1 from faults where type like 'command%'") == []
