"""What a service sent where raw samples were asked for: anything else, played as samples, is noise.

A service may call it by its type, the bytes may begin as a file does, frames may follow each other
as those of an MP3 do; and whatever else it is, compressed, encrypted or of other samples, it
doesn't move as sound does. Each function gives a name for what was sent, "" for what may be raw
samples.
"""

import numpy as np
from numpy.typing import NDArray

HEAD = 16
"""Bytes that `begins` looks at."""

_TEXTS = ("text/", "application/json", "application/xml", "application/problem")
_WAV, _MP3, _AAC, _MP4 = "a WAV file", "an MP3", "AAC", "an MP4 file"
_OGG, _FLAC, _WEBM, _AIFF = "an Ogg file", "a FLAC file", "a WebM file", "an AIFF file"
_TYPES = {
    **dict.fromkeys(("wav", "x-wav", "wave", "x-pn-wav", "vnd.wave"), _WAV),
    **dict.fromkeys(("mpeg", "mp3", "x-mp3", "mpeg3", "x-mpeg-3"), _MP3),
    **dict.fromkeys(("aac", "x-aac", "aacp"), _AAC),
    **dict.fromkeys(("mp4", "m4a", "x-m4a"), _MP4),
    **dict.fromkeys(("ogg", "x-ogg", "vorbis", "opus"), _OGG),
    **dict.fromkeys(("flac", "x-flac"), _FLAC),
    **dict.fromkeys(("webm", "x-matroska"), _WEBM),
    **dict.fromkeys(("aiff", "x-aiff"), _AIFF),
    "basic": "µ-law",
    "amr": "AMR",
}
_BEGINNINGS = (
    *((0, b"RIFF", _WAV), (0, b"RIFX", _WAV), (0, b"RF64", _WAV), (0, b"ID3", _MP3)),
    *((0, b"OggS", _OGG), (0, b"fLaC", _FLAC), (0, b"\x1aE\xdf\xa3", _WEBM)),
    *((4, b"ftyp", _MP4), (0, b"FORM", _AIFF), (0, b".snd", "an AU file")),
    *((0, b"caff", "a CAF file"), (0, b"#!AMR", "AMR")),
)
_KBITS = (
    (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
"""Of MPEG-2 and -1, layer III (ISO 13818-3 and 11172-3, 2.4.2.3), from index 1."""
_RATES = (44_100, 48_000, 32_000)
_SHORTEST = 1_000
"""Samples; fewer tell nothing."""
_LOUD, _ALIKE, _OFFSET = 0.2, 0.3, 0.2
_LOUDEST = 0.5
"""RMS; the loudest speech, as broadcasters limit it, has half of that."""


def text(kind: str) -> str:
    """By the content type: words, an error perhaps."""
    return kind if kind.startswith(_TEXTS) else ""


def file(kind: str) -> str:
    """By the content type: another format."""
    whole, _, part = kind.lower().partition("/")
    return _TYPES.get(part, "") if whole in ("audio", "video", "application") else ""


def begins(data: bytes | bytearray) -> str:
    """By how it begins: a file. Needs `HEAD` bytes, or all that there are."""
    return next((name for at, mark, name in _BEGINNINGS if data.startswith(mark, at)), "")


def framed(data: bytes | bytearray) -> str:
    """By two frames that follow each other: an MP3, or AAC (ADTS), which have no head of a file."""
    for name, length in ((_AAC, _adts), (_MP3, _mp3)):
        size = length(data)
        if size and data[size : size + 2] == data[:2]:
            return name
    return ""


def noise(samples: NDArray[np.float32]) -> str:
    """By how ``samples`` (N,) within ±1 move.

    Samples of speech are mostly quiet, each is near the one before, and their mean is nothing.
    Compressed bytes are evenly loud (0.58 of full scale) and each is anywhere; bytes in the other
    order, floats and 8-bit samples are as bad in one way or another.
    """
    if len(samples) < _SHORTEST:
        return ""
    mean = float(samples.mean())
    moved = samples - mean
    power = float(moved @ moved)
    loud = (power / len(moved)) ** 0.5
    alike = float(moved[1:] @ moved[:-1]) / (power or 1.0)
    wrong = abs(mean) > _OFFSET or loud > _LOUDEST or (loud > _LOUD and alike < _ALIKE)
    return "what sounds like noise" if wrong else ""


def _adts(data: bytes | bytearray) -> int:
    """Bytes of the AAC frame that begins here (ISO 14496-3, 1.A.2.2.1); 0: none does."""
    if len(data) < 7 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return 0
    return (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5


def _mp3(data: bytes | bytearray) -> int:
    """Bytes of the layer III frame that begins here; 0: none does."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return 0
    version, kbits, rate = data[1] >> 3 & 3, data[2] >> 4, data[2] >> 2 & 3
    if version == 1 or kbits in (0, 15) or rate == 3:
        return 0
    first = version == 3
    hertz = _RATES[rate] // (1 if first else 2 if version == 2 else 4)
    return (144 if first else 72) * _KBITS[first][kbits - 1] * 1000 // hertz + (data[2] >> 1 & 1)
