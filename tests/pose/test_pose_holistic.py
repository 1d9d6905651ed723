"""Holistic on the project's own portrait of Iris, who is no real person."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import visavis.personas
from visavis.engines.pose.features import SHAPES
from visavis.engines.pose.holistic import Holistic

IRIS = Path(visavis.personas.__file__).parent / "iris" / "portrait" / "neutral.webp"


@pytest.fixture(scope="module")
def holistic() -> Holistic:
    return Holistic()


@pytest.fixture(scope="module")
def iris() -> NDArray[np.uint8]:
    """Her face in the left half of a 640x480 picture."""
    picture = np.full((480, 640, 3), 128, np.uint8)
    picture[60:420, 20:380] = cv2.resize(cv2.imread(str(IRIS)), (360, 360))[:, :, ::-1]
    return picture


def test_a_face_is_found_where_it_is(holistic: Holistic, iris: NDArray[np.uint8]) -> None:
    found = holistic.detect(iris, 1234.5)
    assert found.t_ms == 1234.5
    assert found.mask.tolist() == [True, True, False, False]
    for part, shape in SHAPES.items():
        assert getattr(found, part).shape == shape
        assert getattr(found, part).dtype == np.float32
    x, y = found.face[:, 0] * 640, found.face[:, 1] * 480
    assert (x > 20).all() and (x < 380).all()
    assert (y > 60).all() and (y < 420).all()
    nose_of_pose, tip_of_nose = found.pose[0, :2], found.face[1, :2]
    assert np.hypot(*((nose_of_pose - tip_of_nose) * (640, 480))) < 25
    assert np.isnan(found.left_hand).all()


def test_after_a_reset_nobody_is_followed(holistic: Holistic, iris: NDArray[np.uint8]) -> None:
    assert holistic.detect(iris, 0.0).mask[1]
    holistic.reset()
    assert not holistic.detect(np.zeros_like(iris), 100.0).mask.any()
    assert holistic.detect(iris, 200.0).mask[1]


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((480, 640), np.uint8),
        np.zeros((480, 640, 4), np.uint8),
        np.zeros((480, 640, 3), np.float32),
        np.zeros((0, 640, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_named(holistic: Holistic, picture: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match="expected a uint8"):
        holistic.detect(picture, 0.0)


def test_a_model_that_is_not_here_is_never_downloaded() -> None:
    with pytest.raises(FileNotFoundError, match=r"pose\.complexity"):
        Holistic(complexity=2)
