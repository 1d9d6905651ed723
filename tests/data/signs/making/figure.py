"""A body that can be posed: MakeHuman's base mesh, its skeleton, and two arms that reach.

Coordinates are MakeHuman's: decimetres, x to the body's left, y up, z towards the viewer. An arm is
told where its wrist goes, where its fingers point, where its palm looks and how far each finger is
curled; the elbow follows.
"""

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MAKING = Path(__file__).parents[4] / "server/visavis/personas/iris/portrait/making"
sys.path.insert(0, str(MAKING))

from basemesh import BaseMesh  # noqa: E402

FINGERS = ("thumb", "index", "middle", "ring", "pinky")
BENDS = {"thumb": (25, 45, 50)}
"""Degrees that the joints of a finger bend when it is wholly curled."""
USUAL_BENDS = (75, 95, 60)
OUTWARD = {"l": 1.0, "r": -1.0}


@dataclass(frozen=True)
class Arm:
    """Wrist in shoulder widths from the shoulders' middle, two directions, five curls of 0..1."""

    wrist: np.ndarray
    fingers: np.ndarray
    palm: np.ndarray
    curls: np.ndarray

    def towards(self, other: "Arm", share: float) -> "Arm":
        """Between this arm and another."""
        mixed = (a + (b - a) * share for a, b in zip(self.parts(), other.parts(), strict=True))
        return Arm(*mixed)

    def parts(self) -> tuple[np.ndarray, ...]:
        return self.wrist, self.fingers, self.palm, self.curls


def unit(vector):
    return np.asarray(vector, float) / max(float(np.linalg.norm(vector)), 1e-9)


