"""What draws the persona: the interface of the faces.

A face is a function of the moment: it is told what is due at a tick and gives the picture of it.
What it is told and what comes back are plain values, so that it may live in another process.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
"""I420 (planar YUV 4:2:0, BT.601, limited range): uint8, (size * 3 // 2, size)."""


@dataclass(frozen=True, eq=False)
class Tick:
    """What is due at one moment."""

    mouth: NDArray[np.float32]
    """(15,), weights of the mouth's shapes that sum to 1, in the order of ``visemes.VISEMES``."""
    at_s: float
    """When the picture is seen, s on the monotonic clock that all pictures of a machine share:
    what a face does by itself (blinking, say) is then the same in all of them."""
    energy: float = 0.0
    """How loudly the persona speaks then: 0 is silence, 1 is −18 dBFS or more, over 200 ms."""
    keyframe: bool = False
    """For whoever encodes it: it must decode without those before it."""
    until_s: float = math.inf
    """On the same clock. A picture that isn't drawn by then won't leave."""


class Face(Protocol):
    """A face that is ready: what an engine's ``load`` gives. ``system`` and ``parameters`` name it
    in the records; its own settings belong to the latter.

    Drawing keeps no state between frames and changes nothing that is shared: one face may be
    drawn by several threads at once. OpenCV releases the GIL; set ``cv2.setNumThreads(1)`` where
    the process starts, or each frame takes all cores for a moment.
    """

    @property
    def system(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...

    @property
    def size(self) -> int:
        """Width and height of a frame in px, a multiple of 16."""
        ...

    def draw(self, tick: Tick) -> Frame:
        """The picture for that tick, in well under 40 ms. May raise anything: that is a fault,
        and the caller sees another picture."""
        ...

    def rest(self) -> Frame:
        """The face that does nothing, awake."""
        ...

    def asleep(self) -> Frame:
        """The face that does nothing, its eyes closed."""
        ...
