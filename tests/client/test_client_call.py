"""The caller against a peer whose delays are known: what it measures must be what there was."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import av
import numpy as np
import pytest
import sounds
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from client.sine_peer import Behaviour, Peer
from known import known
from numpy.typing import NDArray

from visavis.client import CallPlan, Interruption, Turn, call
from visavis.client.report import CallReport
from visavis.client.sound import sound

WITHIN_MS = 25.0
pytestmark = pytest.mark.e2e

SAY = sound("say", sounds.tone(790, hz=600))
OVER = sound("over", sounds.tone(590, hz=700))


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("/"))
    finally:
        await server.close()


async def called(peer: Peer, *turns: Turn, **plan: Any) -> CallReport:
    quick: dict[str, Any] = {"greeting_s": 0.2, "unconfirmed_s": 0.7, "after_interruption_s": 1.0}
    async with serving(peer.app) as url:
        return await call(CallPlan(url, turns, **quick | plan))


def voice(ms: float) -> NDArray[np.float64]:
    return sounds.tone(ms, peak_db=-9).astype(float)


async def test_measured_latency_is_the_delay_of_the_peer() -> None:
    delays = [100.0, 300.0, 700.0]
    peer = Peer(Behaviour(voice(600), delays))
    report = await called(peer, *[Turn(SAY)] * 3, video=False)
    assert report.problem is None
    errors = [
        known(turn.reply_latency_ms) - delay
        for turn, delay in zip(report.turns, delays, strict=True)
    ]
    assert all(abs(error) <= 60 for error in errors), errors
    assert abs(median(errors)) <= WITHIN_MS, errors
    assert report.video is None and report.mouth is None
    assert known(report.audio).lost == 0 and report.hung_up == 200


async def test_yield_and_silence_are_those_of_the_peer() -> None:
    peer = Peer(Behaviour(voice(2500), [200.0], duck_ms=80, silence_ms=300))
    report = await called(peer, Turn(SAY, Interruption(OVER, 700)), video=False)
    over = known(report.turns[0].spoken_over)
    assert 80 <= known(over.yield_ms) <= 80 + WITHIN_MS + 10
    assert 300 <= known(over.silence_ms) <= 300 + WITHIN_MS + 10
    assert over.resumed_ms is None


async def test_a_voice_that_comes_back_is_no_silence() -> None:
    peer = Peer(Behaviour(voice(3000), [200.0], duck_ms=80, silence_ms=None, back_ms=500))
    report = await called(peer, Turn(SAY, Interruption(OVER, 700)), video=False)
    over = known(report.turns[0].spoken_over)
    assert 80 <= known(over.yield_ms) <= 80 + WITHIN_MS + 10
    assert 500 <= known(over.resumed_ms) <= 500 + WITHIN_MS + 10
    assert over.silence_ms is None


@pytest.mark.parametrize("lag_ms", [0.0, 160.0])
async def test_mouth_offset_is_the_lag_of_the_peer(lag_ms: float, tmp_path: Path) -> None:
    said = sounds.speech("The quick brown fox jumps over the lazy dog, and goes home to sleep.")
    peer = Peer(Behaviour(said.astype(float), [200.0], mouth_lag_ms=lag_ms))
    film = tmp_path / "reply.mp4"
    report = await called(peer, Turn(SAY), save=film)
    assert report.problem is None
    mouth, video = known(report.mouth), known(report.video)
    assert mouth.basis == "rtcp" and known(mouth.correlation) > 0.6
    assert abs(known(mouth.offset_ms) - lag_ms) <= 40
    assert mouth.faces > 0.9 * mouth.pictures
    assert 22 < known(video.fps) < 28 and video.width == 384
    with av.open(str(film)) as container:
        kinds = {stream.type: stream for stream in container.streams}
        assert set(kinds) == {"audio", "video"}
        frames = [frame.time for frame in container.decode(video=0)]
        assert len(frames) == known(report.video).frames
        assert float(kinds["audio"].duration * kinds["audio"].time_base) == pytest.approx(
            frames[-1], abs=0.5
        )


async def test_typed_text_is_sent_and_answered() -> None:
    peer = Peer(Behaviour(voice(500), [150.0]))
    report = await called(peer, Turn("good morning"), video=False, consent=True)
    turn = report.turns[0]
    assert abs(known(turn.reply_latency_ms) - 150) <= 2 * WITHIN_MS
    assert turn.persona_text == "You typed: good morning"
    assert abs(known(turn.caption_latency_ms) - 150) <= 2 * WITHIN_MS
    assert [event["type"] for event in peer.received] == ["hello", "text"]
    assert peer.received[0]["consent"] is True
    assert json.loads(json.dumps(report.document()))["session"].startswith("0198c0de")


async def test_several_calls_at_once_keep_apart() -> None:
    slow, fast = Peer(Behaviour(voice(400), [800.0])), Peer(Behaviour(voice(400), [200.0]))
    first, second = await asyncio.gather(
        called(slow, Turn(SAY), video=False), called(fast, Turn(SAY), video=False)
    )
    assert abs(known(first.turns[0].reply_latency_ms) - 800) <= 2 * WITHIN_MS
    assert abs(known(second.turns[0].reply_latency_ms) - 200) <= 2 * WITHIN_MS


async def test_no_answer_is_said() -> None:
    peer = Peer(Behaviour(voice(400), [60_000.0]))
    report = await called(peer, Turn(SAY), video=False, answer_s=0.5)
    assert known(report.problem).kind == "no_answer"
    assert known(report.problem).message == "No answer within 0.5 s."
    assert report.turns[0].reply_latency_ms is None


async def test_a_server_that_goes_is_noticed() -> None:
    peer = Peer(Behaviour(voice(400), [60_000.0], shut_after_s=1.0))
    report = await called(peer, Turn(SAY), video=False)
    assert known(report.problem).kind == "gone"
    assert report.duration_ms < 5000


async def test_a_server_that_says_goodbye_is_no_problem() -> None:
    peer = Peer(Behaviour(voice(400), [200.0], shut_after_s=2.5, goodbye=True))
    report = await called(peer, Turn(SAY), video=False, hold_s=10.0)
    assert report.problem is None and len(report.turns) == 1
    assert report.duration_ms < 5000


async def test_a_greeting_is_heard_to_its_end_before_the_first_turn() -> None:
    peer = Peer(Behaviour(voice(800), [200.0], greets_after_ms=2000))
    report = await called(peer, Turn("What is your name?"), video=False, greeting_s=15.0)
    assert report.problem is None and report.greeting_text == "Good day."
    turn = report.turns[0]
    assert turn.began_ms > known(report.greeting_ms) + 800
    assert turn.persona_text == "You typed: What is your name?"
    assert [one["id"] for one in turn.heard] == turn.ids


async def test_a_late_greeting_answers_no_question() -> None:
    peer = Peer(Behaviour(voice(400), [2500.0], greets_after_ms=800))
    report = await called(peer, Turn("Why?"), Turn("Who?"), video=False)
    assert report.problem is None
    assert [turn.persona_text for turn in report.turns] == ["You typed: Why?", "You typed: Who?"]
    for turn in report.turns:
        assert known(turn.reply_latency_ms) == pytest.approx(2500, abs=150)
        assert known(turn.caption_latency_ms) == pytest.approx(2500, abs=150)
    assert report.turns[1].began_ms > known(report.turns[0].reply_ended_ms)


async def test_a_question_that_is_never_taken_is_a_problem() -> None:
    peer = Peer(Behaviour(voice(400), greets_after_ms=800, deaf=True))
    report = await called(peer, Turn("Why?"), video=False, answer_s=2.0)
    assert known(report.problem).kind == "no_answer"
    assert "hasn't taken" in known(report.problem).message
    turn = report.turns[0]
    assert (turn.persona_text, turn.reply_latency_ms, turn.heard) == ("", None, [])


@pytest.mark.parametrize("kind", ["synthetic", "clip", "still"])
async def test_the_camera_is_seen(kind: str, tmp_path: Path) -> None:
    path = {"synthetic": None, "clip": tmp_path / "clip.mp4", "still": tmp_path / "still.png"}[kind]
    if path is not None:
        film(path, frames=1 if kind == "still" else 8)
    peer = Peer(Behaviour(voice(400)))
    report = await called(peer, camera=path, camera_size=(320, 240), hold_s=1.5)
    assert report.problem is None and known(report.video).frames == 0
    assert set(peer.seen) == {(320, 240)}
    assert len(peer.seen) > (22 if kind == "clip" else 12)


def film(path: Path, frames: int) -> None:
    """A clip of 25 fps that is shorter than the call, or one picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("png" if path.suffix == ".png" else "libx264", rate=25)
        stream.width, stream.height = 320, 240
        stream.pix_fmt = "rgb24" if path.suffix == ".png" else "yuv420p"
        for shade in range(frames):
            grey = np.full((240, 320, 3), 20 * shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode(None))


