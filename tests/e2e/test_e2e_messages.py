"""Odd and hostile messages on the data channel, and bodies: `tests/data/cases/messages.jsonl`.

Each of the channel's is sent in a call of its own, whose first message it is. Afterwards that call
goes on, the server answers others, and what happened is in the database.
"""

import io
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from nodes import RULES_ONLY, Node, serving_anew

from visavis.client import CallPlan
from visavis.client.line import Line

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

FILE = Path(__file__).parents[1] / "data" / "cases" / "messages.jsonl"
CASES = [json.loads(line) for line in FILE.read_text().splitlines()]
TOKEN = "olga-opens-everything"
QUESTION = "What is your name?"
ANSWER_S = 60.0
"""A machine that runs other tests takes its time; what is measured is that an answer comes."""
STATUS_S = 0.5


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """Rules only: nothing computes beside what is sent."""
    access = [{"token": TOKEN, "user": "olga", "role": "operator"}]
    with serving_anew(
        VISAVIS_MAX_CALLS="4",
        VISAVIS_ACCESS=json.dumps(access),
        **RULES_ONLY,
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield session


class Others:
    """Somebody else, in a process of their own, who asks for /status again and again."""

    ASK = """if True:
        import sys, time, urllib.request
        while True:
            began = time.monotonic()
            urllib.request.urlopen(sys.argv[1], timeout=10).read()
            print(time.monotonic() - began, flush=True)
            time.sleep(0.03)
    """

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-c", self.ASK, f"{url}/status"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._waited: list[float] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self._waited.extend(map(float, self.process.stdout))

    def notice_nothing(self) -> None:
        """Every answer since the last time came soon."""
        assert self.process.poll() is None, "no answer came"
        waited = [*self._waited]
        del self._waited[: len(waited)]
        assert max(waited, default=0.0) < STATUS_S

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def others(watching: Others) -> Iterator[Others]:
    """They notice nothing of what a test does."""
    watching.notice_nothing()
    yield watching
    watching.notice_nothing()


@pytest.fixture(scope="module")
def watching(node: Node) -> Iterator[Others]:
    found = Others(node.url)
    yield found
    found.close()


def whole(send: Any) -> str | bytes:
    """A case's `send` as what is sent."""
    if isinstance(send, dict):
        return bytes.fromhex(send["hex"])
    parts = [send] if isinstance(send, str) else send
    return "".join(p if isinstance(p, str) else p["of"] * p["repeat"] for p in parts)


def cases(*, channel: bool) -> list[Any]:
    found = [case for case in CASES if (case["to"] == "channel") is channel]
    return [pytest.param(case, id=case["id"]) for case in found]


class Silent(Line):
    """Says no hello of its own."""

    def _opened(self) -> None:
        self._news.set()

    def said(self, event: str, /, **fields: object) -> list[dict[str, Any]]:
        """What the server has said of this kind."""
        return [e for e in self.events if e["type"] == event and fields.items() <= e.items()]

    @property
    def session(self) -> str:
        return str(self.said("hello")[0]["session"])

    async def answers(self) -> None:
        """The call is as good as new."""
        self.send("text", text=QUESTION)
        assert await self.until(self._answered, ANSWER_S), self.events

    def _answered(self) -> bool:
        """The greeting names her, too: what counts is said after the question."""
        captions = [(e["who"], e["text"]) for e in self.said("caption")]
        asked = ("caller", QUESTION)
        after = captions[captions.index(asked) :] if asked in captions else []
        return any(who == "persona" and "Iris" in text for who, text in after)


async def begun(line: Silent) -> None:
    assert await line.until(lambda: line.channel_open and bool(line.said("hello")), 10)


async def kept(node: Node, session: str) -> dict[str, Any]:
    """The row of a call that is over, once it is there."""
    query = "select * from session where id = $1 and finished is not null"
    return dict((await node.settled(query, session, seconds=20))[0])


@pytest.mark.parametrize("case", cases(channel=True))
async def test_a_message_and_the_call_goes_on(
    node: Node, others: Others, case: dict[str, Any]
) -> None:
    async with Silent(CallPlan(node.url, video=False, token=TOKEN)) as line:
        await begun(line)
        message = whole(case["send"])
        for _ in range(case.get("times", 1)):
            line._channel.send(message)
        if case["expect"] == "refused":
            assert await line.until(lambda: bool(line.said("fault")), ANSWER_S)
        await line.answers()
        told = line.said("fault")
        if case["expect"] == "taken":
            assert not told
        for fault in told:
            assert fault["message"].endswith(".") and len(fault["message"]) < 300
            assert "Error" not in fault["message"] and "Traceback" not in fault["message"]
        session = line.session
    row = await kept(node, session)
    assert row["consent_given"] is False or "consent_stays" not in case
    words = "select 1 from chat where session_id = $1 and user_prompt = $2"
    assert await node.settled(words, session, QUESTION, seconds=20)
    query = "select type, description from faults where session_id = $1"
    faults = await node.rows(query, session)
    assert len(faults) <= case.get("kept_at_most", 50)
    if case["expect"] == "refused":
        assert [fault for fault in faults if fault["type"] == "bad_message"]
    assert not [fault for fault in faults if "Error" in fault["description"]]
    events = await node.rows("select 1 from session_events where session_id = $1", session)
    assert len(events) < 200
    modes = await node.rows("select 1 from mode_state where session_id = $1", session)
    assert len(modes) < 10


@pytest.mark.parametrize("case", cases(channel=False))
async def test_a_body_and_the_server_goes_on(
    node: Node, http: aiohttp.ClientSession, others: Others, case: dict[str, Any]
) -> None:
    method, path = case["to"].split()
    kind = case.get("type", "application/json")
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
    body = whole(case["send"])
    data = io.BytesIO(body.encode() if isinstance(body, str) else body)
    async with http.request(method, node.url + path, data=data, headers=headers) as response:
        assert response.status in case["status"], await response.text()
        told = await response.json()
    assert told["detail"].endswith((".", "!")) and "Error" not in str(told)


async def test_the_last_of_many_typed_texts_is_answered_and_few_are(
    node: Node, others: Others
) -> None:
    async with Silent(CallPlan(node.url, video=False, token=TOKEN)) as line:
        await begun(line)
        for _ in range(500):
            line.send("text", text="What time is it?")
        await line.answers()
        assert len(line.said("caption", who="caller")) < 60
        assert not line.said("fault")


async def test_a_flood_of_consents_makes_few_rows_and_the_last_word_counts(
    node: Node, others: Others
) -> None:
    async with Silent(CallPlan(node.url, video=False, token=TOKEN)) as line:
        await begun(line)
        for n in range(2_001):
            line.send("consent", given=n % 2 == 0)
        await line.answers()
        session = line.session
        consent = "select consent_changes from session where id = $1 and consent_given"
        (row,) = await node.settled(consent, session, seconds=20)
        assert len(json.loads(row["consent_changes"])) <= 50
        line.send("consent", given=False)
        taken_back = "select 1 from session where id = $1 and not consent_given"
        assert await node.settled(taken_back, session, seconds=20)
    query = "select 1 from session_events where session_id = $1 and event_type = 'consent'"
    assert len(await node.rows(query, session)) < 200


async def test_a_hello_is_said_once(node: Node, others: Others) -> None:
    async with Silent(CallPlan(node.url, video=False, token=TOKEN)) as line:
        await begun(line)
        for _ in range(50):
            line.send("hello", consent=True, client={"browser": "x"}, away_ms=5_000)
        assert await line.until(lambda: len(line.said("hello")) > 1, ANSWER_S)
        await line.answers()
        session = line.session
    await kept(node, session)
    once = {"mode_state": "mode = 'reset'", "session_events": "event_type = 'hello'"}
    for table, which in once.items():
        rows = await node.rows(f"select 1 from {table} where session_id = $1 and {which}", session)
        assert len(rows) == 1
    assert (await node.rows("select consent_given from session where id = $1", session))[0][0]


async def test_messages_as_long_as_they_may_be_leave_the_server_answering(
    node: Node, others: Others
) -> None:
    async with Silent(CallPlan(node.url, video=False, token=TOKEN)) as line:
        await begun(line)
        hostile = '{"type":"stats","values":{"a":[' + "[]," * 21_000 + "[]]}}"
        for _ in range(60):
            line._channel.send(hostile)
        await line.answers()
        assert line.said("fault", kind="too_many")
        session = line.session
    await kept(node, session)


async def test_measures_are_kept_up_to_a_bound(node: Node, others: Others) -> None:
    async with Silent(CallPlan(node.url, video=False, token=TOKEN)) as line:
        await begun(line)
        for _ in range(300):
            line.send("stats", values={f"{n}_ms": n for n in range(128)})
        await line.answers()
        session = line.session
    await kept(node, session)
    query = "select 1 from performance_log where session_id = $1 and system = 'caller'"
    assert len(await node.rows(query, session)) <= 2_000
