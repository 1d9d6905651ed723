"""Peers over real WebRTC on 127.0.0.1: what reaches the caller, and what is left afterwards."""

import asyncio
import gc
import os
import threading
import time
from collections.abc import Iterator

import aioice.ice
import pytest
from aiortc import rtcrtpreceiver
from aiortc.mediastreams import MediaStreamError
from call.loopback import Call, Caller, OpenMouth, connected, idle_hub, until, utterance

from visavis.call.rtc import ice, peer
from visavis.call.rtc.offer import BadFragment, TooBig, TooManyCandidates
from visavis.call.voice.utterance import Finished, FirstSound


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[None]:
    hosts = aioice.ice.get_host_addresses
    gather = aioice.ice.Connection.get_component_candidates
    ice.offer_hosts(["127.0.0.1"])
    yield
    aioice.ice.get_host_addresses = hosts
    aioice.ice.Connection.get_component_candidates = gather


def brightness(frame: object) -> int:
    return int(frame.to_ndarray()[32, 32])  # type: ignore[attr-defined]


async def test_voice_and_face_arrive_and_go_back_to_the_shared_picture() -> None:
    async with idle_hub() as hub, connected(hub) as (call, caller):
        video, audio = caller.frames["video"], caller.frames["audio"]
        await until(lambda: video)
        assert brightness(video[0]) < 80
        call.playout.say(utterance(1.0, mouth=OpenMouth()))
        await until(lambda: any(brightness(frame) > 150 for frame in video))
        await until(lambda: any(abs(frame.to_ndarray()).max() > 3000 for frame in audio))
        await until(lambda: not call.playout.speaking)
        assert any(isinstance(event, FirstSound) for event in call.events)
        assert call.face.drawn >= 10
        await until(lambda: hub.running)
        count = len(video)
        await until(lambda: len(video) > count + 10)
        assert brightness(video[-1]) < 80
        assert call.faults == []


async def test_audio_only_is_answered_alike() -> None:
    async with idle_hub() as hub, connected(hub, video=None) as (call, caller):
        assert "m=video" not in caller.connection.remoteDescription.sdp
        assert not call.peer.sends_video
        call.playout.say(utterance(0.5))
        await until(lambda: any(abs(f.to_ndarray()).max() > 3000 for f in caller.frames["audio"]))
        assert (hub.frames, caller.frames["video"]) == (0, [])


async def test_a_caller_who_only_watches_still_has_a_whole_call() -> None:
    """Nothing takes the audio, and the media clock runs all the same."""
    async with idle_hub() as hub, connected(hub, audio=None) as (call, caller):
        call.playout.say(utterance(0.2, mouth=OpenMouth()))
        await until(lambda: any(isinstance(event, Finished) for event in call.events))
        await until(lambda: any(brightness(frame) > 150 for frame in caller.frames["video"]))


async def test_a_caller_who_only_speaks_is_sent_nothing() -> None:
    media = {"audio": "sendonly", "video": "sendonly"}
    async with idle_hub() as hub, connected(hub, **media) as (call, caller):
        assert caller.connection.remoteDescription.sdp.count("a=recvonly") == 2
        await until(lambda: call.playout.position > 0)
        assert call.peer.audio is not None
        assert hub.frames == 0


@pytest.mark.parametrize("speaking", [False, True])
async def test_a_lost_picture_is_answered_with_one_keyframe(speaking: bool) -> None:
    async with idle_hub() as hub, connected(hub) as (call, caller):
        if speaking:
            call.playout.say(utterance(10, mouth=OpenMouth()))
            await until(lambda: call.face.drawn > 10)
        await until(lambda: len(caller.frames["video"]) > 15)
        seen = len(call.sent)
        assert call.sent[0].is_keyframe
        assert not any(packet.is_keyframe for packet in call.sent[-5:])
        receiver = next(r for r in caller.connection.getReceivers() if r.track.kind == "video")
        await receiver._send_rtcp_pli(receiver.getSynchronizationSources()[0].source)
        await until(lambda: len(call.sent) > seen + 15)
        assert sum(packet.is_keyframe for packet in call.sent[seen:]) == 1
        assert any(packet.is_keyframe for packet in call.sent[seen : seen + 8])


async def test_every_switch_begins_with_a_keyframe() -> None:
    async with idle_hub() as hub, connected(hub) as (call, _):
        await until(lambda: len(call.sent) > 10)
        call.playout.say(utterance(0.3, mouth=OpenMouth()))
        await until(lambda: call.face.drawn > 10)
        await until(lambda: hub.running)
        count = len(call.sent)
        await until(lambda: len(call.sent) > count + 10)
        assert sum(packet.is_keyframe for packet in call.sent) == 3
        assert len({packet.pts for packet in call.sent}) == len(call.sent)
        assert [p.pts for p in call.sent] == sorted(p.pts for p in call.sent)


