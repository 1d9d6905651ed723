"""Faces to look at, and a way to measure what they show."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from lipsync.measuring import Seen, Weights
from numpy.typing import NDArray

import visavis.personas
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
def mouth() -> Weights:
    """Viseme weights (15,) from names; what is missing to 1 is rest."""

    def weights(**shares: float) -> NDArray[np.float32]:
        made = np.zeros(len(VISEMES), np.float32)
        for name, share in shares.items():
            made[INDEX[name]] = share
        made[0] += 1 - made.sum()
        return made

    return weights


@pytest.fixture(scope="session")
def seen() -> type[Seen]:
    return Seen
