"""Reads the CC0 MakeHuman base mesh, its shape targets and the face units, with numpy only.

Coordinates are MakeHuman's: decimetres, y up, z towards the viewer. Blender's z is up and its
-y comes towards the viewer: to_blender and from_blender turn one into the other.
"""

import gzip
from pathlib import Path

import numpy as np


def to_blender(points):
    points = np.asarray(points)
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1)


def from_blender(points):
    points = np.asarray(points)
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1)


def smoothstep(value):
    value = np.clip(value, 0, 1)
    return value * value * (3 - 2 * value)


def bump(points, centre, radii):
    """A soft blob: 1 at the centre, falling off with the given radius on each axis."""
    return np.exp(-(((points - np.array(centre)) / np.array(radii)) ** 2).sum(axis=-1))


class BaseMesh:
    def __init__(self, data):
        self.data = Path(data)
        self.faces = {}  # group name -> faces, each a list of (vertex, texture vertex)
        vertices, texture, group = [], [], None
        with (self.data / "mpfb2/3dobjs/base.obj").open(encoding="utf-8") as lines:
            for line in lines:
                kind, *values = line.split() or [""]
                if kind == "v":
                    vertices.append([float(v) for v in values[:3]])
                elif kind == "vt":
                    texture.append([float(v) for v in values[:2]])
                elif kind == "g":
                    group = values[0]
                elif kind == "f":
                    face = [tuple(int(i) - 1 for i in v.split("/")[:2]) for v in values]
                    self.faces.setdefault(group, []).append(face)
        self.vertices = np.array(vertices)
        self.texture = np.array(texture)
        self.units = {}

    def read_target(self, path):
        """A target lists, for the vertices it moves, by how much."""
        moved = np.zeros_like(self.vertices)
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                if line.strip() and not line.startswith("#"):
                    index, *offset = line.split()
                    moved[int(index)] = [float(v) for v in offset]
        return moved

    def face_unit(self, name):
        if name not in self.units:
            path = self.data / f"faceunits01/targets/faceunits/{name}.target"
            self.units[name] = self.read_target(path)
        return self.units[name]

    def shaped(self, recipe):
        """The mesh with every target of the recipe; one named l-… is done on both sides."""
        vertices = self.vertices.copy()
        for name, weight in recipe.items():
            folder, _, leaf = name.rpartition("/")
            leaves = [leaf, "r-" + leaf[2:]] if leaf.startswith("l-") else [leaf]
            for one in leaves:
                path = self.data / f"mpfb2/targets/{folder}/{one}.target.gz"
                vertices += weight * self.read_target(path)
        return vertices

    def group(self, name):
        return np.array(sorted({vertex for face in self.faces[name] for vertex, _ in face}))
