"""Whatever is sent, the answer is a sentence, a fault is kept as one, and the call goes on.

Not here: NaN in audio. No codec carries it, so it is put to the engines and to the playout
themselves (`test_stt_whisper`, `test_stt_endpoint`, `test_call_playout`).
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import aiohttp
import av
import numpy as np
import pytest
import pytest_asyncio
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection
from nodes import RULES_ONLY, Node, serving_anew

from visavis.client import CallPlan
from visavis.client.line import Line

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OFFER = {"Content-Type": "application/sdp"}
TRICKLE = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*"}
TOKEN = "open-sesame"


@pytest.fixture(scope="module")
def strict() -> Iterator[Node]:
    """Rules only, two calls at once, a token, and little patience with silence."""
    with serving_anew(
        VISAVIS_MAX_CALLS="2",
        VISAVIS_WEB__TOKEN=TOKEN,
        VISAVIS_TURN__PROMPTS_MS="[1500]",
        VISAVIS_TURN__GIVE_UP_MS="4000",
        **RULES_ONLY,
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield session


async def sdp(*, audio: bool = True) -> str:
    """An offer that no media will follow."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("events")
    if audio:
        connection.addTransceiver("audio", "recvonly")
    await connection.setLocalDescription()
    offer = connection.localDescription.sdp
    await connection.close()
    return str(offer)


