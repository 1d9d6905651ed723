"""What is made of landmarks: who was there, where, and how much moved."""

import numpy as np
import pytest

from visavis.engines.pose.features import SHAPES, Landmarks
from visavis.engines.pose.interpretation import interpretation


def frame(t_ms: float, x: float | None = None) -> Landmarks:
    parts = {name: np.full(shape, np.nan, np.float32) for name, shape in SHAPES.items()}
    if x is not None:
        parts["face"] = np.zeros(SHAPES["face"], np.float32)
        parts["face"][:, 0] = x
        parts["face"][:, 1] = np.linspace(0.2, 0.6, len(parts["face"]))
    return Landmarks(**parts, t_ms=t_ms)


def test_a_face_that_moves_and_leaves() -> None:
    made = interpretation([frame(0, 0.4), frame(500, 0.6), frame(1000, 0.8), frame(1500)])
    assert made["seen"] == {"pose": 0.0, "face": 0.75, "left_hand": 0.0, "right_hand": 0.0}
    assert made["centre"] == pytest.approx([0.6, 0.4])
    assert made["scale"] == pytest.approx(0.4)
    assert made["movement"] == pytest.approx(1.0)  # 0.4 pictures, so a face's height, a second


def test_nobody() -> None:
    made = interpretation([frame(0), frame(100)])
    assert (made["centre"], made["scale"], made["movement"]) == (None, None, None)
