"""What the system made of a stretch of landmarks: who was there, where, and how much moved."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from visavis.engines.pose.features import PARTS, Landmarks


def interpretation(frames: Sequence[Landmarks]) -> dict[str, Any]:
    """Of one or more frames, for JSON.

    ``seen``: the share of frames in which each part was seen; ``centre``: the face's, as fractions
    of the picture (median); ``scale``: the face's height as a fraction of the picture's;
    ``movement``: of the face's centre, in face heights a second (median). The last three are None
    where no face was seen (for movement: in two frames).
    """
    mask = np.stack([frame.mask for frame in frames])
    seen = {part: round(float(share), 3) for part, share in zip(PARTS, mask.mean(0), strict=True)}
    face = mask[:, PARTS.index("face")]
    centre, scale, movement = None, None, None
    if face.any():
        points = np.stack([frame.face[:, :2] for frame in frames])[face]
        times = np.array([frame.t_ms for frame in frames])[face] / 1000
        low, high = points.min(1), points.max(1)
        centres = (low + high) / 2
        centre = [round(float(value), 3) for value in np.median(centres, 0)]
        scale = round(float(np.median((high - low)[:, 1])), 3)
        spans = np.diff(times)
        moved = np.linalg.norm(np.diff(centres, axis=0), axis=1)[spans > 0]
        if moved.size and scale:
            movement = round(float(np.median(moved / spans[spans > 0])) / scale, 3)
    return {"seen": seen, "centre": centre, "scale": scale, "movement": movement}
