"""What a frame of a face shows, measured."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.engines.lipsync.landmarks import (
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LOWER_INNER_LIP,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    UPPER_INNER_LIP,
    Points,
    find_landmarks,
)

Weights = Callable[..., NDArray[np.float32]]
"""Viseme weights (15,) from the shares of some, by name."""


class Seen:
    """FaceMesh's opinion of a frame, in shares of the mouth's or eye's width."""

    def __init__(self, frame: NDArray[np.uint8]) -> None:
        self.points: Points = find_landmarks(cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_I420))

    @property
    def mouth(self) -> float:
        return self._gap(UPPER_INNER_LIP, LOWER_INNER_LIP)

    @property
    def eyes(self) -> float:
        return (
            self._gap(LEFT_EYE_UPPER, LEFT_EYE_LOWER) + self._gap(RIGHT_EYE_UPPER, RIGHT_EYE_LOWER)
        ) / 2

    @property
    def mouth_width(self) -> float:
        return float(np.ptp(self.points[list(UPPER_INNER_LIP), 0]))

    def _gap(self, upper: tuple[int, ...], lower: tuple[int, ...]) -> float:
        heights = self.points[list(lower), 1] - self.points[list(upper), 1]
        return float(heights.max() / np.ptp(self.points[list(upper), 0]))
