"""The ear between two real peer connections, with and without loss."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import av
import numpy as np
import pytest
from aiortc import RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack
from aiortc.rtp import RtpPacket
from call.heard import Pcm, frequency, level

from visavis.call.events import Bus
from visavis.call.hearing.receiver import AudioReceiver
from visavis.call.rtc import aiortc_internals, ice


class Tone(AudioStreamTrack):  # type: ignore[misc]
    """Sends 440 Hz in real time."""

    async def recv(self) -> av.AudioFrame:
        frame = await super().recv()
        time = (np.arange(frame.samples) + frame.pts) / frame.sample_rate
        pcm = (np.sin(2 * np.pi * 440 * time) * 8000).astype(np.int16)
        tone = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        tone.sample_rate, tone.pts, tone.time_base = 8000, frame.pts, frame.time_base
        return tone


@pytest.fixture
def loopback() -> Iterator[None]:
    ice.offer_hosts(["127.0.0.1"])
    yield
    ice.offer_hosts()


@pytest.fixture
def lossy(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Makes a receiver lose every seventh of its packets."""

    def lose(receiver: Any) -> None:
        handle = receiver._handle_rtp_packet

        async def handled(packet: RtpPacket, arrival_time_ms: int) -> None:
            if packet.sequence_number % 7:
                await handle(packet, arrival_time_ms)

        monkeypatch.setattr(receiver, "_handle_rtp_packet", handled)

    return lose


@pytest.mark.e2e
@pytest.mark.parametrize("loss", [False, True])
async def test_between_two_real_peers(
    loopback: None, lossy: Callable[[Any], None], loss: bool
) -> None:
    caller = RTCPeerConnection(ice.configuration())
    callee = RTCPeerConnection(ice.configuration())
    pieces: list[Pcm] = []
    enough = asyncio.Event()

    def on_audio(pcm: Pcm, start: int) -> None:
        assert start == sum(map(len, pieces))
        pieces.append(pcm)
        if start > 24_000:
            enough.set()

    try:
        caller.addTrack(Tone())
        await caller.setLocalDescription()
        await callee.setRemoteDescription(caller.localDescription)
        (receiver,) = callee.getReceivers()
        ear = AudioReceiver(on_audio, Bus())
        aiortc_internals.divert(receiver, ear)
        if loss:
            lossy(receiver)
        await callee.setLocalDescription()
        await caller.setRemoteDescription(callee.localDescription)
        async with asyncio.timeout(20):
            await enough.wait()
        ear.close()
        pcm = np.concatenate(pieces)
        assert frequency(pcm[8000:24_000]) == pytest.approx(440, abs=3)
        assert receiver.track._queue.empty()  # aiortc has decoded nothing
        assert (await receiver.getStats()) is not None
        if loss:
            assert ear.concealed == ear.lost > 5
        else:
            assert ear.lost == 0
            # aiortc's sender makes stereo of mono at -3 dB
            assert level(pcm[8000:24_000]) == pytest.approx(8000 / 2, rel=0.1)
    finally:
        await caller.close()
        await callee.close()
