"""What looks at pictures and gives nonsense is told so at the door."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from visavis.engines.pose.checked import BadPose, described, landmarks
from visavis.engines.pose.features import SHAPES, Landmarks

PARTS = {part: np.zeros(shape, np.float32) for part, shape in SHAPES.items()}
GOOD = Landmarks(**PARTS, t_ms=1.0)


@pytest.mark.parametrize("answer", [None, 5, ("a", "1"), ("a", 1, {}), ("a", "1", None)])
def test_a_wrong_description_is_refused(answer: Any) -> None:
    with pytest.raises(BadPose, match="describe themselves wrongly"):
        described(answer)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "saw NoneType"),
        (replace(GOOD, pose=GOOD.face), "its pose is float32"),
        (replace(GOOD, face=GOOD.face.astype(np.float64)), "its face is float64"),
        (replace(GOOD, left_hand=None), "its left_hand is NoneType"),  # type: ignore[arg-type]
        (replace(GOOD, t_ms=float("nan")), "its t_ms is nan"),
    ],
)
def test_what_are_no_landmarks_is_refused(answer: Any, told: str) -> None:
    with pytest.raises(BadPose, match=f"^eye.*{told}"):
        landmarks(answer, "eye")


def test_what_is_whole_passes() -> None:
    assert described(("eye", "1", {"a": 1})) == ("eye", "1", {"a": 1})
    assert landmarks(GOOD, "eye") is GOOD
