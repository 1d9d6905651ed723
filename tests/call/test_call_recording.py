import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from known import known

from visavis.call.face.recording import LIMIT_MS, Recording
from visavis.call.face.vp8 import Vp8Encoder
from visavis.call.voice.opus import OpusEncoder


def packets(seconds: float, first_ms: int = 1000) -> Iterator[tuple[str, Any]]:
    voice, face = OpusEncoder(), Vp8Encoder(64, 64, 25, 800_000)
    tone = (np.sin(np.arange(960) * 0.06) * 8000).astype(np.int16)
    for n in range(int(seconds * 50)):
        yield "voice", voice.encode(tone, first_ms * 48 + n * 960)
        if n % 2 == 0:
            grey = np.full((96, 64), 5 * n % 250, np.uint8)
            packet = face.encode(grey, keyframe=n == 0)
            packet.pts = first_ms * 90 + n // 2 * 3600
            packet.time_base = Fraction(1, 90_000)
            yield "face", packet


def record(recording: Recording, seconds: float) -> None:
    for name, packet in packets(seconds):
        getattr(recording, name)(packet)


def test_a_clip_plays_and_sound_and_picture_end_together() -> None:
    recording = Recording(64, 25)
    recording.begin()
    record(recording, 2)
    clip = known(recording.take())
    assert clip.start_ms == 1000 and clip.length_ms == 2000 and clip.mismatch_ms == 0
    with av.open(io.BytesIO(clip.webm())) as film:
        assert sum(1 for _ in film.decode(video=0)) == 50
    with av.open(io.BytesIO(clip.webm())) as film:
        sound = np.concatenate([f.to_ndarray().ravel() for f in film.decode(audio=0)])
        assert abs(len(sound) / 48 - 2000) < 25 and np.abs(sound).max() > 0.1


def test_nothing_is_kept_before_begin_after_take_or_before_a_keyframe() -> None:
    recording = Recording(64, 25)
    record(recording, 0.5)
    assert recording.take() is None
    recording.begin()
    stream = [packet for name, packet in packets(0.5) if name == "face"][1:]
    for packet in stream:
        recording.face(packet)
    assert recording.take() is None


def test_a_picture_that_stops_early_is_noticed() -> None:
    recording = Recording(64, 25)
    recording.begin()
    for name, packet in packets(2):
        if name == "voice" or packet.pts < 90 * 2000:
            getattr(recording, name)(packet)
    assert known(recording.take()).mismatch_ms == 1000


def test_a_clip_has_an_end() -> None:
    recording = Recording(64, 25)
    recording.begin()
    for name, packet in packets(2):
        packet.pts += 0 if packet.pts < 48 * 1500 else 48 * LIMIT_MS
        getattr(recording, name)(packet)
    clip = known(recording.take())
    assert clip.cut and clip.length_ms <= LIMIT_MS + 1520
