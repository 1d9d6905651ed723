"""The signalling over real HTTP, with calls that are only written down."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from visavis.call.calls import Busy, Draining, Meta, NoSuchCall, Waking
from visavis.call.commands.commands import Command, CommandOutcome, EndCall
from visavis.call.rtc.offer import NoCodec, NotSdp
from visavis.inputs import fits
from visavis.web import bodies, problems, signalling
from visavis.web.signalling import Signalling

CALL = "00000000-0000-7000-8000-000000000007"
HERE = f"/calls/{CALL}"
SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": f'"{CALL}"'}


class Book:
    """Calls as a list; an offer is answered by its own echo, or by the error it names."""

    def __init__(self) -> None:
        self.open_calls: dict[str, list[str]] = {}
        self.metas: list[Meta] = []
        self.outcome = CommandOutcome.DONE

    async def open(self, offer: str, meta: Meta) -> tuple[str, str]:
        errors: dict[str, Exception] = {
            "not sdp": NotSdp("It is poetry."),
            "h264": NoCodec("For video this server speaks VP8; the offer has H264."),
            "busy": Busy(7),
            "drained": Draining(),
            "waking": Waking(),
            "bug": ZeroDivisionError("secret detail"),
        }
        if offer in errors:
            raise errors[offer]
        self.open_calls[CALL] = []
        self.metas.append(meta)
        return CALL, f"answer to {offer}"

    async def patch(self, call: str, fragment: str) -> None:
        self._known(call).append(fragment)

    async def do(self, command: Command) -> CommandOutcome:
        assert isinstance(command, EndCall)
        known = self.open_calls.pop(str(command.call), None) is not None
        if self.outcome is CommandOutcome.DONE and not known:
            return CommandOutcome.NO_SUCH_CALL
        return self.outcome

    def _known(self, call: str) -> list[str]:
        if call not in self.open_calls:
            raise NoSuchCall
        return self.open_calls[call]


class ApiContext:
    def __init__(self) -> None:
        self.book = Book()
        self.faults: list[tuple[str, str]] = []
        self.full: float | None = None
        self.client: TestClient[Any, Any]

    def app(self, token: str = "") -> web.Application:
        links = ['<stun:a.example>; rel="ice-server"', '<stun:b.example>; rel="ice-server"']
        handlers = Signalling(self.book, admit=lambda: self.full, links=links, token=token)
        app = web.Application(
            middlewares=[
                signalling.cors(["https://friend.example"]),
                problems.middleware(lambda kind, message: self.faults.append((kind, message))),
            ]
        )
        app.add_routes(handlers.routes())
        return app


@pytest.fixture
async def house() -> AsyncIterator[ApiContext]:
    house = ApiContext()
    async with TestClient(TestServer(house.app())) as client:
        house.client = client
        yield house


async def problem(response: Any) -> dict[str, Any]:
    assert response.content_type == "application/problem+json"
    body: dict[str, Any] = json.loads(await response.read())
    assert body["status"] == response.status
    assert body["title"] and body["detail"].endswith((".", "Bearer."))
    return body


async def test_a_call_is_made_trickled_and_ended(house: ApiContext) -> None:
    made = await house.client.post("/calls", data="v=0", headers={**SDP, "User-Agent": "me"})
    assert made.status == 201
    assert await made.text() == "answer to v=0"
    assert made.content_type == "application/sdp"
    assert made.headers["Location"] == HERE
    assert made.headers["ETag"] == f'"{CALL}"'
    assert len(made.headers.getall("Link")) == 2
    assert house.book.metas[0].user_agent == "me"

    trickled = await house.client.patch(HERE, data="a=candidate:1", headers=FRAGMENT)
    assert trickled.status == 204
    assert house.book.open_calls[CALL] == ["a=candidate:1"]

    assert (await house.client.delete(HERE)).status == 200
    await problem(again := await house.client.delete(HERE))
    assert again.status == 404
    assert (await house.client.delete("/calls/never-a-call")).status == 404
    late = await house.client.patch(HERE, data="a=candidate:1", headers=FRAGMENT)
    assert late.status == 404


@pytest.mark.parametrize(
    ("offer", "status", "says"),
    [
        ("not sdp", 400, "poetry"),
        ("h264", 422, "VP8"),
        ("busy", 503, "7 s"),
        ("drained", 503, "about to end; try again in 10 s"),
        ("waking", 503, "The persona is waking up; try again in 10 s."),
        ("bug", 500, "here"),
    ],
)
async def test_refusals_are_sentences(
    house: ApiContext, offer: str, status: int, says: str
) -> None:
    response = await house.client.post("/calls", data=offer, headers=SDP)
    assert response.status == status
    body = await problem(response)
    assert says in body["detail"]
    assert "secret" not in str(body) and "Traceback" not in str(body)
    after = {"busy": "7", "drained": "10", "waking": "10"}
    assert response.headers.get("Retry-After") == after.get(offer)
    assert [kind for kind, _ in house.faults] == (["web"] if offer == "bug" else [])


async def test_a_call_that_can_not_be_ended_is_no_success(house: ApiContext) -> None:
    house.book.outcome = CommandOutcome.FAILED
    response = await house.client.delete(HERE)
    assert response.status == 500 and "a fault says why" in (await problem(response))["detail"]


async def test_headers_that_are_no_text_can_be_kept(house: ApiContext) -> None:
    """aiohttp's own client sends no such bytes."""
    server = house.client.server
    kind = b"Content-Type: application/sdp\r\n"
    for head in (kind, b"Content-Type: \xff/sdp\r\n"):
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(
            b"POST /calls HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n"
            b"User-Agent: a\xff\xed\xa0\x80\r\nAccept-Language: \xfe\r\n" + head + b"\r\nv=0"
        )
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 " + (b"201" if head == kind else b"4"))
    (meta,) = house.book.metas
    assert fits(meta.user_agent) and fits(meta.language)
    assert meta.user_agent.startswith("a") and not house.faults


