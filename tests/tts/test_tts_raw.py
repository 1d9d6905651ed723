"""What a service sends in place of raw samples is known for what it is, and speech for speech."""

import io

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.engines.tts import raw
from visavis.engines.tts.hibari import HibariVoice

RATE = 24_000
Sound = NDArray[np.float32]


@pytest.fixture(scope="module")
def voice() -> HibariVoice:
    return HibariVoice()


@pytest.fixture(scope="module")
def speech(voice: HibariVoice) -> Sound:
    return voice.say("It is a quarter past seven, and the sun shines on the harbour.").samples


def played(data: bytes) -> Sound:
    """As a call would play it."""
    return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / 32768


def encoded(speech: Sound, codec: str, container: str, rate: int = RATE) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.codec_context.layout = "mono"
        frame = av.AudioFrame.from_ndarray(speech[None], format="flt", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(stream.codec_context.format, "mono", rate)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize(
    ("codec", "container", "rate", "name"),
    [
        ("libmp3lame", "mp3", RATE, "an MP3"),
        ("flac", "flac", RATE, "a FLAC file"),
        ("pcm_s16le", "wav", RATE, "a WAV file"),
        ("libopus", "ogg", 48_000, "an Ogg file"),
        ("libopus", "webm", 48_000, "a WebM file"),
        ("pcm_s16be", "aiff", RATE, "an AIFF file"),
    ],
)
def test_a_file_is_known_by_its_head(
    speech: Sound, codec: str, container: str, rate: int, name: str
) -> None:
    data = encoded(speech, codec, container, rate)
    assert raw.begins(data[: raw.HEAD]) == name
    headless = data[1_001:]  # a part of it, whose head is gone
    if container not in ("wav", "aiff"):  # what follows there is samples
        assert raw.noise(played(headless))


def test_frames_without_a_file_are_known_by_each_other(speech: Sound) -> None:
    assert raw.framed(encoded(speech, "aac", "adts")) == "AAC"
    for rate in (16_000, 24_000, 44_100, 48_000):
        mp3 = encoded(speech, "libmp3lame", "mp3", rate)
        begin = mp3.index(b"\xff", 10 + int.from_bytes(mp3[8:10], "big"))
        assert raw.framed(mp3[begin:]) == "an MP3"


def test_other_samples_sound_like_noise(speech: Sound) -> None:
    whole = (speech * 32767).astype("<i2")
    others = {
        "big-endian": whole.astype(">i2").tobytes(),
        "cut in the middle of a sample": whole.tobytes()[1:],
        "float": speech.astype("<f4").tobytes(),
        "24 bits": b"".join(int(x * 8_388_607).to_bytes(3, "little", signed=True) for x in speech),
        "8 bits": (speech * 127 + 128).astype(np.uint8).tobytes(),
        "µ-law": encoded(speech, "pcm_mulaw", "mulaw"),
        "A-law": encoded(speech, "pcm_alaw", "alaw"),
        "anything": np.random.default_rng(0).bytes(20_000),
    }
    assert {name for name, data in others.items() if not raw.noise(played(data))} == set()


@pytest.mark.parametrize("gain", [0.01, 1.0, 3.0])
def test_speech_is_no_noise(voice: HibariVoice, gain: float) -> None:
    for text in ("Hello.", "Shh!", "Psst, six sick slick snakes hiss.", "Yes.", "Oh no!"):
        samples = np.clip(voice.say(text).samples * gain, -1, 1).astype(np.float32)
        data = (samples * 32767).astype("<i2").tobytes()
        assert not raw.noise(played(data)) and not raw.begins(data) and not raw.framed(data)


def test_silence_and_what_is_too_short_are_told_by_others() -> None:
    assert not raw.noise(np.zeros(24_000, np.float32))
    assert not raw.noise(np.ones(10, np.float32))
    assert not raw.framed(b"\xff\xff" * 1_000), "a sample of -1, again and again"
    assert not raw.framed(b"") and not raw.begins(b"R")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("audio/pcm", ""),
        ("audio/L16", ""),
        ("application/octet-stream", ""),
        ("audio/mpeg", "an MP3"),
        ("Audio/X-WAV", "a WAV file"),
        ("audio/basic", "µ-law"),
    ],
)
def test_a_type_says_what_is_sent(kind: str, told: str) -> None:
    assert raw.file(kind) == told
