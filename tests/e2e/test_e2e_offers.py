"""Offers, candidates and channels of a stranger, and what they cost everybody else."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import offer_cases
import psutil
import pytest
import pytest_asyncio
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from nodes import RULES_ONLY, Node, serving_anew

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OFFER = {"Content-Type": "application/sdp"}
PLAIN = offer_cases.text({"file": "offers/audio_opus.sdp"})
FULL = offer_cases.text({"file": "offers/audio_video_data.sdp"})

BOUNDED_MS = 100
WATCHED_S = 2.0
"""A call that has begun goes on taking; of a refused one nothing is left."""
REFUSED_S = 0.3


@pytest.fixture(scope="module")
def bare() -> Iterator[Node]:
    """Nothing but the door."""
    with serving_anew(VISAVIS_MAX_CALLS="4", **RULES_ONLY) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield session


def many(line: str, count: int) -> str:
    return "".join(line.replace("{i}", str(i)) + "\r\n" for i in range(1, count + 1))


FORMATS = [n for n in range(1, 128) if not 72 <= n <= 76 and n != 111]
WITHIN = {
    "as many codecs as there are": FULL[: FULL.index("m=application")]
    + "".join(f"a=rtpmap:{n} VP8/90000\r\n" for n in FORMATS)
    + many("a=rtcp-fb:* nack", 180),
    "formats of rtx": FULL[: FULL.index("m=application")]
    + "".join(f"a=rtpmap:{n} rtx/90000\r\na=fmtp:{n} apt=96\r\n" for n in FORMATS),
    "candidates": PLAIN + many("a=candidate:{i} 1 udp {i} 127.0.0.1 2000{i} typ host", 9) * 6,
    "names": PLAIN + many("a=candidate:{i} 1 udp {i} name-{i}.local 2000 typ host", 58),
    "groups": PLAIN + many("a=ssrc-group:FID" + " {i}" * 16, 190) + many("a=ssrc:{i} x", 190),
}
"""The worst that stay within the bounds."""
BEYOND = {row["id"]: offer_cases.text(row) for row in offer_cases.rows() if "bounded_ms" in row}


async def cost_ms(node: Node, http: aiohttp.ClientSession, offer: str) -> tuple[int, float, float]:
    """The status, the server's CPU time in ms from the offer to so long later, and the longest that
    ``/status`` took meanwhile, in s."""
    process = psutil.Process(node.process.pid)

    def used() -> float:
        times = process.cpu_times()
        return float(times.user + times.system) * 1000

    slowest, done = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal slowest
        while not done.is_set():
            asked = time.monotonic()
            async with http.get(f"{node.url}/status") as response:
                assert response.status == 200
            slowest = max(slowest, time.monotonic() - asked)
            await asyncio.sleep(0.05)

    began, watching = used(), asyncio.create_task(watch())
    async with http.post(f"{node.url}/calls", data=offer, headers=OFFER) as response:
        status, place = response.status, response.headers.get("Location")
        if status != 201:
            detail = (await response.json())["detail"]
            assert detail.endswith(".") and "Error" not in detail
    await asyncio.sleep(REFUSED_S if place is None else WATCHED_S)
    spent = used() - began
    done.set()
    await watching
    if place is not None:
        async with http.delete(node.url + place) as response:
            assert response.status == 200
    return status, spent, slowest


async def test_no_offer_costs_much_more_than_a_plain_one(
    bare: Node, http: aiohttp.ClientSession
) -> None:
    await cost_ms(bare, http, PLAIN)
    plain = (await cost_ms(bare, http, PLAIN))[1]
    for name, offer in {**WITHIN, **BEYOND}.items():
        status, spent, slowest = await cost_ms(bare, http, offer)
        assert status == (413 if name in BEYOND else 201), name
        assert spent - plain <= BOUNDED_MS, f"{name}: {spent:.0f} ms, a plain one {plain:.0f} ms"
        assert slowest < 0.5, f"{name}: /status took {slowest:.2f} s"


WRONG_ANSWERS = {"no_bundle": "an offer without a group is answered with one"}
"""Offers whose answer isn't yet what it should be."""
ANSWERED = [
    pytest.param(
        row,
        id=row["id"],
        marks=[pytest.mark.xfail(strict=True, reason=WRONG_ANSWERS[row["id"]])]
        if row["id"] in WRONG_ANSWERS
        else [],
    )
    for row in offer_cases.rows()
    if "answer" in row and row["id"] not in offer_cases.NOT_YET
]
FACELESS = {"sendrecv": ("recvonly", "inactive"), "sendonly": ("inactive",)}
"""How video is answered where a row has it of a node that shows a face and looks at callers."""


@dataclass(frozen=True)
class Section:
    """What one section of an answer says."""

    kind: str
    codec: str
    """"reject" with port 0."""
    direction: str
    setup: str
    text: str

    @classmethod
    def read(cls, text: str) -> "Section":
        kind, port, _, first, *_ = text.splitlines()[0].removeprefix("m=").split()
        names = re.findall(rf"(?m)^a=rtpmap:{re.escape(first)} ([^/\r\n]+)", text)
        ways = re.findall(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)\r?$", text)
        setups = re.findall(r"(?m)^a=setup:(\w+)", text)
        codec = "reject" if port == "0" else (names or [first])[0]
        return cls(kind, codec, (ways or ["sendrecv"])[0], (setups or [""])[0], text)

    def fits(self, wanted: str | dict[str, str]) -> bool:
        """Whether it is one of the answers that a row allows."""
        if isinstance(wanted, str):
            return self.codec == wanted
        way = wanted.get("direction", self.direction)
        ways = FACELESS.get(way, (way,)) if self.kind == "video" else (way,)
        ways = (*ways, self.direction) if "direction" not in wanted else ways
        return self.codec.lower() == wanted["codec"].lower() and self.direction in ways


