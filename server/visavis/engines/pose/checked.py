"""The door of the poses: what they see is landmarks of the shapes in `features`, or a fault."""

from typing import Any

import numpy as np

from visavis.engines import checks
from visavis.engines.pose.features import SHAPES, Landmarks


class BadPose(ValueError):
    """What looks at pictures gave what can't be used; the sentence says what."""


def described(answer: Any) -> tuple[str, str, dict[str, Any]]:
    """Name, version and parameters of what finds the landmarks. Raises `BadPose`."""
    try:
        encoder, version, parameters = answer
        checks.text("its name", encoder)
        checks.text("its version", version)
        checks.mapping("its parameters", parameters)
    except (TypeError, ValueError) as error:
        raise BadPose(f"the poses describe themselves wrongly: {error}") from error
    return encoder, version, dict(parameters)


def landmarks(answer: Any, encoder: str) -> Landmarks:
    """The same landmarks. Raises `BadPose`, which names their ``encoder``."""
    if not isinstance(answer, Landmarks):
        raise BadPose(f"{encoder} saw {type(answer).__name__} and no landmarks")
    for part, shape in SHAPES.items():
        points = getattr(answer, part)
        kind, found = getattr(points, "dtype", type(points).__name__), getattr(points, "shape", "")
        if not isinstance(points, np.ndarray) or kind != np.float32 or found != shape:
            raise BadPose(f"{encoder}: its {part} is {kind} {found}, not float32 {shape}")
    try:
        checks.number(f"{encoder}: its t_ms", answer.t_ms)
    except ValueError as error:
        raise BadPose(str(error)) from None
    return answer
