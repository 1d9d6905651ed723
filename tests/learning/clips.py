"""Short films of a drawn body that signs, and what Holistic sees in them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from server.pose.features import Landmarks
from server.pose.holistic import Holistic

FOLDER = Path(__file__).parents[1] / "data" / "signs"


class Clip(NamedTuple):
    """One film: which sign, by whom, and its number."""

    path: Path
    sign: str
    person: str
    take: int


def clips() -> list[Clip]:
    """All there are, by sign, person and number."""
    found = []
    for path in sorted(FOLDER.glob("*.webm")):
        sign, person, take = path.stem.split("-")
        found.append(Clip(path, sign, person, int(take)))
    return found


def pictures(path: Path) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Each picture's time in ms, and itself: uint8 (H, W, 3) RGB."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield float(frame.time or 0) * 1000, frame.to_ndarray(format="rgb24")


def seen(path: Path, holistic: Holistic, *, at_ms: float = 0.0) -> list[Landmarks]:
    """What is seen in each picture, from `at_ms` on."""
    return [holistic.detect(picture, at_ms + t_ms) for t_ms, picture in pictures(path)]
