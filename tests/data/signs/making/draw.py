"""A bent body as a picture: quads from the farthest to the nearest, lit by two lamps."""

import cv2
import numpy as np
from mesh import Mesh
from signs import Manner

SIZE = (480, 360)
"""(width, height) px."""
_FINE = 2
_LOOKS = {
    "one": {"skin": (205, 158, 132), "shirt": (52, 92, 104), "hair": (46, 33, 26)},
    "two": {"skin": (146, 102, 78), "shirt": (150, 146, 138), "hair": (24, 20, 20)},
}
_LAMPS = ((np.array([-0.5, 0.6, 0.8]), 0.62), (np.array([0.8, 0.2, 0.5]), 0.28))


class Painter:
    """Of one person."""

    def __init__(self, mesh: Mesh, person: str) -> None:
        self._mesh = mesh
        eyes = [mesh.groups["helper-l-eye"], mesh.groups["helper-r-eye"]]
        body = mesh.groups["body"]
        self._quads = np.concatenate([body, *eyes])
        self._colours = self._coloured(len(body), _LOOKS[person])

    def _coloured(self, skin: int, looks: dict[str, tuple[int, int, int]]) -> np.ndarray:
        """(Q, 3) RGB of each quad, by where it is on the body at rest."""
        mesh = self._mesh
        at = mesh.points[self._quads].mean(axis=1)
        colours = np.tile(np.array(looks["skin"], float), (len(at), 1))
        left, right = (mesh.points[np.unique(mesh.groups[f"helper-{s}-eye"])] for s in ("l", "r"))
        eye = (left.mean(axis=0) + right.mean(axis=0)) / 2
        neck = mesh.joints["neck_01"][1] + 0.1
        wrist = abs(mesh.joints["hand_r"][0]) - 0.3
        colours[(at[:, 1] < neck) & (abs(at[:, 0]) < wrist)] = looks["shirt"]
        line = np.interp(
            at[:, 2] - eye[2], [-2.2, -1.2, -0.7, -0.4, 0.1], [-0.7, -0.2, 0.1, 0.45, 0.75]
        )
        colours[at[:, 1] - eye[1] > line] = looks["hair"]
        aside = abs(abs(at[:, 0]) - left.mean(axis=0)[0])
        front = at[:, 2] > eye[2] - 0.3
        brow = front & (aside < 0.22) & (abs(at[:, 1] - eye[1] - 0.24) < 0.05)
        colours[brow] = looks["hair"]
        low = at[:, 1] - eye[1]
        lips = front & (abs(at[:, 0]) < 0.24) & (low < -0.66) & (low > -0.86)
        colours[lips] = np.array(looks["skin"]) * [0.86, 0.62, 0.62]
        colours[skin:] = (235, 232, 228)
        for side in (left, right):
            pupil = side.mean(axis=0) * [1, 1, 0] + [0, 0, side[:, 2].max()]
            iris = np.linalg.norm(at[skin:] - pupil, axis=1) < 0.075
            colours[skin:][iris] = (48, 34, 28)
        return colours

    def picture(self, points: np.ndarray, how: Manner, random: np.random.Generator) -> np.ndarray:
        """uint8 (H, W, 3) RGB of vertices (V, 3)."""
        width, height = (side * _FINE for side in SIZE)
        middle = self._mesh.joints["neck_01"]
        scale = how.near * height / 8.2  # px a dm
        depth = 26.0
        shown = points - middle
        nearer = depth / (depth - shown[:, 2])
        x = width * (0.5 + how.body[0]) + shown[:, 0] * nearer * scale
        y = height * (0.42 + how.body[1]) - shown[:, 1] * nearer * scale
        flat = np.stack([x, y], axis=1)
        quads = self._quads
        corners = shown[quads]
        normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
        smooth = np.zeros_like(points)
        for corner in range(4):
            np.add.at(smooth, quads[:, corner], normals)
        normals = smooth[quads].sum(axis=1)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
        light = np.full(len(quads), 0.3)
        for lamp, strength in _LAMPS:
            light += strength * np.maximum(normals @ (lamp / np.linalg.norm(lamp)), 0)
        colours = np.clip(self._colours * light[:, None], 0, 255)
        image = _room(width, height)
        order = np.argsort(corners[:, :, 2].mean(axis=1))
        places = np.rint(flat[quads] * 16).astype(np.int32)
        facing = normals[:, 2] > -0.35
        for n in order[facing[order]]:
            cv2.fillConvexPoly(image, places[n], colours[n].tolist(), cv2.LINE_8, 4)
        small = cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA)
        noisy = small + random.normal(0, 1.0, small.shape)
        return np.clip(noisy, 0, 255).astype(np.uint8)


def _room(width: int, height: int) -> np.ndarray:
    rows = np.linspace(1.0, 0.8, height)[:, None, None]
    columns = np.linspace(0.92, 1.0, width)[None, :, None]
    return (np.array([168, 164, 156]) * rows * columns).astype(np.uint8)
