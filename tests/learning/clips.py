"""Short videos of a rendered body that signs (tests/data/signs), and what Holistic sees in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av import VideoFrame

from visavis.engines.pose.features import PARTS, Header, Landmarks, LandmarkSequence
from visavis.engines.pose.holistic import Holistic

FOLDER = Path(__file__).parents[1] / "data" / "signs"
SIGNS = ("water", "help", "wave")
"""What the clips are meant to teach."""
UNKNOWN = ("circle", "point")
"""What is to stay untaught."""
REST_AFTER_MS = 800.0
"""How long the body rests at the end of a clip."""
_NAME = re.compile(r"(?P<sign>[a-z]+)-(?P<person>[a-z])-(?P<take>\d+)")


class Clip(NamedTuple):
    """One take: rest, the sign, rest."""

    path: Path
    sign: str
    person: str
    take: int


def clips() -> list[Clip]:
    """Every clip, by name."""
    found = []
    for path in sorted(FOLDER.glob("*.mp4")):
        named = _NAME.fullmatch(path.stem)
        assert named, f"{path.name} is not named SIGN-PERSON-TAKE"
        found.append(Clip(path, named["sign"], named["person"], int(named["take"])))
    return found


def clip(name: str) -> Clip:
    """The clip of a name like `water-a-1`."""
    return next(one for one in clips() if one.path.stem == name)


def frames(path: Path) -> Iterator[VideoFrame]:
    """The pictures in order; `frame.time` is in seconds."""
    with av.open(str(path)) as file:
        yield from file.decode(video=0)


def seen(path: Path, holistic: Holistic, from_ms: float = 0.0) -> list[Landmarks]:
    """What Holistic finds in each picture; it forgets who it followed before."""
    holistic.reset()
    return [
        holistic.detect(frame.to_ndarray(format="rgb24"), from_ms + frame.time * 1000)
        for frame in frames(path)
    ]


def size(path: Path) -> tuple[int, int]:
    """Width and height in pixels."""
    frame = next(frames(path))
    return frame.width, frame.height


def landmarks(path: Path, holistic: Holistic) -> LandmarkSequence:
    """The whole clip as a take, as it would be kept."""
    return as_take(seen(path, holistic), size(path), holistic)


def as_take(
    found: list[Landmarks], pixels: tuple[int, int], holistic: Holistic
) -> LandmarkSequence:
    """Pictures of `pixels` in order as one take."""
    name, version, parameters = holistic.describe()
    t_ms = np.array([one.t_ms for one in found])
    fps = 1000 / float(np.median(np.diff(t_ms)))
    header = Header(name, version, fps, pixels, parameters)
    parts = {part: np.stack([getattr(one, part) for one in found]) for part in PARTS}
    mask = np.stack([one.mask for one in found])
    return LandmarkSequence(header=header, **parts, mask=mask, t_ms=t_ms)


def over_ms(found: list[Landmarks]) -> float:
    """When the movement of a whole clip is over, to half a frame: rest follows for 0.8 s."""
    return found[-1].t_ms - REST_AFTER_MS
