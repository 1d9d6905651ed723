"""The MakeHuman base mesh (CC0) with its rig, read and bent with NumPy only. Units are decimetres;
x points to the person's left, y up, z to the front."""

import gzip
import json
from pathlib import Path

import numpy as np

SHAPES = {
    "one": {
        "macrodetails/caucasian-female-young": 0.5,
        "macrodetails/asian-female-young": 0.25,
        "macrodetails/african-female-young": 0.25,
        "macrodetails/universal-female-young-averagemuscle-averageweight": 1.0,
        "macrodetails/proportions/female-young-averagemuscle-averageweight-idealproportions": 0.6,
    },
    "two": {
        "macrodetails/african-male-young": 0.6,
        "macrodetails/caucasian-male-young": 0.4,
        "macrodetails/universal-male-young-averagemuscle-averageweight": 1.0,
    },
}


class Mesh:
    """Vertices (V, 3), quads of the drawn groups, joints and skin weights."""

    def __init__(self, data: Path, person: str) -> None:
        points, groups, group = [], {}, ""
        for line in (data / "3dobjs/base.obj").read_text().splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "v":
                points.append([float(x) for x in rest.split()])
            elif kind == "g":
                group = rest
            elif kind == "f":
                corners = [int(corner.split("/")[0]) - 1 for corner in rest.split()]
                groups.setdefault(group, []).append(corners)
        self.points = np.array(points)
        for name, weight in SHAPES[person].items():
            self.points += weight * _target(data / f"targets/{name}.target.gz", len(points))
        self.groups = {name: np.array(quads) for name, quads in groups.items()}
        rig = data / "rigs/standard"
        self.bones = json.loads((rig / "rig.game_engine.json").read_text())
        weights = json.loads((rig / "weights.game_engine.json").read_text())["weights"]
        self.weights = {
            bone: (np.array([v for v, _ in some], int), np.array([w for _, w in some]))
            for bone, some in weights.items()
            if some and bone in self.bones
        }
        self.joints = {bone: self._joint(bone) for bone in self.bones}

    def _joint(self, bone: str) -> np.ndarray:
        head = self.bones[bone]["head"]
        if head.get("strategy") == "CUBE":
            return self.points[np.unique(self.groups[head["cube_name"]])].mean(axis=0)
        return self.points[head.get("vertex_indices", [0])].mean(axis=0)

    def bent(self, turned: dict[str, np.ndarray], curled: dict[str, np.ndarray]) -> np.ndarray:
        """Vertices (V, 3) by linear blend skinning. `turned`: (3, 3) rotations of bones as the
        world sees them; `curled`: rotations on top of the parent's."""
        turns: dict[str, np.ndarray] = {}
        places: dict[str, np.ndarray] = {}

        def solve(bone: str) -> None:
            if bone in turns:
                return
            parent = self.bones[bone].get("parent")
            if not parent:
                turns[bone], places[bone] = turned.get(bone, np.eye(3)), self.joints[bone]
                return
            solve(parent)
            places[bone] = places[parent] + turns[parent] @ (
                self.joints[bone] - self.joints[parent]
            )
            inherited = turns[parent] @ curled.get(bone, np.eye(3))
            turns[bone] = turned.get(bone, inherited)

        moved, total = np.zeros_like(self.points), np.zeros(len(self.points))
        for bone in self.bones:
            solve(bone)
            if bone in self.weights:
                which, much = self.weights[bone]
                at = (self.points[which] - self.joints[bone]) @ turns[bone].T + places[bone]
                moved[which] += much[:, None] * at
                total[which] += much
        held = total > 0.01
        moved[held] /= total[held, None]
        moved[~held] = self.points[~held]
        head = (self.points[~held] - self.joints["head"]) @ turns["head"].T + places["head"]
        near = np.linalg.norm(self.points[~held] - self.joints["head"], axis=1) < 3
        moved[~held] = np.where(near[:, None], head, moved[~held])  # the eyes have no weights
        return moved


def _target(path: Path, count: int) -> np.ndarray:
    moves = np.zeros((count, 3))
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if line[0] != "#" and line.strip():
                vertex, *way = line.split()
                moves[int(vertex)] = [float(x) for x in way]
    return moves
