"""From where the hands are to how the arms' bones are turned."""

from typing import NamedTuple

import numpy as np
from mesh import Mesh

FINGERS = ("index", "middle", "ring", "pinky")


class Hand(NamedTuple):
    """Where a wrist is (in shoulder widths from the shoulders' middle; x to the person's left, y
    up, z to the front), where the fingers point, where the palm looks, how far it is closed."""

    wrist: np.ndarray
    fingers: np.ndarray
    palm: np.ndarray
    closed: float = 0.0


def bend(mesh: Mesh, hands: dict[str, Hand]) -> np.ndarray:
    """Vertices with both hands ("l", "r") where they are wanted."""
    turned: dict[str, np.ndarray] = {}
    curled: dict[str, np.ndarray] = {}
    left, right = mesh.joints["upperarm_l"], mesh.joints["upperarm_r"]
    middle, width = (left + right) / 2, np.linalg.norm(left - right)
    for side, hand in hands.items():
        shoulder = mesh.joints[f"upperarm_{side}"]
        elbow, wrist = mesh.joints[f"lowerarm_{side}"], mesh.joints[f"hand_{side}"]
        upper, lower = np.linalg.norm(elbow - shoulder), np.linalg.norm(wrist - elbow)
        out = 1.0 if side == "l" else -1.0
        wanted = middle + width * hand.wrist
        new_elbow, new_wrist = _reach(shoulder, wanted, upper, lower, out)
        turned[f"upperarm_{side}"] = _align(elbow - shoulder, new_elbow - shoulder)
        along = _unit(new_wrist - new_elbow)
        plain = _align(wrist - elbow, along)
        knuckle = mesh.joints[f"middle_01_{side}"]
        across = mesh.joints[f"index_01_{side}"] - mesh.joints[f"pinky_01_{side}"]
        palm = _unit(np.cross(knuckle - wrist, across)) * -out
        whole = _frame(hand.fingers, hand.palm) @ _frame(knuckle - wrist, palm).T
        twist = _angle(plain @ palm, whole @ palm, along)
        turned[f"lowerarm_{side}"] = _turn(along, twist / 2) @ plain
        turned[f"hand_{side}"] = whole
        axis = np.cross(knuckle - wrist, palm)
        for finger in FINGERS:
            for part, much in (("01", 1.1), ("02", 1.5), ("03", 0.9)):
                curled[f"{finger}_{part}_{side}"] = _turn(axis, hand.closed * much)
        for part in ("02", "03"):
            curled[f"thumb_{part}_{side}"] = _turn(axis, hand.closed * 0.5)
    return mesh.bent(turned, curled)


def _reach(
    shoulder: np.ndarray, wrist: np.ndarray, upper: float, lower: float, out: float
) -> tuple[np.ndarray, np.ndarray]:
    """Elbow and wrist: two bones that reach as far as they can; elbows hang down and outwards."""
    way = wrist - shoulder
    far = min(float(np.linalg.norm(way)), (upper + lower) * 0.995)
    along = _unit(way)
    wrist = shoulder + along * far
    reach = (upper**2 - lower**2 + far**2) / (2 * far)
    aside = np.sqrt(max(upper**2 - reach**2, 0.0))
    hang = np.array([0.45 * out, -1.0, -0.25])
    hang = _unit(hang - along * (hang @ along))
    return shoulder + along * reach + hang * aside, wrist


def _unit(way: np.ndarray) -> np.ndarray:
    return way / np.linalg.norm(way)


def _turn(axis: np.ndarray, angle: float) -> np.ndarray:
    x, y, z = _unit(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def _align(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    one, other = _unit(one), _unit(other)
    axis = np.cross(one, other)
    size = float(np.linalg.norm(axis))
    return np.eye(3) if size < 1e-6 else _turn(axis, np.arctan2(size, one @ other))


def _frame(along: np.ndarray, normal: np.ndarray) -> np.ndarray:
    along = _unit(along)
    normal = _unit(normal - along * (normal @ along))
    return np.stack([along, normal, np.cross(along, normal)], axis=1)


def _angle(one: np.ndarray, other: np.ndarray, axis: np.ndarray) -> float:
    one, other = (way - axis * (way @ axis) for way in (one, other))
    return float(np.arctan2(np.cross(one, other) @ axis, one @ other))
