"""Faces to look at, and a way to measure what they show."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import visavis.personas
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
from visavis.engines.lipsync.shapes import ShapesFace
from visavis.engines.lipsync.still import StillFace
from visavis.engines.lipsync.visemes import INDEX, VISEMES

IRIS = Path(visavis.personas.__path__[0]) / "iris" / "portrait"

cv2.setNumThreads(1)


@pytest.fixture(scope="session")
def iris_folder() -> Path:
    return IRIS


@pytest.fixture(scope="session")
def iris() -> ShapesFace:
    return ShapesFace(IRIS)


@pytest.fixture(scope="session")
def still() -> StillFace:
    """A face animated from one picture alone."""
    return StillFace(IRIS / "neutral.webp")


@pytest.fixture(scope="session")
def photos() -> list[Path]:
    """AI-generated photo portraits, which the project does not contain."""
    folder = os.environ.get("VISAVIS_TEST_PORTRAITS")
    found = sorted(Path(folder).glob("faker_*.jpg")) if folder else []
    if not found:
        pytest.skip("VISAVIS_TEST_PORTRAITS names no folder with faker_*.jpg")
    return found


@pytest.fixture(scope="session")
def mouth() -> Callable[..., NDArray[np.float32]]:
    """Viseme weights (15,) from names; what is missing to 1 is rest."""

    def weights(**shares: float) -> NDArray[np.float32]:
        made = np.zeros(len(VISEMES), np.float32)
        for name, share in shares.items():
            made[INDEX[name]] = share
        made[0] += 1 - made.sum()
        return made

    return weights


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


@pytest.fixture(scope="session")
def seen() -> type[Seen]:
    return Seen
