"""Pictures of a figure, painted face by face from back to front; a plain CPU needs some 50 ms each.

The faces of the mesh are some two pixels large, so each has one colour, lit by a lamp, a window and
the room. Depth is painted beside colour: what lies behind something near is darkened a little,
which sets a hand off from the face or chest behind it.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from figure import Figure

SIZE = (384, 288)
_FINE = 2
_SHIFT = 4
_LAMP = np.array([-0.5, 0.65, 0.6]) / np.linalg.norm([-0.5, 0.65, 0.6])
_WINDOW = np.array([0.8, 0.15, 0.55]) / np.linalg.norm([0.8, 0.15, 0.55])
_FAR = -60.0


@dataclass(frozen=True)
class Looks:
    """Colours of a person, 0..1 RGB."""

    skin: tuple[float, float, float] = (0.78, 0.56, 0.45)
    hair: tuple[float, float, float] = (0.13, 0.09, 0.07)
    top: tuple[float, float, float] = (0.16, 0.30, 0.38)
    iris: tuple[float, float, float] = (0.22, 0.14, 0.08)
    long_hair: bool = True


@dataclass(frozen=True)
class View:
    """Where the camera stands: a shoulder width and the shoulders' middle as shares of the picture,
    yaw and roll in radians, and the light."""

    width: float = 0.28
    centre: tuple[float, float] = (0.5, 0.52)
    yaw: float = 0.0
    roll: float = 0.0
    light: float = 1.0


class Painter:
    """Paints one figure; what doesn't change with its pose is done once."""

    def __init__(self, figure: Figure, looks: Looks, data: Path) -> None:
        self.figure = figure
        mesh, rest = figure.mesh, figure.vertices
        names = ["body", "helper-l-eye", "helper-r-eye"]
        faces = [(face, name) for name in names for face in mesh.faces[name] if len(face) == 4]
        self.faces = np.array([[vertex for vertex, _ in face] for face, _ in faces])
        texture = np.array([[point for _, point in face] for face, _ in faces])
        centre = rest[self.faces].mean(axis=1)
        colours = np.tile(np.array(looks.skin), (len(faces), 1))
        lips = cv2.imread(str(data / "mpfb2/textures/mpfb_lips.jpg"), cv2.IMREAD_GRAYSCALE)
        at = mesh.texture[texture].mean(axis=1)
        column = (at[:, 0] * (lips.shape[1] - 1)).astype(int).clip(0, lips.shape[1] - 1)
        row = ((1 - at[:, 1]) * (lips.shape[0] - 1)).astype(int).clip(0, lips.shape[0] - 1)
        share = (lips[row, column] / 255.0)[:, None] * 0.8
        colours = colours * (1 - share) + share * np.array([0.62, 0.26, 0.25])
        is_eye = np.array([name != "body" for _, name in faces])
        eyes = [rest[mesh.group(name)] for name in names[1:]]
        level = float(np.mean([eye[:, 1].mean() for eye in eyes]))
        front = float(np.mean([eye[:, 2].max() for eye in eyes]))
        for eye in eyes:
            middle = eye.mean(axis=0)
            off = np.hypot(centre[:, 0] - middle[0], centre[:, 1] - middle[1])
            ahead = is_eye & (centre[:, 2] > middle[2])
            mine = ahead & (abs(centre[:, 0] - middle[0]) < 0.3)
            colours[mine] = (0.93, 0.92, 0.9)
            colours[mine & (off < 0.075)] = looks.iris
            brow = ((centre[:, 0] - middle[0] * 1.06) / 0.24) ** 2
            brow += ((centre[:, 1] - level - 0.24) / 0.055) ** 2
            colours[(brow < 1) & (centre[:, 2] > front - 0.5)] = looks.hair
        line = np.interp(
            centre[:, 2] - front,
            [-2.5, -1.6, -1.25, -0.9, -0.5, 0.2],
            [-1.3, -0.9, -0.3, 0.1, 0.5, 0.72],
        )
        if not looks.long_hair:
            line += np.interp(centre[:, 2] - front, [-2.5, -1.2, 0], [0.5, 0.25, 0.05])
        is_hair = ~is_eye & (centre[:, 1] > level + line)
        colours[is_hair] = looks.hair
        neck = figure.joints["neck_01"][1]
        sleeve = abs(figure.joints["hand_r"][0]) - 0.25
        is_top = ~is_eye & (centre[:, 1] < neck + 0.15) & (abs(centre[:, 0]) < sleeve)
        is_top &= ~figure.is_hand[self.faces].any(axis=1)
        colours[is_top] = looks.top
        figure.smooth(self.faces[is_top], 15)
        front = is_top & (abs(centre[:, 0]) < 1.25) & (centre[:, 2] > figure.middle[2] + 0.3)
        figure.smooth(self.faces[front], 300)
        self.colours = colours
        self.gloss = np.where(is_top | is_hair, 0.0, 0.12)
        self.grown = np.zeros(len(rest))
        self.grown[np.unique(self.faces[is_top])] = 0.07
        self.grown[np.unique(self.faces[is_hair])] = 0.16
        self.is_eye = is_eye

    def painted(self, vertices: np.ndarray, view: View, room: np.ndarray) -> np.ndarray:
        """A picture of SIZE, uint8 RGB, of posed vertices before a room (H, W, 3) of 0..1."""
        figure = self.figure
        points = (vertices - figure.middle) @ _yaw(view.yaw).T
        normals = self._normals(points)
        points = points + normals * self.grown[:, None]
        wide, high = SIZE[0] * _FINE, SIZE[1] * _FINE
        unit_px = view.width * wide / figure.width
        distance = 15.0
        scale = unit_px * distance / (distance - points[:, 2])
        roll = np.array([[np.cos(view.roll), -np.sin(view.roll)],
                         [np.sin(view.roll), np.cos(view.roll)]])  # fmt: skip
        flat = (points[:, :2] * [1, -1] * scale[:, None]) @ roll.T
        flat += np.array(view.centre) * (wide, high)
        corners = flat[self.faces]
        one, two = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
        facing = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0] < 0
        inside = ((corners > -40) & (corners < (wide + 40, high + 40))).all(axis=(1, 2))
        shown = np.flatnonzero(facing & inside)
        depth = points[self.faces, 2].mean(axis=1)
        shown = shown[np.argsort(depth[shown])]
        lit = self._lit(normals, shown, view.light)
        canvas = np.empty((high, wide, 4), np.float32)
        canvas[..., :3] = cv2.resize(room, (wide, high)) * view.light
        canvas[..., 3] = _FAR
        whole = np.round(corners[shown] * (1 << _SHIFT)).astype(np.int32)
        for corner, colour, z in zip(whole, lit.tolist(), depth[shown].tolist(), strict=True):
            cv2.fillConvexPoly(canvas, corner, (*colour, z), cv2.LINE_8, _SHIFT)
        return _finished(canvas)

    def _normals(self, points: np.ndarray) -> np.ndarray:
        corners = points[self.faces]
        each = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
        normals = np.zeros_like(points)
        for corner in range(4):
            np.add.at(normals, self.faces[:, corner], each)
        return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)

    def _lit(self, normals: np.ndarray, shown: np.ndarray, light: float) -> np.ndarray:
        """The colours of the faces shown."""
        normal = normals[self.faces[shown]].mean(axis=1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        lamp, window = (np.clip(normal @ way, 0, 1) for way in (_LAMP, _WINDOW))
        level = 0.42 + 0.55 * lamp + 0.22 * window + 0.08 * normal[:, 1]
        half = _LAMP + np.array([0, 0, 1])
        half /= np.linalg.norm(half)
        gloss = self.gloss[shown] * np.clip(normal @ half, 0, 1) ** 20
        return ((self.colours[shown] * level[:, None] + gloss[:, None]) * light).clip(0, 1)


def _yaw(angle: float) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])