def turn(axis, angle):
    """The rotation about an axis by an angle in radians."""
    x, y, z = unit(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


def align(one, other):
    """The smallest rotation that takes one direction to another."""
    one, other = unit(one), unit(other)
    axis = np.cross(one, other)
    length = float(np.linalg.norm(axis))
    return np.eye(3) if length < 1e-6 else turn(axis, math.atan2(length, one @ other))


def across(vector, axis):
    """The part of a direction that is square to an axis."""
    return unit(vector - axis * (vector @ axis))


class Figure:
    """One person: shaped once, then posed as often as wanted."""

    def __init__(self, data: Path, recipe: dict[str, float]) -> None:
        self.mesh = BaseMesh(data)
        self.vertices = self.mesh.shaped(recipe)
        rigs = Path(data) / "mpfb2/rigs/standard"
        self.rig = json.loads((rigs / "rig.game_engine.json").read_text())
        weights = json.loads((rigs / "weights.game_engine.json").read_text())["weights"]
        self.bones = self._in_order()
        self.joints = {bone: self._joint(bone) for bone in self.bones}
        self.skin = []
        self.total = np.zeros(len(self.vertices))
        self.is_hand = np.zeros(len(self.vertices), bool)
        for bone in self.bones:
            pairs = weights.get(bone) or []
            index = np.array([vertex for vertex, _ in pairs], int)
            share = np.array([weight for _, weight in pairs])
            self.total[index] += share
            self.skin.append((index, share[:, None]))
            if bone.startswith(("hand", *FINGERS)):
                self.is_hand[index[share > 0.3]] = True
        left, right = self.joints["upperarm_l"], self.joints["upperarm_r"]
        self.middle = (left + right) / 2
        self.width = float(np.linalg.norm(left - right))

    def smooth(self, faces: np.ndarray, times: int) -> None:
        """Let the skin under some faces hang like cloth: corners move to the mean of their
        neighbours, but for those at the hem."""
        following = np.roll(faces, -1, axis=1).ravel()
        one = np.concatenate([faces.ravel(), following])
        other = np.concatenate([following, faces.ravel()])
        count = np.bincount(one, minlength=len(self.vertices))
        pairs, uses = np.unique(np.sort(np.stack([one, other]), axis=0), axis=1, return_counts=True)
        free = count > 0
        free[pairs[:, uses == 2]] = False  # an edge inside is met from both of its faces
        for _ in range(times):
            total = np.zeros_like(self.vertices)
            np.add.at(total, one, self.vertices[other])
            self.vertices[free] = total[free] / count[free, None]

    def posed(self, arms: dict[str, Arm], nod: float = 0.0, sway: float = 0.0) -> np.ndarray:
        """(V, 3) with both arms where they should be; nod and sway of the head in radians."""
        turns = {"neck_01": turn((0, 0, 1), sway / 2), "head": turn((1, 0, 0), nod)}
        turns["head"] = turns["head"] @ turn((0, 0, 1), sway)
        for side, arm in arms.items():
            turns |= self._arm(side, arm)
        rotations, places = {}, {}
        moved = np.zeros_like(self.vertices)
        for bone, (index, share) in zip(self.bones, self.skin, strict=True):
            parent, joint = self.rig[bone].get("parent"), self.joints[bone]
            if parent:
                places[bone] = rotations[parent] @ (joint - self.joints[parent]) + places[parent]
            else:
                places[bone] = joint
            rotations[bone] = turns.get(bone, rotations.get(parent, np.eye(3)))
            rest = self.vertices[index] - joint
            moved[index] += share * (rest @ rotations[bone].T + places[bone])
        bound = self.total > 0.01
        moved[bound] /= self.total[bound, None]
        moved[~bound] = self.vertices[~bound]
        return moved

    def _arm(self, side: str, arm: Arm) -> dict[str, np.ndarray]:
        """The rotations of an arm's bones, all against the body."""
        shoulder, elbow, wrist, knuckle, index, pinky = (
            self.joints[f"{bone}_{side}"]
            for bone in ("upperarm", "lowerarm", "hand", "middle_01", "index_01", "pinky_01")
        )
        upper, lower = np.linalg.norm(elbow - shoulder), np.linalg.norm(wrist - elbow)
        way = self.middle + arm.wrist * self.width - shoulder
        reach = float(np.clip(np.linalg.norm(way), abs(upper - lower) + 0.4, upper + lower - 0.02))
        way = unit(way)
        pole = across(np.array([0.45 * OUTWARD[side], -1, -0.25]), way)
        along = (upper**2 - lower**2 + reach**2) / (2 * reach)
        bend = way * along + pole * math.sqrt(max(upper**2 - along**2, 0.0))
        fore = unit(way * reach - bend)
        turns = {f"upperarm_{side}": align(elbow - shoulder, bend)}
        plain = align(wrist - elbow, fore)
        fingers0 = unit(knuckle - wrist)
        palm0 = np.cross(index - wrist, pinky - wrist)
        palm0 = across(palm0 * np.sign(palm0 @ np.array([-OUTWARD[side], -0.6, 0])), fingers0)
        fingers = unit(arm.fingers)
        palm = across(arm.palm, fingers)
        was = np.stack([fingers0, palm0, np.cross(fingers0, palm0)], axis=1)
        now = np.stack([fingers, palm, np.cross(fingers, palm)], axis=1)
        hand = now @ was.T
        before, after = across(plain @ palm0, fore), across(hand @ palm0, fore)
        twist = math.atan2(np.cross(before, after) @ fore, before @ after)
        turns[f"lowerarm_{side}"] = turn(fore, twist / 2) @ plain
        turns[f"hand_{side}"] = hand
        hinge = np.cross(fingers0, palm0)
        for finger, curl in zip(FINGERS, arm.curls, strict=True):
            total = hand
            for number, degrees in enumerate(BENDS.get(finger, USUAL_BENDS), 1):
                total = total @ turn(hinge, math.radians(degrees) * float(curl))
                turns[f"{finger}_0{number}_{side}"] = total
        return turns

    def _in_order(self) -> list[str]:
        """Every bone after its parent."""
        order: list[str] = []
        while len(order) < len(self.rig):
            for bone, what in self.rig.items():
                if bone not in order and (not what.get("parent") or what["parent"] in order):
                    order.append(bone)
        return order

    def _joint(self, bone: str) -> np.ndarray:
        head = self.rig[bone]["head"]
        if head["strategy"] == "CUBE":
            return self.vertices[self.mesh.group(head["cube_name"])].mean(axis=0)
        index = head.get("vertex_indices") or [head["vertex_index"]]
        return self.vertices[index].mean(axis=0)