async def test_the_command_in_a_process_of_its_own(tmp_path: Path) -> None:
    said = sounds.save(tmp_path / "say.wav", sounds.tone(790, hz=600))
    peer = Peer(Behaviour(voice(600), [250.0], greets_after_ms=100))
    async with serving(peer.app) as url:
        command = [str(Path(sys.executable).parent / "visavis"), "call", url, "--say", str(said)]
        process = await asyncio.create_subprocess_exec(
            *command, "--turns", "1", "--no-video", "--json", stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await process.communicate()
    assert process.returncode == 0
    turns = json.loads(printed)["turns"]
    assert [turn["said"] for turn in turns] == ["say.wav"]
    assert abs(turns[0]["reply_latency_ms"] - 250) <= 2 * WITHIN_MS


async def test_nobody_there() -> None:
    report = await call(CallPlan(f"http://127.0.0.1:{unused_port()}", (Turn(SAY),)))
    assert known(report.problem).kind == "unreachable"
    assert "can't be reached" in known(report.problem).message


def answering(**response: Any) -> web.Application:
    async def offer(request: web.Request) -> web.Response:
        return web.Response(**response)

    app = web.Application()
    app.router.add_post("/calls", offer)
    return app


FULL = '{"title": "All lines are busy", "detail": "As many calls run as can; try again in 7 s."}'
DRAINING = '{"title": "No more calls", "detail": "The server is about to end; try again in 10 s."}'
Expected = tuple[dict[str, Any], str, str]


@pytest.mark.parametrize(
    ("response", "kind", "words"),
    [
        ({"status": 503, "headers": {"Retry-After": "7"}}, "busy", "retry after 7 s"),
        (
            {"status": 503, "text": FULL, "headers": {"Retry-After": "7"}},
            "busy",
            "The server is full; it says to retry after 7 s.",
        ),
        (
            {"status": 503, "text": DRAINING, "headers": {"Retry-After": "10"}},
            "busy",
            "No more calls: The server is about to end; it says to retry after 10 s.",
        ),
        ({"status": 503, "text": '"so"'}, "busy", "The server is full; it says to retry after"),
        ({"status": 429, "headers": {"Retry-After": "9"}}, "busy", "retry after 9 s"),
        (
            {"status": 503, "text": '{"title": "No more calls", "detail": "It is about to end."}'},
            "busy",
            "No more calls: It is about to end;",
        ),
        (
            {"status": 503, "text": '{"title": "All lines are busy", "detail": "As many."}'},
            "busy",
            "The server is full",
        ),
        ({"status": 400, "text": '{"detail": "no SDP"}'}, "refused", "(400): no SDP"),
        ({"status": 201, "text": "v=0"}, "refused", "no Location"),
        (
            {"status": 201, "text": "nonsense", "headers": {"Location": "/calls/1"}},
            "refused",
            "no usable SDP",
        ),
    ],
)
async def test_refusals_are_told(response: dict[str, Any], kind: str, words: str) -> None:
    async with serving(answering(**response)) as url:
        report = await call(CallPlan(url, (Turn(SAY),)))
    assert known(report.problem).kind == kind
    assert words in known(report.problem).message


async def test_media_that_finds_no_way_is_told() -> None:
    peer = Peer(Behaviour(voice(400)))
    # 192.0.2.0/24 is for documentation (RFC 5737): nothing answers there
    report = await called(peer, Turn(SAY), video=False, host_addresses=(), connect_s=1.0)
    assert known(report.problem).kind == "no_media"
