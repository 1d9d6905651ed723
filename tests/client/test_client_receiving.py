"""The ear and the eye, packet by packet."""

from fractions import Fraction

import av
import numpy as np
import pytest
import sounds
from aiortc.rtp import RtpPacket
from known import known
from numpy.typing import NDArray

from visavis.client.ear import Ear
from visavis.client.eye import Eye
from visavis.client.microphone import FRAME, Microphone
from visavis.client.sound import RATE, sound


def opus(samples: NDArray[np.int16]) -> list[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.format, encoder.layout, encoder.sample_rate = "s16", "mono", RATE
    encoder.time_base = Fraction(1, RATE)
    payloads = []
    for begin in range(0, len(samples) - FRAME + 1, FRAME):
        piece = samples[begin : begin + FRAME][None]
        frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, begin, Fraction(1, RATE)
        payloads += [bytes(packet) for packet in encoder.encode(frame)]
    return payloads


def packets(payloads: list[bytes], first: int = 65_530) -> list[RtpPacket]:
    return [
        RtpPacket(sequence_number=(first + i) % 65_536, timestamp=i * FRAME, payload=payload)
        for i, payload in enumerate(payloads)
    ]


@pytest.fixture
def ear() -> Ear:
    return Ear(lambda: None)


def test_what_is_sent_is_heard(ear: Ear) -> None:
    for packet in packets(opus(sounds.tone(400, peak_db=-9))):
        assert ear.add(packet) == (False, None)
    assert len(ear.packets) == 20 and ear.lost == ear.late == ear.undecodable == 0
    assert ear.levels[40] == pytest.approx(-12, abs=1)
    assert ear.times == sorted(ear.times)
    assert ear.packets[-1].timestamp == 19 * FRAME


def test_lost_and_late_packets_are_counted_across_the_wrap(ear: Ear) -> None:
    sent = packets(opus(sounds.tone(400)))
    late = sent.pop(8)
    del sent[3:5]
    for packet in [*sent, late]:
        ear.add(packet)
    assert ear.lost == 2 and ear.late == 1
    assert ear.timeline.unwrap(19 * FRAME) == 19 * FRAME


def test_garbage_is_counted_and_harmless(ear: Ear) -> None:
    good = packets(opus(sounds.tone(100)))
    bad = RtpPacket(sequence_number=65_529, timestamp=0, payload=b"\xff" * 3)
    for packet in [bad, RtpPacket(payload=b""), *good]:
        ear.add(packet)
    assert ear.undecodable == 1 and len(ear.packets) == len(good)


def vp8(number: int) -> list[bytes]:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 64, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"deadline": "realtime", "lag-in-frames": "0"}
    pictures = []
    for index in range(number):
        frame = av.VideoFrame.from_ndarray(
            np.full((64, 64, 3), 20 * index, np.uint8), format="rgb24"
        )
        frame.pts, frame.time_base = index, Fraction(1, 25)
        pictures += [bytes(packet) for packet in encoder.encode(frame)]
    return pictures


def seen(eye: Eye, pictures: list[bytes], since: int) -> list[bool]:
    wanted = []
    for index, picture in enumerate(pictures, since):
        packet = RtpPacket(sequence_number=index, timestamp=index * 3600, marker=1)
        packet._data = picture
        wanted.append(eye.add(packet)[0])
    return wanted


def test_pictures_are_kept_and_decoded_later() -> None:
    eye = Eye()
    assert not any(seen(eye, vp8(6), 0))
    # aiortc's buffer gives a picture up when the next one begins
    assert [picture.keyframe for picture in eye.pictures] == [True, False, False, False, False]
    assert [picture.timestamp for picture, _ in eye.decoded()] == [0, 3600, 7200, 10800, 14400]


def test_a_keyframe_is_asked_for_when_the_first_picture_is_none() -> None:
    eye, pictures = Eye(), vp8(6)
    assert seen(eye, pictures[1:4], 1) == [False, True, False]
    seen(eye, [pictures[0], *pictures[1:3]], 4)
    assert eye.pictures[0].keyframe and len(list(eye.decoded())) == len(eye.pictures) == 2


async def test_the_microphone_keeps_time_and_knows_when_it_spoke() -> None:
    microphone = Microphone(room=False)
    said = sound("x", np.concatenate([sounds.silence(30), sounds.tone(40)]))
    utterance = microphone.say(said)
    frames = [await microphone.recv() for _ in range(5)]
    assert [frame.pts for frame in frames] == [0, 960, 1920, 2880, 3840]
    sent = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    assert np.array_equal(sent[: len(said.samples)], said.samples)
    assert not sent[len(said.samples) :].any()
    assert utterance.finished.is_set()
    # voiced from 30 ms (the second frame) to 70 ms (the fourth)
    voiced_s = known(utterance.last_voiced_at) - known(utterance.first_voiced_at)
    assert voiced_s == pytest.approx(0.04, abs=0.015)


async def test_a_starved_microphone_leaves_frames_out() -> None:
    microphone = Microphone()
    await microphone.recv()
    microphone._began = known(microphone._began) - 3.0
    frames = [await microphone.recv() for _ in range(2)]
    assert frames[0].pts == pytest.approx(3 * RATE, abs=3 * FRAME)
    assert frames[1].pts - frames[0].pts == FRAME
