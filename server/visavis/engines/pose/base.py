"""What finds a person in pictures: the interface of the poses.

It follows one person from picture to picture, so every caller who is watched has a watcher of
their own, and the next caller gets it without a memory of the last.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from visavis.engines.pose.features import Landmarks


class PoseWatcher(Protocol):
    """Looks at one caller at a time; asked for one thing at a time, on the event loop.

    All but `close` raise TimeoutError after ``timeout`` s, and anything else when they fail: the
    caller is then told that they aren't seen, and it is asked again a second later. One that is
    `engines.base.Hosted` is told which call it works for.
    """

    async def detect(self, rgb: NDArray[np.uint8], t_ms: float, *, timeout: float) -> Landmarks:
        """The most prominent person in a picture, uint8 (H, W, 3) RGB, at most 640x480, taken at
        ``t_ms`` on the media clock: float32 arrays of the shapes in `features.SHAPES`, NaN
        throughout where nothing was seen. Raises for another shape or dtype."""
        ...

    async def describe(self, *, timeout: float) -> tuple[str, str, dict[str, Any]]:
        """Name, version and parameters of what finds the landmarks, for `features.Header`."""
        ...

    async def reset(self, *, timeout: float) -> None:
        """Forget the person: the next picture is the first of another caller. One that can't is
        closed, and another is made."""
        ...

    async def close(self) -> None:
        """Let go of all that it holds; nothing is asked of it any more."""
        ...


class Poses(Protocol):
    """What an engine's ``load`` gives."""

    async def watch(self) -> PoseWatcher:
        """One more watcher, ready; it may take a second. May raise anything."""
        ...