async def test_camera_frames_that_nobody_takes_never_pile_up() -> None:
    async with idle_hub() as hub, connected(hub, video="sendrecv") as (call, _):
        camera = call.peer.camera
        assert camera is not None
        first = await asyncio.wait_for(camera.recv(), 5)
        assert first.width == 640
        await asyncio.sleep(1.0)
        assert camera._queue.qsize() == 2
        latest = await camera.recv()
        assert latest.time - first.time > 0.6


async def test_a_slow_decoder_stops_neither_the_loop_nor_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Slow:
        def decode(self, frame: object) -> list[object]:
            time.sleep(0.4)
            return []

    monkeypatch.setattr(rtcrtpreceiver, "get_decoder", lambda codec: Slow())
    # Only we decode: the caller's end lives on the same loop, and aiortc would block it.
    async with idle_hub() as hub, connected(hub, audio="sendonly", video=None) as (call, _):
        await asyncio.sleep(0.3)
        closing = asyncio.create_task(call.peer.close())
        lags = []
        while not closing.done():
            began = time.monotonic()
            await asyncio.sleep(0.01)
            lags.append(time.monotonic() - began)
        assert max(lags) < 0.4


async def test_events_go_both_ways_and_wait_for_the_channel() -> None:
    caller = Caller()
    async with idle_hub() as hub:
        call = Call(await caller.offer(), hub)
        for n in range(300):
            call.peer.send(str(n))
        assert call.peer.events_dropped == 300 - peer.EVENTS_WAITING
        await caller.accept(await call.peer.answer())
        await until(lambda: len(caller.messages) == peer.EVENTS_WAITING)
        assert caller.messages[0] == "44" and caller.messages[-1] == "299"
        caller.channel.send("hello")
        caller.channel.send(b"\x00")
        await until(lambda: call.texts == ["hello", b"\x00"])
        await call.peer.close()
        call.peer.send("too late")
        await caller.close()


async def test_a_message_that_breaks_its_reader_ends_nothing() -> None:
    caller = Caller()
    async with idle_hub() as hub:

        def read(message: str | bytes) -> None:
            raise KeyError(message)

        call = Call(await caller.offer(), hub, on_text=read)
        await caller.accept(await call.peer.answer())
        await until(lambda: caller.channel.readyState == "open")
        caller.channel.send("x" * 60_000)
        await until(lambda: call.faults)
        assert call.faults[0][0] == "event"
        call.peer.send("still here")
        await until(lambda: caller.messages == ["still here"])
        await call.peer.close()
        await caller.close()


async def test_a_message_over_the_announced_maximum_ends_alone() -> None:
    async with idle_hub() as hub, connected(hub) as (call, caller):
        assert "a=max-message-size:262144" in caller.connection.remoteDescription.sdp
        await until(lambda: caller.channel.readyState == "open")
        caller.connection.sctp._remote_max_message_size = 0
        caller.channel.send("x" * 70_000)
        caller.channel.send("hello")
        await until(lambda: call.texts[-1:] == ["hello"])
        assert [len(text) > 65_536 for text in call.texts] == [True, False]
        assert call.faults == [] and call.peer.connected


async def test_candidates_of_a_call_are_counted_over_its_fragments() -> None:
    caller = Caller()
    async with idle_hub() as hub:
        call = Call(await caller.offer(), hub)
        await call.peer.answer()
        line = "a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.7 9 typ host\r\n"
        with pytest.raises(TooManyCandidates):
            for _ in range(60):
                await call.peer.add_candidates(line)
        await call.peer.close()
        await caller.close()


async def test_a_congested_channel_waits_and_then_goes_on() -> None:
    async with idle_hub() as hub, connected(hub) as (call, caller):
        await until(lambda: caller.channel.readyState == "open")
        for n in range(200):
            call.peer.send(f"{n:03}" + "x" * 10_000)
        await until(lambda: len(caller.messages) == 200)
        assert [message[:3] for message in caller.messages] == [f"{n:03}" for n in range(200)]


