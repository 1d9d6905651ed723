"""The same moments give the same pictures as ever: frames of Iris, recorded in November 2026.

``iris_128.npz``: what was asked, ``mouths`` (n, 15), ``at_s`` (n,), ``energy`` (n,), and what was
drawn, ``frames`` (n, 192, 128), with the faces ``rest`` and ``asleep``.
"""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.engines.lipsync.base import Tick
from visavis.engines.lipsync.load import load_face
from visavis.engines.lipsync.shapes import PortraitFace

RECORDED = Path(__file__).parents[1] / "data" / "lipsync" / "iris_128.npz"


@pytest.fixture(scope="module")
def face(iris_folder: Path) -> PortraitFace:
    return load_face(iris_folder, 128)


def same(drawn: NDArray[np.uint8], recorded: NDArray[np.uint8]) -> bool:
    """Equal, but for what OpenCV rounds otherwise on another make of processor: one level of 255
    in one byte of a thousand. On the one that recorded them all bytes were equal."""
    apart = np.abs(drawn.astype(int) - recorded)
    return bool(apart.max() <= 1 and (apart > 0).mean() < 1e-3)


def test_a_tick_is_drawn_as_it_was(face: PortraitFace) -> None:
    with np.load(RECORDED) as was:
        ticks = [Tick(*at) for at in zip(was["mouths"], was["at_s"], was["energy"], strict=True)]
        assert all(same(face.draw(t), f) for t, f in zip(ticks, was["frames"], strict=True))


def test_so_are_the_faces_at_rest_and_asleep(face: PortraitFace) -> None:
    with np.load(RECORDED) as was:
        assert same(face.rest(), was["rest"]) and same(face.asleep(), was["asleep"])
