"""Odd paths, queries, header fields and tokens: an answer that says so, and never a 500."""

import asyncio

import pytest
from e2e.door import status
from nodes import Node

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PATHS = [
    "/static/" + "a" * 5000,
    "/static/" + "a" * 300,
    "/static/" + "a/" * 490,
    "/" + "b" * 5000,
    "/static/%00",
    "/static/%ff%fe",
    "/static/%ed%a0%80",
    "/static/..%2f..%2fpyproject.toml",
    "/static/%2e%2e/%2e%2e/etc/passwd",
    "/static//etc/passwd",
    "/calls/%00",
    "/calls/%ff",
    "/calls/" + "7" * 900,
    "/api/sessions/%00",
    "/api/sessions/%ed%b2%80",
    "/api/artefacts/%00/%00",
    "//",
    "/%",
    "/%zz",
    "/..",
    "*",
    "http://[::1",
    "http://a:99999/",
]
QUERIES = [
    "?as=%00",
    "?as=%ff",
    "?as=%ed%a0%80",
    "?cursor=%00&limit=" + "9" * 400,
    "?" + "q" * 5000,
]
FIELDS = [
    b"Authorization: Bearer \xff",
    b"Authorization: Bearer \xed\xa0\x80",
    b"Authorization: \xff\xfe",
    b"Authorization: Basic \xff",
    b"Cookie: visavis=\xff",
    b'Cookie: visavis="\\377"; =;;; a',
    b"Host: \xff",
    b"Range: bytes=5-2",
    b"Range: bytes=" + b"9" * 400 + b"-",
    b"If-Modified-Since: Mon, 99 Foo 99999 99:99:99 GMT",
    b"If-None-Match: \xff",
    b"If-Range: \xff",
    b"Expect: \xff",
    b"Content-Type: \xff/\xff; charset=\xff",
    b"Content-Length: 99999999999999999999999",
    b"Content-Encoding: gzip",
    b"Transfer-Encoding: \xff",
    b"Accept-Encoding: \xff",
    b"Upgrade: websocket\r\nConnection: upgrade",
    b"X-Forwarded-For: \xff",
    b"User-Agent: \xff\r\nAccept-Language: \xed\xa0\x80",
    b"Origin: \xff",
]
METHODS = [b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT"]
ROUTES = [
    "/",
    "/calls",
    "/calls/7",
    "/static/main.js",
    "/metrics",
    "/status",
    "/portrait",
    "/operator",
    "/api/me",
    "/api/sign-in",
    "/api/sessions",
    "/api/openapi.json",
]


async def test_no_path_query_or_header_gives_a_500(door: Node) -> None:
    """Every odd path, query and header field, at every route and by every method."""
    faults = "select description from faults where type = 'web'"
    requests = [b"GET %s HTTP/1.1\r\nHost: a\r\n" % path.encode() for path in PATHS]
    requests += [
        b"%s %s HTTP/1.1\r\nHost: a\r\n" % (m, p.encode()) for m in METHODS for p in PATHS[:8]
    ]
    requests += [
        b"GET %s%s HTTP/1.1\r\nHost: a\r\n" % (r.encode(), q.encode())
        for r in ROUTES
        for q in QUERIES
    ]
    for route in ROUTES:
        for fields in FIELDS:
            host = b"" if fields.startswith(b"Host") else b"Host: a\r\n"
            for method in (b"GET", b"POST", b"DELETE"):
                requests.append(
                    b"%s %s HTTP/1.1\r\n%s%s\r\n" % (method, route.encode(), host, fields)
                )
    found: dict[int, int] = {}
    room = asyncio.Semaphore(16)

    async def one(n: int, request: bytes) -> None:
        async with room:
            source = f"127.0.5.{1 + n % 200}"
            code, told = await status(door, source, request + b"Connection: close\r\n\r\n")
        found[code] = found.get(code, 0) + 1
        assert code < 500 or code == 503, (request, told)
        if code >= 400:
            assert b"Traceback" not in told and b"Error:" not in told, told

    await asyncio.gather(*(one(n, request) for n, request in enumerate(requests)))
    assert found[404] > 20 and found[401] > 20 and found[200] > 20, found
    assert not await door.rows(faults)


@pytest.mark.parametrize("name", ["Authorization: Bearer \udcff", "Cookie: visavis=\udcff"])
async def test_a_token_that_is_not_text_is_a_wrong_one(door: Node, name: str) -> None:
    for path in ("/api/me", "/api/sessions"):
        raw = f"GET {path} HTTP/1.1\r\nHost: a\r\n{name}\r\nConnection: close\r\n\r\n"
        code, _ = await status(door, "127.0.5.1", raw.encode(errors="surrogateescape"))
        assert code == 401