async def test_candidates_may_come_later() -> None:
    caller = Caller()
    whole = await caller.offer()
    bare = "".join(line for line in whole.splitlines(True) if "candidate" not in line)
    async with idle_hub() as hub:
        call = Call(bare, hub)
        await caller.accept(await call.peer.answer())
        ufrag = next(line for line in whole.splitlines() if line.startswith("a=ice-ufrag"))
        lines = [line for line in whole.splitlines() if line.startswith("a=candidate")][:1]
        fragment = "\r\n".join([ufrag, "m=audio 9 RTP/AVP 0", "a=mid:0", *lines])
        await call.peer.add_candidates(fragment + "\r\na=end-of-candidates\r\n")
        await until(lambda: call.peer.connected)
        for wrong, error in (
            ("a=ice-ufrag:other\r\n" + fragment, BadFragment),
            ("nothing here", BadFragment),
            ("a=mid:0\r\na=candidate:1 x", BadFragment),
            ("a=candidate" * 100_000, TooBig),
        ):
            with pytest.raises(error):
                await call.peer.add_candidates(wrong)
        await call.peer.close()
        await caller.close()
        assert call.faults == []


async def test_the_caller_leads_the_dtls_handshake() -> None:
    caller = Caller()
    async with idle_hub() as hub:
        call = Call(await caller.offer(), hub)
        assert "a=setup:passive" in await call.peer.answer()
        await call.peer.close()
        await caller.close()


async def test_whoever_ends_it_it_is_told_once() -> None:
    async with idle_hub() as hub:
        async with connected(hub) as (call, caller):
            await caller.close()
            await until(lambda: call.reasons == ["left"])
            await call.peer.close()
        assert call.reasons == ["left"]
        async with connected(hub) as (call, _):
            began = asyncio.get_running_loop().time()
            await asyncio.gather(call.peer.close(), call.peer.close("replaced"))
            assert asyncio.get_running_loop().time() - began < 1
        assert call.reasons == ["hung up"]
        assert call.faults == []
        with pytest.raises(MediaStreamError):
            await call.voice.recv()


async def test_the_last_words_arrive_before_the_connection_ends() -> None:
    async with idle_hub() as hub, connected(hub) as (call, caller):
        await until(lambda: caller.channel.readyState == "open")
        call.peer.send("goodbye")
        await call.peer.told()
        assert caller.messages == ["goodbye"]
    async with idle_hub() as hub, connected(hub, video=None) as (call, caller):
        began = asyncio.get_running_loop().time()
        call.peer.send("never sent")
        call.peer._channel = None  # as with a caller whose channel never opens
        await call.peer.told()
        assert asyncio.get_running_loop().time() - began < peer.TOLD_S


async def test_a_peer_that_vanishes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "WATCH_S", 0.1)
    monkeypatch.setattr(peer, "SILENCE_S", 1.0)
    async with idle_hub() as hub, connected(hub) as (call, caller):
        await asyncio.sleep(1.5)
        assert call.reasons == []
        for transport in ice.transports(caller.connection):
            for protocol in transport.transport._connection._protocols:
                protocol.transport.abort()
        await until(lambda: call.reasons == ["vanished"], 3)


async def test_a_caller_who_never_comes_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "WATCH_S", 0.05)
    monkeypatch.setattr(peer, "CONNECT_S", 0.2)
    caller = Caller()
    async with idle_hub() as hub:
        call = Call(await caller.offer(), hub)
        await call.peer.answer()
        await until(lambda: call.reasons == ["never connected"], 3)
    await caller.close()


async def test_the_caller_says_how_they_receive_us() -> None:
    async with idle_hub() as hub, connected(hub) as (call, _):
        trips: list[float] = []
        async with asyncio.timeout(10):
            while not trips:
                await asyncio.sleep(0.2)
                reports = [
                    report
                    for sender in call.peer._connection.getSenders()
                    for report in (await sender.getStats()).values()
                    if report.type == "remote-inbound-rtp"
                ]
                assert all(report.packetsLost == 0 for report in reports)
                trips = [report.roundTripTime for report in reports if report.roundTripTime]
        assert max(trips) < 0.2


async def test_twenty_calls_leave_nothing_behind() -> None:
    def handles() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    async with idle_hub() as hub:
        before: tuple[int, int, int] = (0, 0, 0)
        for n in range(21):
            async with connected(hub, video="sendrecv") as (call, caller):
                call.playout.say(utterance(0.1, mouth=OpenMouth()))
                await until(lambda caller=caller: caller.frames["video"])
            await until(lambda: not hub.running)
            gc.collect()
            left = (threading.active_count(), handles(), len(asyncio.all_tasks()))
            if n == 4:
                before = left
        assert left[1:] == before[1:]
        # The executors may still grow to their size; decoders and calls have no thread left.
        assert left[0] <= before[0] + 2
        assert not [t for t in threading.enumerate() if "decoder" in t.name]
        gc.collect()
        assert sum(isinstance(thing, peer.Peer) for thing in gc.get_objects()) <= 1
