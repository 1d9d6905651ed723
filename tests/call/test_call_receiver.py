"""The ear: Opus packets through every kind of bad network."""

import asyncio
import gc
import random

import numpy as np
import pytest
from call.heard import Heard, frequency, level, opus, tone
from virtual_time import run

from visavis.call.hearing.receiver import OpusDecoder


@pytest.mark.parametrize("frame_ms", [2.5, 5, 10, 20, 40, 60])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_every_packet_is_heard_as_it_comes(frame_ms: float, layout: str) -> None:
    async def call() -> None:
        heard = Heard()
        packets = opus(tone(1.2), frame_ms=frame_ms, layout=layout)
        size = int(frame_ms * 16)
        for number, packet in enumerate(packets):
            heard.gets(number, packet, int(frame_ms * 48))
            assert len(heard.pcm) == (number + 1) * size
        pcm = heard.pcm[3200:-1600]
        assert frequency(pcm) == pytest.approx(440, abs=2)
        loudness = 1 if layout == "mono" else 0.75
        assert level(pcm) == pytest.approx(8000 / np.sqrt(2) * loudness, rel=0.1)
        assert heard.ear.concealed == 0

    run(call())


def test_what_16_khz_cannot_hold_is_filtered_out() -> None:
    decoder = OpusDecoder()
    sound = np.concatenate([decoder.decode(packet) for packet in opus(tone(1, hz=11_000))])
    assert level(sound[3200:]) < 80
    decoder = OpusDecoder()
    sound = np.concatenate([decoder.decode(packet) for packet in opus(tone(1, hz=3000))])
    assert level(sound[3200:]) == pytest.approx(8000 / np.sqrt(2), rel=0.1)


def test_a_lost_packet_is_concealed_and_brings_no_lasting_delay() -> None:
    async def call() -> None:
        heard = Heard()
        packets = opus(tone(1))
        for number, packet in enumerate(packets):
            if number not in (20, 21):
                heard.gets(number, packet)
            await asyncio.sleep(0.02)
        assert len(heard.pcm) == len(packets) * 320
        assert (heard.ear.lost, heard.ear.concealed, heard.ear.late) == (2, 2, 0)
        assert level(heard.pcm[20 * 320 : 21 * 320]) > 2000
        assert level(heard.pcm[24 * 320 :]) == pytest.approx(8000 / np.sqrt(2), rel=0.15)
        await asyncio.sleep(0.001)
        before = len(heard.pcm)
        heard.gets(len(packets), packets[5])
        assert len(heard.pcm) == before + 320

    run(call())


def test_a_gap_before_silence_closes_by_itself() -> None:
    async def call() -> None:
        heard = Heard()
        packets = opus(tone(0.2))
        heard.gets(0, packets[0])
        heard.gets(2, packets[2])
        assert len(heard.pcm) == 320
        await asyncio.sleep(0.085)
        assert len(heard.pcm) == 960
        assert heard.ear.concealed == 1

    run(call())


def test_shuffled_within_the_wait_nothing_is_lost() -> None:
    async def call() -> None:
        packets = opus(tone(1))
        ordered = Heard()
        for number, packet in enumerate(packets):
            ordered.gets(number, packet)
        expected = ordered.pcm
        shuffled = Heard()
        shuffled.gets(0, packets[0])
        for number in range(1, len(packets) - 1, 2):
            await asyncio.sleep(0.04)
            shuffled.gets(number + 1, packets[number + 1])
            shuffled.gets(number, packets[number])
        assert np.array_equal(shuffled.pcm, expected[: len(shuffled.pcm)])
        assert len(shuffled.pcm) == 49 * 320
        assert shuffled.ear.lost == 0

    run(call())


def test_a_sender_that_stops_is_heard_as_silence_in_time() -> None:
    async def call() -> None:
        heard = Heard()
        packets = opus(tone(1))
        for number in range(10):
            heard.gets(number, packets[number])
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.165)
        assert len(heard.pcm) == 3200  # it may yet be jitter
        await asyncio.sleep(3.0)
        seconds = 0.2 + 0.165 + 3.0 - 0.02 - 0.06  # 60 ms behind
        assert len(heard.pcm) / 16_000 == pytest.approx(seconds + 0.02, abs=0.03)
        assert not heard.pcm[-16_000:].any()
        assert heard.ear.stalled_ms > 3000
        # it goes on where its timestamps say: DTX
        resumed = 10 + round(3.165 / 0.02)
        heard.gets(10, packets[10], timestamp=resumed * 960)
        assert len(heard.pcm) / 320 == pytest.approx(resumed + 1, abs=1.5)

    run(call())


