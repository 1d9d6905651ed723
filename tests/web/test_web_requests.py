"""What can't mean anything is refused before it is read."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from visavis.web import bodies, problems, requests
from visavis.web.api.access import Access, Person, Role
from visavis.web.signalling import authorise

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    access = Access([("a token?", Person("ann", "1", Role.OPERATOR))])

    async def say(request: web.Request) -> web.Response:
        return web.Response(text=requests.header(request, "X", 5))

    async def who(request: web.Request) -> web.Response:
        name = access.who(request).username
        authorise(request, "a token?")
        return web.Response(text=name)

    async def length(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await bodies.text(request, 1_000_000))))

    app = web.Application(middlewares=[problems.middleware(), requests.checked])
    app.add_routes([web.get("/who", who), web.post("/", length), web.get("/{any:.*}", say)])
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/a", 200),
        ("/" + "a" * 999, 200),
        ("/" + "a" * 1000, 404),
        ("/a%00", 404),
        ("/%C3%A9", 200),
        ("/a?b=%00", 422),
        ("/a?%00=b", 422),
        ("/a?b=" + "c" * 4000, 414),
        ("/a?b=%C3%A9&" + "c" * 3000, 200),
    ],
)
async def test_paths_and_queries(client: Client, path: str, status: int) -> None:
    response = await client.get(URL(path, encoded=True))
    assert response.status == status
    if status != 200:
        told = await response.json(content_type="application/problem+json")
        assert told["detail"].endswith(".") and len(told["detail"]) < 200


async def raw(client: Client, path: str, field: bytes) -> bytes:
    """The answer to a header field that aiohttp's own client would not send."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(b"GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n" % (path.encode(), field))
    writer.write(b"Connection: close\r\n\r\n")
    told = await reader.read(-1)
    writer.close()
    return told


async def test_what_a_header_says_can_be_kept(client: Client) -> None:
    for said, kept in (
        ("\xff\xfe!", "\ufffd\ufffd!"),
        ("\xed\xa0\x80", "\ufffd" * 3),
        ("longer", "longe"),
    ):
        told = await raw(client, "/", b"X: " + said.encode("latin-1"))
        assert told.endswith(b"\r\n\r\n" + kept.encode())


def test_what_was_sent_may_be_said_back() -> None:
    said = problems.Problem(415, "Wrong content type", "This was \udcff/é.").response().body
    assert isinstance(said, bytes) and "This was ?/é.".encode() in said


@pytest.mark.parametrize(
    ("field", "status"),
    [
        (b"Authorization: Bearer a token?", b"200"),
        (b"Authorization: Bearer a token\xff", b"401"),
        (b"Authorization: Bearer \xed\xa0\x80", b"401"),
        (b"Authorization: \xff", b"401"),
        (b"Cookie: visavis=\xff", b"401"),
    ],
)
async def test_a_token_that_is_not_text_is_a_wrong_one(
    client: Client, field: bytes, status: bytes
) -> None:
    assert (await raw(client, "/who", field)).split(b" ")[1] == status


async def test_a_body_that_unpacks_to_much_is_refused(client: Client) -> None:
    packed = {"Content-Encoding": "gzip"}
    for body, status in (
        (gzip.compress(b"v" * 200_000_000, 1), 413),
        (gzip.compress(b"v" * 999_999), 200),
        (b"not packed", 400),
    ):
        response = await client.post("/", data=body, headers=packed)
        assert response.status == status, await response.text()


async def test_bodies_at_the_same_time_are_bounded(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "_held", bodies.HELD)
    assert (await client.post("/", data=b"v" * 60_000)).status == 200
    much = await client.post("/", data=b"v" * 900_000)
    assert (much.status, much.headers["Retry-After"]) == (503, "2")
    assert bodies._held == bodies.HELD
    monkeypatch.setattr(bodies, "_held", 0)
    assert (await client.post("/", data=b"v" * 900_000)).status == 200
