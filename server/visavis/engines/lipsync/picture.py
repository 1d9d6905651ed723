"""Pictures read from files: how large they are is read from their header before they are decoded.

A PNG of 30,000 px a side is a file of some MB and takes gigabytes to decode; the decoder is never
given one. PNG (third edition, §11.2.1), JPEG (ITU-T T.81, annex B) and WebP (RFC 9649) are read.
"""

import io
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 8_192
"""The most px of a side; a portrait is drawn at some hundreds."""
PIXELS = 40_000_000
SEGMENTS = 1_000
"""Of a JPEG, before the one that says its size."""

_PNG = b"\x89PNG\r\n\x1a\n"


class BadPicture(ValueError):
    """A file that is no picture, or not one of a kind that is read; the message says so."""


class PictureTooLarge(BadPicture):
    """A picture that is too large to be decoded; the message says how large, and what to do."""


def read(path: Path) -> NDArray[np.uint8]:
    """The picture in a file, (height, width, 3), BGR. Raises BadPicture, TooLarge."""
    check(path)
    image: NDArray[np.uint8] | None = cv2.imread(str(path))
    if image is None:
        raise BadPicture(f"{path} is damaged: it can't be decoded")
    return image


def check(path: Path) -> tuple[int, int]:
    """Width and height in px, if the picture may be decoded. Raises BadPicture, TooLarge."""
    found = None
    if path.is_file():  # a pipe would never end
        with suppress(OSError), path.open("rb") as file:
            found = size(file)
    if found is None:
        raise BadPicture(f"{path} is missing or no picture (JPEG, PNG or WebP)")
    width, height = found
    if max(width, height) > SIDE or width * height > PIXELS:
        raise PictureTooLarge(
            f"{path} is too large: {width:,} × {height:,} px. At most {SIDE:,} px a side and "
            f"{PIXELS // 1_000_000} megapixels are read; 1,024 × 1,024 is plenty. Save it smaller."
        )
    return width, height


def size(file: BinaryIO) -> tuple[int, int] | None:
    """Width and height in px as a picture's header says; None if it isn't one that is read."""
    head = file.read(30)
    if head[:8] == _PNG and head[12:16] == b"IHDR":
        found = _be(head[16:20]), _be(head[20:24])
    elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        found = _webp(head)
    elif head[:2] == b"\xff\xd8":
        file.seek(2)
        found = _jpeg(file)
    else:
        return None
    return found if min(found) > 0 else None


def _webp(head: bytes) -> tuple[int, int]:
    kind = head[12:16]
    if kind == b"VP8X":
        return _le(head[24:27]) + 1, _le(head[27:30]) + 1
    if kind == b"VP8L" and head[20:21] == b"\x2f":
        bits = _le(head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        return _le(head[26:28]) & 0x3FFF, _le(head[28:30]) & 0x3FFF
    return 0, 0


def _jpeg(file: BinaryIO) -> tuple[int, int]:
    """Segment by segment to the frame's header (SOF), whichever its coding is."""
    for _ in range(SEGMENTS):
        if file.read(1) != b"\xff":
            break
        marker = file.read(1)
        while marker == b"\xff":  # fill bytes
            marker = file.read(1)
        if marker == b"\x01" or b"\xd0" <= marker <= b"\xd7":  # they stand alone
            continue
        length = _be(file.read(2))
        if length < 2 or marker in (b"\xd9", b"\xda"):  # the picture's data without its frame
            break
        if b"\xc0" <= marker <= b"\xcf" and marker not in (b"\xc4", b"\xc8", b"\xcc"):
            frame = file.read(5)
            return _be(frame[3:5]), _be(frame[1:3])
        file.seek(length - 2, io.SEEK_CUR)
    return 0, 0


def _be(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _le(data: bytes) -> int:
    return int.from_bytes(data, "little")