@pytest.mark.parametrize("row", ANSWERED)
async def test_an_answer_is_what_the_case_says(
    row: dict[str, Any], bare: Node, http: aiohttp.ClientSession
) -> None:
    token = {"Authorization": f"Bearer {(bare.data / 'operator.token').read_text().strip()}"}
    asked = time.monotonic()
    async with http.post(
        f"{bare.url}/calls", data=offer_cases.text(row), headers=OFFER | token
    ) as response:
        answer = await response.text()
        assert response.status == 201, answer
        took_ms = (time.monotonic() - asked) * 1000
        place = response.headers["Location"]
    async with http.delete(bare.url + place, headers=token) as response:
        assert response.status == 200
    head, *rest = re.split(r"(?m)^(?=m=)", answer)
    sections = [Section.read(one) for one in rest]
    assert [one.kind for one in sections] == [one["kind"] for one in row["answer"]]
    for section, wanted in zip(sections, row["answer"], strict=True):
        assert any(section.fits(one) for one in wanted["any"]), section.text
        for line in row.get("needs", {}).get(section.kind, ()):
            assert line in section.text
    taken = [one for one in sections if one.codec != "reject"]
    if "setup" in row:
        assert {one.setup for one in taken} == {row["setup"]}
    if "bundle" in row:
        assert re.findall(r"(?m)^a=group:BUNDLE(.*?)\r?$", head) == [
            f" {' '.join(group)}" for group in row["bundle"]
        ]
    assert took_ms < row.get("within_ms", 10_000)


async def test_nobody_else_is_sent_more_than_three_times_what_came(
    bare: Node, http: aiohttp.ClientSession
) -> None:
    """Ports of one host, named in an offer and in fragments; nobody there has asked for it."""
    ports = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(80)]
    try:
        for port in ports:
            port.bind(("127.0.0.1", 0))
            port.setblocking(False)
        named = [
            f"a=candidate:{n} 1 udp {n + 1} 127.0.0.1 {port.getsockname()[1]} typ host\r\n"
            for n, port in enumerate(ports)
        ]
        bare_offer = "".join(x for x in PLAIN.splitlines(True) if "candidate" not in x)
        offer = bare_offer + "".join(named[:50])
        came = len(offer)
        async with http.post(f"{bare.url}/calls", data=offer, headers=OFFER) as response:
            assert response.status == 201
            call = bare.url + response.headers["Location"]
        headers = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*"}
        statuses = []
        for line in named[50:]:
            body = f"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n{line}"
            async with http.patch(call, data=body, headers=headers) as response:
                statuses.append(response.status)
                came += len(body) if response.status == 204 else 0
        assert statuses == [204] * 10 + [429] * 20
        await asyncio.sleep(6)
        sent = 0
        for port in ports:
            while True:
                try:
                    sent += len(port.recv(2_000))
                except BlockingIOError:
                    break
        assert 0 < sent <= 3 * came, f"{sent} bytes for {came}"
        async with http.delete(call) as response:
            assert response.status == 200
    finally:
        for port in ports:
            port.close()


async def test_a_message_without_end_ends_its_channel(
    bare: Node, http: aiohttp.ClientSession
) -> None:
    """What came of it is let go, the call goes on, and others are answered meanwhile."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver("audio", "recvonly")
    channel = peer.createDataChannel("events")
    told: list[str] = []
    channel.on("message", told.append)
    await peer.setLocalDescription()
    offer = peer.localDescription.sdp
    async with http.post(f"{bare.url}/calls", data=offer, headers=OFFER) as response:
        assert response.status == 201
        call = bare.url + response.headers["Location"]
        await peer.setRemoteDescription(RTCSessionDescription(await response.text(), "answer"))
    assert "a=max-message-size:262144" in peer.remoteDescription.sdp
    try:
        async with asyncio.timeout(10):
            while channel.readyState != "open":  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        server = psutil.Process(bare.process.pid)
        before = server.memory_info().rss
        peer.sctp._remote_max_message_size = 0
        channel.send("x" * 20_000_000)
        slowest = 0.0
        query = "select description from faults where type = 'channel'"
        async with asyncio.timeout(25):
            while not await bare.rows(query):
                asked = time.monotonic()
                async with http.get(f"{bare.url}/status") as response:
                    assert (await response.json())["calls"] == 1
                slowest = max(slowest, time.monotonic() - asked)
                await asyncio.sleep(0.2)
        assert slowest < 0.5
        assert server.memory_info().rss - before < 10_000_000
        assert any('"bad_message"' in message for message in told)
        assert peer.connectionState == "connected"
    finally:
        async with http.delete(call) as response:
            assert response.status == 200
        await peer.close()