def _finished(canvas: np.ndarray) -> np.ndarray:
    """The canvas with darkness round what is near, at its final size."""
    depth = np.maximum(canvas[..., 3], -8)
    nearer = cv2.GaussianBlur(depth, (0, 0), 7) - depth
    shade = 1 - 0.30 * np.clip(nearer / 2.5, 0, 1)
    small = cv2.resize(canvas[..., :3] * shade[..., None], SIZE, interpolation=cv2.INTER_AREA)
    return (small.clip(0, 1) * 255).astype(np.uint8)


def room(random: np.random.Generator) -> np.ndarray:
    """A wall with a picture and a shelf, (H, W, 3) of 0..1, different each time."""
    wide, high = SIZE
    tint = 0.62 + 0.12 * random.random(3)
    fall = (
        np.linspace(1.05, 0.85, wide)[None, :, None] * np.linspace(1.03, 0.9, high)[:, None, None]
    )
    wall = (tint * fall).astype(np.float32)
    left = int(random.uniform(0.02, 0.1) * wide)
    colour = random.uniform(0.25, 0.5, 3).tolist()
    cv2.rectangle(wall, (left, 30), (left + 52, 95), [0.3, 0.25, 0.2], -1)
    cv2.rectangle(wall, (left + 4, 34), (left + 48, 91), colour, -1)
    shelf = int(random.uniform(0.8, 0.88) * wide)
    cv2.rectangle(wall, (shelf, 120), (wide, 126), [0.4, 0.32, 0.25], -1)
    for book in range(5):
        x = shelf + 4 + book * 11
        top = int(random.uniform(82, 96))
        cv2.rectangle(wall, (x, top), (x + 9, 119), random.uniform(0.2, 0.6, 3).tolist(), -1)
    return cv2.GaussianBlur(wall, (0, 0), 2.0)
