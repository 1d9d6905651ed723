"""How large a picture is, is known before it is decoded."""

import asyncio
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from visavis.engines.lipsync import picture
from visavis.engines.lipsync.load import load_face
from visavis.engines.lipsync.picture import PIXELS, SIDE, BadPicture, PictureTooLarge
from visavis.node.doctor import check as doctor
from visavis.node.warmup import Unavailable, _Attempts
from visavis.settings import Settings

KINDS = {
    "png": (".png", []),
    "jpeg": (".jpg", []),
    "progressive": (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    "webp": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 80]),
    "lossless": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 101]),
}


def png(width: int, height: int) -> bytes:
    """Of a given size, as its header says; its data is one row."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    row = zlib.compress(b"\0" * (width + 1))
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", row) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def jpeg(width: int, height: int) -> bytes:
    """A real one whose frame says another size."""
    _, data = cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))
    told = data.tobytes()
    at = told.index(b"\xff\xc0") + 5
    return told[:at] + struct.pack(">HH", height, width) + told[at + 4 :]


def webp(width: int, height: int) -> bytes:
    extended = b"\x10\0\0\0" + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + extended


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "height", "channels"), [(17, 5, 3), (640, 481, 3), (300, 2, 4)])
def test_the_header_says_what_the_decoder_finds(
    tmp_path: Path, kind: str, width: int, height: int, channels: int
) -> None:
    suffix, how = KINDS[kind]
    _, data = cv2.imencode(suffix, np.full((height, width, channels), 90, np.uint8), how)
    path = tmp_path / f"x{suffix}"
    path.write_bytes(data.tobytes())
    assert picture.check(path) == (width, height)
    assert picture.read(path).shape == (height, width, 3)


def test_a_jpeg_with_much_before_its_frame() -> None:
    plain = jpeg(1000, 600)
    much = b"".join(b"\xff\xe1\xff\xff" + b"\xff\xc0\0" * 21844 + b"x" for _ in range(20))
    assert picture.size(io.BytesIO(plain[:2] + much + b"\xff\xff" + plain[2:])) == (1000, 600)


@pytest.mark.parametrize("made", [png, jpeg, webp])
def test_what_is_too_large_is_never_decoded(
    tmp_path: Path, made: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(cv2, "imread", decode)
    path = tmp_path / "photo"
    for width, height in ((16_000, 16_000), (SIDE + 1, 10), (10, SIDE + 1), (8_000, 5_001)):
        path.write_bytes(made(width, height))  # type: ignore[operator]
        with pytest.raises(PictureTooLarge) as told:
            picture.read(path)
        assert f"{width:,} × {height:,} px" in str(told.value) and str(path) in str(told.value)
    assert PIXELS == 8_000 * 5_000
    path.write_bytes(made(8_000, 5_000))  # type: ignore[operator]
    assert picture.check(path) == (8_000, 5_000)


async def test_a_portrait_of_30_000_px_a_side_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(png(30_000, 30_000))
    with pytest.raises(PictureTooLarge, match="30,000 × 30,000 px"):
        load_face(path)
    found = [one for one in doctor(Settings(portrait=path)) if one.name == "portrait"]
    assert [one.ok for one in found] == [False] and "30,000" in found[0].detail
    recorder: Any = None  # it is no fault that one writes down: the server doesn't start
    with pytest.raises(Unavailable, match="30,000 × 30,000 px"):
        await _Attempts(recorder)("lipsync", asyncio.to_thread(load_face, path))


def test_what_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "photo"
    for data in (
        b"",
        b"\x89PNG\r\n\x1a\n",
        png(0, 5)[:33],
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8" + b"\xff\xe0\0\2" * 5_000,
        b"\xff\xd8\xff\xe0\0\0\xff\xc0",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"BM" + bytes(60),
    ):
        path.write_bytes(data)
        with pytest.raises(BadPicture, match="missing or no picture"):
            picture.read(path)
    with pytest.raises(BadPicture):
        picture.read(tmp_path / "nowhere")