async def test_wrong_requests(house: ApiContext) -> None:
    post, patch = house.client.post, house.client.patch
    wrong = await post("/calls", data="{}", headers={"Content-Type": "application/json"})
    assert (wrong.status, wrong.headers["Accept-Post"]) == (415, "application/sdp")
    assert (await post("/calls", data=b"\xff\xfe", headers=SDP)).status == 400
    await post("/calls", data="v=0", headers=SDP)
    headers = {k: v for k, v in FRAGMENT.items() if k != "If-Match"}
    assert (await patch(HERE, data="a", headers=headers)).status == 428
    assert (await patch(HERE, data="a", headers={**headers, "If-Match": '"8"'})).status == 412
    assert (await patch(HERE, data="a", headers={**headers, "If-Match": "*"})).status == 204
    assert (await patch(HERE, data="a", headers=SDP)).status == 415
    not_allowed = await house.client.get(HERE)
    assert (not_allowed.status, (await problem(not_allowed))["title"]) == (
        405,
        "Method Not Allowed",
    )
    assert "PATCH" in not_allowed.headers["Allow"]
    assert (await house.client.get("/nothing")).status == 404
    assert house.faults == []


@pytest.mark.parametrize(
    ("length", "body"),
    [
        (b"Content-Length: 10000000", b"v=0"),
        (b"Transfer-Encoding: chunked", b"10000\r\n" + b"v" * 65_536 + b"\r\n"),
    ],
)
async def test_a_big_body_is_not_read(house: ApiContext, length: bytes, body: bytes) -> None:
    """The answer comes while most of it has not been sent; without a length, after 1 MB."""
    reader, writer = await asyncio.open_connection(house.client.host, house.client.port)
    writer.write(b"POST /calls HTTP/1.1\r\nHost: a\r\nContent-Type: application/sdp\r\n" + length)
    writer.write(b"\r\n\r\n")
    writer.writelines([body] * (16 if b"chunked" in length else 1))
    assert b"413" in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()
    assert house.book.open_calls == {}


async def test_a_caller_who_leaves_or_dawdles_is_no_fault(
    house: ApiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_S", 0.05)
    head = b"POST /calls HTTP/1.1\r\nHost: a\r\nContent-Type: application/sdp\r\nContent-Length: 99"
    for leaves in (True, False):
        reader, writer = await asyncio.open_connection(house.client.host, house.client.port)
        writer.write(head + b"\r\n\r\nv=0")
        await writer.drain()
        if not leaves:
            assert b"408" in await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert (await house.client.post("/calls", data="v=0", headers=SDP)).status == 201
    assert house.faults == []


async def test_a_full_house_says_when_to_come_back(house: ApiContext) -> None:
    house.full = 12.0
    response = await house.client.post("/calls", data="v=0", headers=SDP)
    assert (response.status, response.headers["Retry-After"]) == (503, "12")
    assert house.book.open_calls == {}


async def test_other_sites_need_permission(house: ApiContext) -> None:
    for origin, allowed in (("https://friend.example", True), ("https://foe.example", False)):
        for response in (
            await house.client.options("/calls", headers={"Origin": origin}),
            await house.client.post("/calls", data="not sdp", headers={**SDP, "Origin": origin}),
        ):
            assert ("Access-Control-Allow-Origin" in response.headers) == allowed
    options = await house.client.options("/calls")
    assert (options.status, options.headers["Accept-Post"]) == (204, "application/sdp")
    options = await house.client.options(HERE)
    assert options.headers["Allow"] == "PATCH, DELETE, OPTIONS"


async def test_a_token_keeps_strangers_out() -> None:
    house = ApiContext()
    async with TestServer(house.app(token="open sesame")) as server, ClientSession() as session:
        for given, status in (("", 401), ("Bearer wrong", 401), ("Bearer open sesame", 201)):
            headers = {**SDP, "Authorization": given} if given else SDP
            async with session.post(server.make_url("/calls"), data="v", headers=headers) as r:
                assert r.status == status
                assert ("WWW-Authenticate" in r.headers) == (status == 401)
        async with session.delete(server.make_url(HERE)) as r:
            assert r.status == 401
    assert CALL in house.book.open_calls
