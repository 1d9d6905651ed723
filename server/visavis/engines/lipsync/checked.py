"""The door of the faces: what they draw is an I420 picture of their size, or a fault."""

from typing import Any

import numpy as np

from visavis.engines.lipsync.base import Frame

LARGEST = 4_096
"""px; nobody's screen shows a larger face."""


class WrongPicture(ValueError):
    """A face gave what can't be shown; the sentence names it and what is wrong."""


def size_of(face: Any) -> int:
    """The width and height of its pictures. Raises `WrongPicture`."""
    size = face.size
    if type(size) is not int or not 16 <= size <= LARGEST or size % 16:
        what = f"its size is {size!r:.40}"
        raise WrongPicture(f"{named(face)}: {what}, and a multiple of 16 is expected")
    return size


def checked(picture: Any, face: Any) -> Frame:
    """The same picture. Raises `WrongPicture`."""
    expected = (face.size * 3 // 2, face.size)
    if not isinstance(picture, np.ndarray):
        raise WrongPicture(f"{named(face)} drew {type(picture).__name__} and no picture")
    if picture.dtype != np.uint8 or picture.shape != expected:
        raise WrongPicture(
            f"{named(face)} drew {picture.dtype} {picture.shape}, and uint8 {expected} is expected"
        )
    return picture


def named(face: Any) -> str:
    """What faults call it."""
    return type(face).__name__