def test_after_a_stall_of_the_network_every_late_word_is_heard() -> None:
    async def call() -> None:
        heard = Heard()
        packets = opus(tone(1))
        for number in range(10):
            heard.gets(number, packets[number])
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        before = len(heard.pcm)
        assert before > 3200
        for number in range(10, 35):
            heard.gets(number, packets[number])
        assert len(heard.pcm) == before + 25 * 320
        assert heard.ear.lost == 0

    run(call())


def test_a_jump_of_the_timestamps_is_a_bounded_silence() -> None:
    async def call() -> None:
        heard = Heard()
        packets = opus(tone(1))
        heard.gets(0, packets[0])
        heard.gets(1, packets[1], timestamp=960 + 4800)  # DTX: 100 ms
        assert len(heard.pcm) == 640 + 1600
        heard.gets(2, packets[2], timestamp=2**30)  # nonsense
        assert len(heard.pcm) == 640 + 1600 + 16_000 + 320
        heard.gets(3, packets[3], timestamp=77)  # back again
        assert len(heard.pcm) == 640 + 1600 + 16_000 + 640

    run(call())


def test_another_source_is_heard_from_its_first_packet() -> None:
    async def call() -> None:
        heard = Heard()
        packets = opus(tone(1))
        for number in range(10):
            heard.gets(number, packets[number])
        heard.gets(11, packets[11])  # waits for 10
        heard.gets(40_000, packets[0], ssrc=2, timestamp=12345)
        assert len(heard.pcm) == 13 * 320
        assert heard.ear.lost == 1
        heard.gets(40_001, packets[1], ssrc=2, timestamp=12345 + 960)
        assert len(heard.pcm) == 14 * 320

    run(call())


GARBAGE = [b"", b"\xff", b"\x03", b"\xfb\xff" + b"\xff" * 40, bytes(2000), b"\x7f" * 1400]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_survived(garbage: bytes) -> None:
    async def call() -> None:
        heard = Heard()
        packets = opus(tone(1))
        for number, packet in enumerate(packets):
            heard.gets(number, garbage if number % 10 == 5 else packet)
        assert len(heard.pcm) >= len(packets) * 320
        assert frequency(heard.pcm[45 * 320 + 320 :]) == pytest.approx(440, abs=15)

    run(call())


def test_random_garbage_is_survived() -> None:
    async def call() -> None:
        chance = random.Random(4)
        heard = Heard()
        for _ in range(2000):
            heard.gets(
                chance.randrange(2**16),
                chance.randbytes(chance.randrange(60)),
                timestamp=chance.randrange(2**32),
                ssrc=chance.randrange(3),
            )

    run(call())


def test_other_codecs_are_not_taken_for_opus() -> None:
    async def call() -> None:
        heard = Heard()
        heard.gets(0, b"\xff" * 160, payload_type=0)
        assert heard.ear.concealed == 0 and len(heard.pcm) == 0

    run(call())


def test_a_listener_that_raises_is_told_of_once_and_harms_nobody() -> None:
    async def call() -> None:
        heard = Heard()
        heard.ear._on_audio = lambda pcm, start: [][1]
        for number, packet in enumerate(opus(tone(0.2))):
            heard.gets(number, packet)
        assert heard.faults == [("hearing", "IndexError: list index out of range")]

    run(call())


def test_a_closed_or_forgotten_ear_is_silent() -> None:
    async def call() -> None:
        heard = Heard()
        packets = opus(tone(0.2))
        heard.gets(0, packets[0])
        heard.ear.close()
        heard.gets(1, packets[1])
        await asyncio.sleep(1)
        assert len(heard.pcm) == 320
        pieces = (other := Heard()).pieces
        other.gets(0, packets[0])
        del other
        gc.collect()
        await asyncio.sleep(1)
        assert len(pieces) == 1

    run(call())