async def problem(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """What an error says: a sentence, and nothing of the inside."""
    assert response.content_type == "application/problem+json"
    said: dict[str, Any] = await response.json()
    assert said["status"] == response.status and said["detail"].endswith((".", "!"))
    assert "Traceback" not in str(said) and 'File "' not in str(said)
    return said


async def until(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Wait; how long it took, s."""
    began = time.monotonic()
    while not condition():
        await asyncio.sleep(0.02)
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds:g} s"
    return time.monotonic() - began


def said(line: Line, event: str, /, **fields: object) -> list[dict[str, Any]]:
    return [e for e in line.events if e["type"] == event and fields.items() <= e.items()]


async def greeted(line: Line) -> None:
    await until(lambda: said(line, "caption", who="persona"), 60, "the greeting")


async def answers(line: Line) -> None:
    """The call is as good as new."""
    before = len(said(line, "caption", who="persona"))
    line.send("text", text="What is your name?")
    await until(
        lambda: any("Iris" in e["text"] for e in said(line, "caption", who="persona")[before:]),
        60,
        "an answer",
    )


async def faults(node: Node, line: Line, kind: str) -> list[Any]:
    session = said(line, "hello")[0]["session"]
    return await node.settled(
        "select description from faults where session_id = $1 and type = $2", session, kind
    )


# -- signalling ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (lambda offer: "hello there", 400, "not a session description"),
        (lambda offer: "", 400, "not a session description"),
        (lambda offer: "v=0\r\n\x00\xff" * 50, 422, "neither an audio nor a video"),
        (lambda offer: offer[: offer.index("m=audio")], 422, "neither an audio nor a video"),
        (lambda offer: offer.replace("opus", "speex"), 422, "Opus"),
        (lambda offer: offer + "a=x:" + "y" * 300_000, 413, "characters"),
    ],
    ids=["not SDP", "nothing", "garbage", "no media", "unknown codecs", "long"],
)
async def test_an_offer_that_cannot_be_answered(
    node: Node, http: aiohttp.ClientSession, change: Callable[[str], str], status: int, words: str
) -> None:
    body = change(await sdp())
    async with http.post(f"{node.url}/calls", data=body, headers=OFFER) as response:
        assert response.status == status
        assert words in (await problem(response))["detail"]


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_of_10_mb_is_refused_without_being_read(node: Node, chunked: bool) -> None:
    host, port = node.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    length = "Transfer-Encoding: chunked" if chunked else "Content-Length: 10000000"
    head = f"POST /calls HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/sdp\r\n{length}"
    writer.write(f"{head}\r\n\r\n".encode())
    if chunked:  # it says nothing of its size; a tenth of it is enough to know
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        for _ in range(16):
            writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"bytes are accepted.")
    assert answer.startswith(b"HTTP/1.1 413")
    writer.close()


async def test_a_call_that_has_ended_is_not_found(node: Node, http: aiohttp.ClientSession) -> None:
    async with http.post(f"{node.url}/calls", data=await sdp(), headers=OFFER) as response:
        assert response.status == 201
        call = node.url + response.headers["Location"]
    async with http.delete(call) as response:
        assert response.status == 200
    async with http.delete(call) as response:
        assert response.status == 404 and "ended" in (await problem(response))["detail"]
    async with http.patch(call, data="a=end-of-candidates", headers=TRICKLE) as response:
        assert response.status == 404 and "ended" in (await problem(response))["detail"]


async def test_thousands_of_candidates_do_not_disturb_a_call(
    node: Node, http: aiohttp.ClientSession
) -> None:
    async with Line(CallPlan(node.url, video=False)) as line:
        await greeted(line)
        statuses = []

        async def trickle(n: int) -> None:
            candidate = f"a=candidate:{n} 1 udp 1 127.0.0.1 {1024 + n} typ host"
            body = f"m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n{candidate}\r\n"
            async with http.patch(str(line._location), data=body, headers=TRICKLE) as response:
                statuses.append(response.status)

        for start in range(0, 2000, 50):
            await asyncio.gather(*(trickle(n) for n in range(start, start + 50)))
        assert set(statuses) <= {204, 429}, set(statuses)
        await answers(line)


async def test_who_has_no_token_may_not_call(strict: Node, http: aiohttp.ClientSession) -> None:
    offer = await sdp()
    for headers in (OFFER, {**OFFER, "Authorization": "Bearer wrong"}):
        async with http.post(f"{strict.url}/calls", data=offer, headers=headers) as response:
            assert response.status == 401 and (await problem(response))["detail"]


async def test_offers_beyond_the_capacity_are_told_when_to_try_again(
    strict: Node, http: aiohttp.ClientSession
) -> None:
    headers = {**OFFER, "Authorization": f"Bearer {TOKEN}"}
    offers = [await sdp() for _ in range(8)]

    async def post(offer: str) -> tuple[int, str, str]:
        async with http.post(f"{strict.url}/calls", data=offer, headers=headers) as response:
            if response.status == 503:
                await problem(response)
            named = response.headers
            return response.status, named.get("Retry-After", ""), named.get("Location", "")

    found = await asyncio.gather(*map(post, offers))
    assert sorted(status for status, *_ in found) == [201] * 2 + [503] * 6
    assert all(int(after) > 0 for status, after, _ in found if status == 503)
    for call in (place for status, _, place in found if status == 201):
        async with http.delete(strict.url + call, headers=headers) as response:
            assert response.status == 200


# -- the data channel ------------------------------------------------------------------------

MESSAGES = {
    "not JSON": "hello",
    "binary": b"\x00\xff\x80" * 100,
    "no object": "[1, 2]",
    "no type": '{"text": "hi"}',
    "unknown type": '{"type": "launch", "at": 0}',
    "wrong field": '{"type": "text", "at": 0, "text": 7}',
    "NaN": '{"type": "stats", "at": 0, "values": {"latency_ms": NaN}}',
    "deep": "[" * 20_000,
    "empty": "",
    "empty text": '{"type": "text", "at": 0, "text": ""}',
    "long text": json.dumps({"type": "text", "at": 0, "text": "x" * 5_000}),
    "100,000 characters": json.dumps({"type": "text", "at": 0, "text": "x" * 100_000}),
    "1 MB": "x" * 1_000_000,
}


async def test_bad_messages_are_answered_one_by_one(node: Node) -> None:
    async with Line(CallPlan(node.url, video=False)) as line:
        await greeted(line)
        line._peer.sctp._remote_max_message_size = 0  # the server allows less than 1 MB
        for count, (name, message) in enumerate(MESSAGES.items(), 1):
            line._channel.send(message)

            def answered(count: int = count) -> bool:
                return len(said(line, "fault", kind="bad_message")) == count

            await until(answered, 15, name)
        for event in said(line, "fault", kind="bad_message"):
            assert event["message"] and "Traceback" not in event["message"]
        await answers(line)
        assert await faults(node, line, "bad_message")


async def test_a_flood_of_texts_is_borne(node: Node) -> None:
    async with Line(CallPlan(node.url, video=False)) as line:
        await greeted(line)
        for n in range(200):
            line.send("text", text=f"Please tell me something about the number {n}.")
            await asyncio.sleep(0.005)
        await answers(line)
        assert not said(line, "fault")
        await until(lambda: said(line, "stats"), 20, "stats")
        assert said(line, "stats")[-1]["loop_lag_ms"] < 500


# -- media -----------------------------------------------------------------------------------


async def test_a_caller_who_vanishes_is_let_go(node: Node, tmp_path: Path) -> None:
    before = await node.rows("select id from session")
    command = ["-m", "visavis", "call", node.url, "--text", "Hello", "--turns", "1000"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    query = "select session_id from mode_state where mode = 'chat' and session_id <> all($1)"
    rows = await node.settled(query, [row["id"] for row in before], seconds=60)
    process.kill()
    await process.wait()
    began = time.monotonic()
    ended = await node.settled(
        "select ending from session where id = $1 and finished is not null", rows[0]["session_id"]
    )
    took = time.monotonic() - began
    assert ended[0]["ending"] == "vanished" and took < 12, f"{ended} after {took:.1f} s"
    modes = "select cause from mode_state where session_id = $1 and mode = 'close'"
    assert [row["cause"] for row in await node.rows(modes, rows[0]["session_id"])] == ["vanished"]
    async with aiohttp.ClientSession() as session, session.get(f"{node.url}/status") as response:
        assert (await response.json())["calls"] == 0


class OddCamera(MediaStreamTrack):  # type: ignore[misc]
    """8K at first, then thumbnails and large pictures in turn, at 1 to 25 pictures a second.

    8K comes once only: compressing it takes this process a core for seconds."""

    kind = "video"
    FIRST = (7680, 4320)
    SIZES = ((160, 120), (640, 480), (16, 16), (1080, 1920), (641, 479))

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0

    async def recv(self) -> av.VideoFrame:
        first = self.sent < 2
        width, height = self.FIRST if first else self.SIZES[self.sent // 2 % len(self.SIZES)]
        await asyncio.sleep(1.0 if 2 <= self.sent < 4 else 0.04)
        grey = np.full((height, width, 3), 40 + self.sent % 150, np.uint8)
        frame = av.VideoFrame.from_ndarray(grey)
        frame.pts, frame.time_base = round(time.monotonic() * 90_000), Fraction(1, 90_000)
        self.sent += 1
        return frame


async def test_a_camera_of_odd_sizes_and_rates_disturbs_nobody(node: Node) -> None:
    camera = OddCamera()
    async with Line(CallPlan(node.url, consent=True)) as line:
        sender = next(s for s in line._peer.getSenders() if s.kind == "video")
        sender.replaceTrack(camera)
        await greeted(line)
        await until(lambda: said(line, "fault"), 60, "a word about the camera")
        await answers(line)
        told = {event["kind"]: event["message"] for event in said(line, "fault")}
        assert set(told) == {"camera_too_large"} and "7680×4320" in told["camera_too_large"]
        assert await faults(node, line, "camera_too_large")


async def test_ten_minutes_of_silence_end_the_call(strict: Node) -> None:
    async with Line(CallPlan(strict.url, video=False, token=TOKEN)) as line:
        await greeted(line)
        await until(lambda: line.closing, 20, "the end")
        assert len(said(line, "caption", who="persona")) >= 2  # the greeting, a gentle question
        assert said(line, "mode")[-1]["cause"] == "silence"
        session = said(line, "hello")[0]["session"]
    query = "select ending from session where id = $1 and finished is not null"
    assert (await strict.settled(query, session))[0]["ending"] == "silence"
