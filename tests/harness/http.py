"""What HTTP answers: the signalling and the pages."""

import re
from typing import Any

import aiohttp

from .node import Node
from .project import TESTS
from .rows import UUID
from .shapes import Shape

OFFER = (TESTS / "data" / "cases" / "offers" / "audio_video_data.sdp").read_bytes()
SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
MANY = ("Date", "Server", "Content-Length")
"""Headers of the HTTP library's own."""


async def signalling(node: Node) -> Shape:
    """A call made, trickled, and ended by hand, and what is refused on the way."""
    answers: Shape = {}
    async with aiohttp.ClientSession() as http:

        async def ask(says: str, method: str, path: str, **given: Any) -> str:
            async with http.request(method, node.url + path, **given) as answer:
                body = await answer.text()
                headers = [
                    f"{name}: {_masked(value)}"
                    for name, value in sorted(answer.headers.items())
                    if name not in MANY
                ]
                answers[says] = {
                    "status": answer.status,
                    "headers": headers,
                    "body": _body(answer.content_type, body),
                }
                return answer.headers.get("Location", "")

        call = await ask("POST", "POST", "/calls", data=OFFER, headers=SDP)
        match = {"If-Match": f'"{call.rsplit("/", 1)[-1]}"'}
        candidate = "a=mid:0\r\na=candidate:1 1 udp 2130706431 127.0.0.1 50001 typ host\r\n"
        for says, data, headers in (
            ("PATCH", candidate, FRAGMENT | match),
            ("PATCH end", "a=mid:0\r\na=end-of-candidates\r\n", FRAGMENT | match),
            ("PATCH any", candidate, FRAGMENT | {"If-Match": "*"}),
            ("PATCH without If-Match", candidate, FRAGMENT),
            ("PATCH of another", candidate, FRAGMENT | {"If-Match": '"other"'}),
            ("PATCH with nothing", "", FRAGMENT | match),
            ("PATCH restart", "a=ice-ufrag:new1\r\na=ice-pwd:" + "p" * 24, FRAGMENT | match),
            ("PATCH of SDP", candidate, SDP | match),
        ):
            await ask(says, "PATCH", call, data=data, headers=headers)
        await ask("OPTIONS", "OPTIONS", "/calls")
        await ask("OPTIONS of a call", "OPTIONS", call)
        await ask("GET", "GET", "/calls")
        await ask("DELETE", "DELETE", call)
        await ask("DELETE again", "DELETE", call)
        await ask("PATCH after", "PATCH", call, data=candidate, headers=FRAGMENT | match)
        await ask("POST of JSON", "POST", "/calls", json={})
        await ask("POST of no SDP", "POST", "/calls", data="poetry", headers=SDP)
        await ask("POST as somebody", "POST", "/calls?as=mia", data=OFFER, headers=SDP)
        wrong = {"Authorization": "Bearer wrong"}
        await ask("GET /api without token", "GET", "/api/sessions")
        await ask("GET /api with a wrong one", "GET", "/api/sessions", headers=wrong)
    common = set.intersection(*(set(answer["headers"]) for answer in answers.values()))
    for answer in answers.values():
        answer["headers"] = [header for header in answer["headers"] if header not in common]
    return {"headers of all": sorted(common), "answers": answers}


def _masked(value: str) -> str:
    value = UUID.sub("ID", value)
    return re.sub(r"v=[\w-]{6,}|sha256-[\w+/=]+|nonce-[\w+/=-]+", "HASH", value)


def _body(kind: str, body: str) -> Any:
    """Of an SDP its sections and codecs, of a problem all."""
    if kind == "application/sdp":
        wanted = ("m=", "a=rtpmap", "a=mid", "a=group", "a=setup", "a=send", "a=recv", "a=inact")
        lines = [line for line in body.splitlines() if line.startswith(wanted)]
        return [re.sub(r"^(m=\w+) \d+", r"\1 PORT", line) for line in lines]
    return UUID.sub("ID", body)[:400]


async def busy(node: Node) -> Shape:
    """A call while all lines are taken."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{node.url}/calls", data=OFFER, headers=SDP) as answer,
    ):
        return {
            "status": answer.status,
            "retry": "Retry-After" in answer.headers,
            "body": re.sub(r"\d+", "N", await answer.text()),
        }


async def pages(node: Node) -> Shape:
    """Of what is no API: status, type and headers; fields of /status, names of /metrics."""
    found: Shape = {}
    async with aiohttp.ClientSession(
        node.url, headers={"Authorization": f"Bearer {node.token}"}
    ) as http:
        for path in ("/", "/operator", "/teach", "/healthz", "/status", "/metrics", "/portrait",
                     "/asleep", "/static/none", "/nowhere"):  # fmt: skip
            async with http.get(path) as answer:
                body = await answer.read()
                page: Shape = {
                    "status": answer.status,
                    "type": answer.content_type,
                    "headers": sorted(name for name in answer.headers if name not in MANY),
                }
                if path == "/status":
                    page["fields"] = sorted(await answer.json())
                if path == "/metrics":
                    names = re.findall(r"^# TYPE (\S+ \S+)", body.decode(), re.M)
                    page["names"] = sorted(set(names))
                if path == "/healthz":
                    page["body"] = body.decode().splitlines()[0]  # then what waits just now
                found[path] = page
    return found
