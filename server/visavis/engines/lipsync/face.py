"""What every drawn face can do."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from visavis.engines.lipsync.motion import Motion

Frame = NDArray[np.uint8]
"""I420 (planar YUV 4:2:0, BT.601, limited range): uint8, (size * 3 // 2, size)."""


class Face(Protocol):
    """A face that can be drawn for any moment.

    Drawing keeps no state between frames and changes nothing that is shared: one face may be
    drawn by several threads at once. OpenCV releases the GIL; set ``cv2.setNumThreads(1)`` where
    the process starts, or each frame takes all cores for a moment.
    """

    @property
    def size(self) -> int:
        """Width and height of a frame in px."""
        ...

    def draw(self, visemes: NDArray[np.float32], motion: Motion) -> Frame:
        """The face with the mouth of ``visemes`` (15,), in the order of ``visemes.VISEMES``."""
        ...

    def asleep(self) -> Frame:
        """The face with its eyes closed, at rest."""
        ...
