"""What the encoders give, heard and seen through a peer's decoders."""

import numpy as np
import pytest
from aiortc.codecs.opus import OpusDecoder
from aiortc.codecs.vpx import Vp8Decoder
from aiortc.jitterbuffer import JitterFrame
from call.loopback import tone

from visavis.call.face.vp8 import Vp8Encoder
from visavis.call.voice.opus import OpusEncoder


def test_opus_keeps_the_voice_and_our_time() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    pcm = (tone(1.0) * 32767).astype(np.int16).reshape(-1, 960)
    packets = [encoder.encode(tick, 48_000 + n * 960) for n, tick in enumerate(pcm)]
    assert [packet.pts for packet in packets[:3]] == [48_000, 48_960, 49_920]
    sizes = [packet.size for packet in packets]
    assert 20_000 < sum(sizes) * 8 < 60_000
    frames = [decoder.decode(JitterFrame(bytes(p), p.pts))[0] for p in packets]
    heard = np.concatenate([frame.to_ndarray()[0][::2] for frame in frames]).astype(float)
    assert np.abs(np.fft.rfft(heard)).argmax() == 440
    assert np.sqrt(np.mean(heard[4_800:] ** 2)) == pytest.approx(0.3 * 32767 / 2**0.5, rel=0.1)


def test_vp8_decodes_and_gives_keyframes_when_asked() -> None:
    encoder, decoder = Vp8Encoder(128, 64, 25, 800_000), Vp8Decoder()
    keyframes, seen = [], []
    for n in range(30):
        picture = np.full((96, 128), 40 + 5 * n, np.uint8)
        packet = encoder.encode(picture, keyframe=n == 17)
        keyframes.append(bool(packet.is_keyframe))
        (frame,) = decoder.decode(JitterFrame(bytes(packet), n * 3600))
        seen.append(int(frame.to_ndarray()[30, 60]))
    assert [n for n, keyframe in enumerate(keyframes) if keyframe] == [0, 17]
    assert np.abs(np.array(seen) - (40 + 5 * np.arange(30))).max() < 8
