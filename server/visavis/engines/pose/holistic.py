"""MediaPipe Holistic: 543 landmarks of one person in a picture.

Meant to live in a `compute.Worker` of its own, one for each caller being watched: it follows
the person from frame to frame. Complexity 1 comes in the mediapipe wheel; mediapipe would load
the others from its maker's server without being asked, so they are refused unless they are
there already.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mediapipe
import numpy as np
from mediapipe.python.solutions.holistic import Holistic as _Graph
from numpy.typing import NDArray

from visavis.engines.pose.features import SHAPES, Landmarks

ENCODER = "mediapipe-holistic"
VERSION = version("mediapipe")
_NOBODY = np.zeros((480, 640, 3), np.uint8)
"""A first picture, so that the caller's own doesn't wait for the models to be loaded."""
_MODELS = {0: "lite", 1: "full", 2: "heavy"}


class Holistic:
    """Landmarks of the most prominent person, frame after frame."""

    def __init__(self, complexity: int = 1) -> None:
        """Load the graph, about 0.3 s. Raises FileNotFoundError without that model's file."""
        root = Path(mediapipe.__file__).parent / "modules" / "pose_landmark"
        model = root / f"pose_landmark_{_MODELS[complexity]}.tflite"
        if not model.exists():
            raise FileNotFoundError(
                f"The pose model of complexity {complexity} isn't here ({model.name}). "
                "Set pose.complexity to 1, which comes with mediapipe."
            )
        self._parameters = {"complexity": complexity}
        with _stderr_closed():
            self._graph = _Graph(model_complexity=complexity, refine_face_landmarks=False)
            self._graph.process(_NOBODY)

    def detect(self, rgb: NDArray[np.uint8], t_ms: float) -> Landmarks:
        """Landmarks in one picture, uint8 (H, W, 3) RGB, taken at `t_ms` on the media clock.

        About 47 ms at 640x480. Raises ValueError for another shape or dtype.
        """
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape:
            raise ValueError(f"expected a uint8 (H, W, 3) picture, got {rgb.dtype} {rgb.shape}")
        found = self._graph.process(rgb)
        return Landmarks(
            **{part: _points(getattr(found, f"{part}_landmarks"), part) for part in SHAPES},
            t_ms=t_ms,
        )

    def describe(self) -> tuple[str, str, dict[str, Any]]:
        """Name, version and parameters of what finds the landmarks, for `features.Header`."""
        return ENCODER, VERSION, self._parameters

    def reset(self) -> None:
        """Forget the person: the next picture is the first of another caller. About 0.3 s."""
        with _stderr_closed():
            self._graph.reset()
            self._graph.process(_NOBODY)


@contextmanager
def _stderr_closed() -> Iterator[None]:
    """Drop what native code prints while it starts; no setting of its own silences it."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def _points(landmarks: Any, part: str) -> NDArray[np.float32]:
    """A landmark list as an array of the part's shape; None as NaN."""
    if landmarks is None:
        return np.full(SHAPES[part], np.nan, np.float32)
    points = [(p.x, p.y, p.z, p.visibility) for p in landmarks.landmark]
    return np.array(points, np.float32)[:, : SHAPES[part][1]]
