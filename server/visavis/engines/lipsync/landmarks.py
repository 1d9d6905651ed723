"""Where the parts of a face are: MediaPipe FaceMesh, 478 points with irises.

"Left" and "right" are the picture's, not the person's. Contours run from left to right.
"""

from importlib.util import find_spec

import cv2
import numpy as np
from numpy.typing import NDArray

UPPER_INNER_LIP = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER_LIP = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
UPPER_OUTER_LIP = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LOWER_OUTER_LIP = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
MOUTH_CORNERS = (61, 291)
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
FACE_TOP, CHIN, FACE_LEFT, FACE_RIGHT = 10, 152, 234, 454
NOSE_BASE = 2
LEFT_EYE_UPPER = (33, 246, 161, 160, 159, 158, 157, 173, 133)
LEFT_EYE_LOWER = (33, 7, 163, 144, 145, 153, 154, 155, 133)
LEFT_BROW = (46, 53, 52, 65, 55)
LEFT_IRIS = (468, 469, 470, 471, 472)
RIGHT_EYE_UPPER = (362, 398, 384, 385, 386, 387, 388, 466, 263)
RIGHT_EYE_LOWER = (362, 382, 381, 380, 374, 373, 390, 249, 263)
RIGHT_BROW = (285, 295, 282, 283, 276)
RIGHT_IRIS = (473, 474, 475, 476, 477)
SKIN = 468
"""The points before this one lie on the skin; the rest are the irises."""

Points = NDArray[np.float32]
"""(478, 3) float32: x and y in px of the picture, z in the same unit, smaller is nearer."""


class NoFace(ValueError):
    """The picture shows no face that could be animated, or no picture could be read."""


def find_landmarks(image: NDArray[np.uint8]) -> Points:
    """The points of the one face in ``image`` (h, w, 3) BGR.

    Takes about 0.2 s and loads MediaPipe (2 s the first time). Raises NoFace.
    """
    if find_spec("mediapipe") is None:
        raise NoFace("finding a face in a photo takes mediapipe: pip install 'visavis[pose]'")
    from mediapipe.python.solutions.face_mesh import FaceMesh

    with FaceMesh(static_image_mode=True, max_num_faces=2, refine_landmarks=True) as mesh:
        faces = mesh.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).multi_face_landmarks
    if not faces:
        raise NoFace("no face was found in the picture: use a frontal portrait of one person")
    height, width = image.shape[:2]
    found = [
        np.array([(p.x * width, p.y * height, p.z * width) for p in face.landmark], np.float32)
        for face in faces
    ]
    return max(found, key=lambda points: float(np.ptp(points[:, 0])))
