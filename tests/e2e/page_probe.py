"""What `page_probe.js` recorded in a page: pictures, sound and marked words, on one clock."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import sounds
from numpy.typing import NDArray
from playwright.async_api import Page

PROBE = Path(__file__).with_name("page_probe.js").read_text()

Picture = NDArray[np.uint8]
Moments = NDArray[np.float64]


@dataclass
class Seen:
    """What the probe recorded; moments in s on the page's clock."""

    frames: list[tuple[float, Picture]]
    audio_at: Moments
    """(N,) the moment of each chunk."""
    chunks: list[NDArray[np.int16]]
    """int16, 48 kHz."""
    marks: list[tuple[float, str]]
    now: list[str]

    @property
    def envelope(self) -> tuple[Moments, Moments]:
        """(M,) moments and RMS amplitudes 0..1 of every 5 ms."""
        step = 240
        times, levels = [], []
        for at, chunk in zip(self.audio_at, self.chunks, strict=True):
            whole = chunk[: len(chunk) // step * step].reshape(-1, step) / 32768
            times.append(at + (np.arange(len(whole)) + 0.5) * step / sounds.RATE)
            levels.append(np.sqrt((whole**2).mean(axis=1)))
        return np.concatenate(times), np.concatenate(levels)


async def probed(page: Page) -> Seen:
    raw: dict[str, Any] = await page.evaluate("JSON.parse(JSON.stringify(probed))")

    def decode(text: str) -> bytes:
        return base64.b64decode(text)

    frames = [
        (f["at"] / 1000, cv2.imdecode(np.frombuffer(decode(f["jpeg"]), np.uint8), cv2.IMREAD_COLOR))
        for f in raw["frames"]
        if "jpeg" in f
    ]
    chunks = [np.frombuffer(decode(c["pcm"]), np.int16) for c in raw["chunks"]]
    assert {c["rate"] for c in raw["chunks"]} == {sounds.RATE}
    return Seen(
        frames,
        np.array([c["at"] for c in raw["chunks"]]) + raw["lag"] / 1000,
        chunks,
        [(m["at"] / 1000, m["word"]) for m in raw["marks"]],
        raw["now"],
    )
