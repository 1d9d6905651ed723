"""Who she is, and every image of the set: its name, what it shows, the face units that make it."""

from dataclasses import dataclass, field

import numpy as np
from basemesh import smoothstep

SIDES = ("Left", "Right")

# Weights of the MakeHuman targets that make her head; l-… stands for both sides.
RECIPE = {
    "macrodetails/caucasian-female-young": 0.50,
    "macrodetails/asian-female-young": 0.24,
    "macrodetails/african-female-young": 0.20,
    "macrodetails/caucasian-female-old": 0.06,
    "macrodetails/universal-female-young-averagemuscle-averageweight": 1.0,
    "macrodetails/proportions/female-young-averagemuscle-averageweight-idealproportions": 0.6,
    "head/head-oval": 0.60,
    "head/head-scale-horiz-decr": 0.35,
    "head/head-scale-vert-decr": 0.15,
    "eyes/l-eye-scale-incr": 0.80,
    "eyes/l-eye-eyefold-concave": 0.45,
    "eyes/l-eye-trans-in": 0.15,
    "mouth/mouth-scale-horiz-incr": 0.15,
    "mouth/mouth-lowerlip-volume-incr": 0.30,
    "mouth/mouth-upperlip-volume-incr": 0.25,
    "mouth/mouth-cupidsbow-incr": 0.35,
    "mouth/mouth-angles-up": 0.20,
    "nose/nose-scale-horiz-decr": 0.25,
    "nose/nose-point-width-decr": 0.15,
    "chin/chin-width-decr": 0.25,
    "cheek/l-cheek-volume-incr": 0.15,
    "cheek/l-cheek-bones-incr": 0.30,
}


def both(name, weight):
    return {name + "Left": weight, name + "Right": weight}


# What her face does when it does nothing.
REST = {
    **both("mouthSmile", 0.46),
    "browInnerUp": 0.11,
    **both("cheekSquint", 0.23),
    **both("eyeSquint", 0.07),
    **both("mouthUpperUp", -0.07),
    **both("mouthLowerDown", -0.08),  # lips meet in the corners
}

# Which part of the frame is rendered anew (left, bottom, right, top as fractions of the frame);
# the rest is the neutral image's.
REGIONS = {
    "all": None,
    "mouth": (0.31, 0.22, 0.69, 0.54),
    "lips": (0.34, 0.24, 0.66, 0.51),  # for shapes that hardly move the jaw
    "eyes": (0.31, 0.54, 0.69, 0.73),
    "face": (0.29, 0.22, 0.71, 0.73),
}


@dataclass(frozen=True)
class Shape:
    name: str
    kind: str  # rest, mouth, eyes, gaze or brows
    what: str
    units: dict = field(default_factory=dict)
    region: str = "mouth"
    smile: float | None = None  # instead of the resting smile
    gaze: tuple = (0.0, 0.0)  # degrees to her left, degrees up
    tongue: tuple = (0.0, 0.0)  # moved up and forward, in decimetres
    upper_teeth: tuple = (0.0, 0.0)  # the same
    lower_teeth: float = 0.0  # moved up
    narrow: float = 0.0  # how far the mouth is drawn in from the sides
    round: float = 0.0  # how far its opening turns from a lens into an oval

    @property
    def blink(self):
        return self.units.get("eyeBlinkLeft", 0.0)

    @property
    def lips_closed(self):
        return "jawOpen" not in self.units

    def weights(self):
        """The resting face with this shape's units on top."""
        total = dict(REST)
        if self.smile is not None:
            total.update(both("mouthSmile", self.smile))
        for name, weight in self.units.items():
            total[name] = total.get(name, 0) + weight
        return total


SHAPES = [
    Shape("neutral", "rest", "at rest: lips closed, a hint of a smile", region="all"),
    Shape(
        "smile",
        "mouth",
        "a warm smile with closed lips",
        {**both("mouthSmile", 0.30), **both("cheekSquint", 0.38), **both("eyeSquint", 0.28)},
        region="face",
    ),
    Shape(
        "grin",
        "mouth",
        "a happy smile that shows the upper teeth",
        {
            **both("mouthSmile", 0.34),
            **both("cheekSquint", 0.45),
            **both("eyeSquint", 0.35),
            **both("mouthUpperUp", 0.32),
            **both("mouthLowerDown", 0.30),
            "jawOpen": 0.07,
        },
        region="face",
    ),
    Shape("closed", "eyes", "eyes closed", both("eyeBlink", 1.0), region="eyes"),
    Shape("half", "eyes", "eyes half closed, as in a blink", both("eyeBlink", 0.5), region="eyes"),
    Shape(
        "asleep",
        "rest",
        "asleep: eyes closed, face slack",
        {**both("eyeBlink", 1.0), **both("browDown", 0.08)},
        region="face",
        smile=0.10,
    ),
    Shape(
        "brows",
        "brows",
        "brows raised",
        {"browInnerUp": 0.45, **both("browOuterUp", 0.40), **both("eyeWide", 0.15)},
        region="eyes",
    ),
    Shape(
        "left",
        "gaze",
        "looking to the left of the picture",
        {"eyeLookOutRight": 0.5, "eyeLookInLeft": 0.5},
        region="eyes",
        gaze=(-16, 0),
    ),
    Shape(
        "right",
        "gaze",
        "looking to the right of the picture",
        {"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5},
        region="eyes",
        gaze=(16, 0),
    ),
    Shape("up", "gaze", "looking up", both("eyeLookUp", 0.6), region="eyes", gaze=(0, 12)),
    Shape("down", "gaze", "looking down", both("eyeLookDown", 0.6), region="eyes", gaze=(0, -14)),
    Shape(
        "aa",
        "mouth",
        "a of father: open",
        {"jawOpen": 0.50, **both("mouthLowerDown", 0.20), **both("mouthUpperUp", 0.10)},
        smile=0.15,
    ),
    Shape(
        "E",
        "mouth",
        "e of bed: half open, a little wide",
        {
            "jawOpen": 0.24,
            **both("mouthStretch", 0.20),
            **both("mouthUpperUp", 0.15),
            **both("mouthLowerDown", 0.28),
        },
        region="lips",
    ),
    Shape(
        "ih",
        "mouth",
        "i of bit and see: narrowly open, wide",
        {
            "jawOpen": 0.10,
            **both("mouthSmile", 0.12),
            **both("mouthUpperUp", 0.18),
            **both("mouthLowerDown", 0.32),
        },
        region="lips",
    ),
    Shape(
        "oh",
        "mouth",
        "o of more: rounded, half open",
        {"jawOpen": 0.31, "mouthFunnel": 0.45, "mouthPucker": 0.55, "mouthShrugLower": 0.10},
        smile=0.0,
        narrow=0.20,
        round=0.9,
        lower_teeth=-0.07,
    ),
    Shape(
        "ou",
        "mouth",
        "oo of who: puckered, a small opening",
        {"jawOpen": 0.08, "mouthPucker": 0.85, "mouthFunnel": 0.40},
        smile=0.0,
        narrow=0.30,
        round=0.9,
        region="lips",
    ),
    Shape(
        "PP",
        "mouth",
        "p, b, m: lips lightly pressed together",
        {
            **both("mouthPress", 0.25),
            "mouthRollLower": 0.28,
            "mouthRollUpper": 0.25,
            **both("mouthUpperUp", -0.10),
            **both("mouthLowerDown", -0.12),
        },
        smile=0.08,
        region="lips",
    ),
    Shape(
        "FF",
        "mouth",
        "f, v: upper teeth on the lower lip",
        {
            "jawOpen": 0.09,
            "mouthRollLower": 0.55,
            "mouthShrugLower": 0.07,
            "jawForward": -0.45,
            **both("mouthUpperUp", 0.46),
        },
        smile=0.10,
        upper_teeth=(-0.012, 0.004),
        region="lips",
    ),
    Shape(
        "TH",
        "mouth",
        "th: tongue tip between the teeth",
        {
            "jawOpen": 0.17,
            "tongueOut": 0.42,
            **both("mouthUpperUp", 0.18),
            **both("mouthLowerDown", 0.22),
        },
        smile=0.15,
        tongue=(0.03, 0.06),
        region="lips",
    ),
    Shape(
        "DD",
        "mouth",
        "d, t, n, l: tongue tip behind the upper teeth",
        {
            "jawOpen": 0.20,
            "tongueOut": 0.22,
            **both("mouthUpperUp", 0.12),
            **both("mouthLowerDown", 0.26),
        },
        smile=0.18,
        tongue=(0.06, 0.06),
        region="lips",
    ),
    Shape(
        "SS",
        "mouth",
        "s, z: teeth together",
        {
            "jawOpen": 0.02,
            **both("mouthStretch", 0.18),
            **both("mouthUpperUp", 0.28),
            **both("mouthLowerDown", 0.40),
        },
        region="lips",
    ),
    Shape(
        "CH",
        "mouth",
        "sh, ch, j: teeth together, lips pushed forward",
        {"jawOpen": 0.04, "mouthFunnel": 0.60, "mouthPucker": 0.20},
        smile=0.0,
        narrow=0.06,
        round=0.5,
        region="lips",
    ),
    Shape(
        "RR",
        "mouth",
        "r: lips a little rounded",
        {"jawOpen": 0.13, "mouthFunnel": 0.30, "mouthPucker": 0.35},
        smile=0.05,
        narrow=0.04,
        round=0.5,
        region="lips",
    ),
    Shape("wide", "mouth", "wide open", {"jawOpen": 0.85}, smile=0.12),
]
BY_NAME = {shape.name: shape for shape in SHAPES}


def purse(base, vertices, narrow, rounded):
    """Draws the mouth in and rounds its opening; the face units alone leave pointed corners."""
    corners = [np.abs(base.face_unit(f"mouthStretch{side}")[:, 0]).argmax() for side in SIDES]
    skin = base.group("body")
    points = vertices[skin]
    centre, half = vertices[corners].mean(axis=0), np.ptp(vertices[corners, 0]) / 2
    x, y = points[:, 0], points[:, 1] - centre[1]
    near = np.exp(-((x / (2.0 * half)) ** 2) - (y / 0.26) ** 2)
    near *= smoothstep((points[:, 2] - centre[2] + 0.45) / 0.3)
    across = np.clip(np.abs(x) / half, 0, 0.9)
    taller = 1 / np.sqrt(1 - across**2) - 1
    points[:, 0] -= x * narrow * near
    points[:, 1] += y * rounded * near * np.minimum(taller, 0.8)
    vertices[skin] = points
    return vertices


def pose(base, rest, shape):
    """The head's vertices with the shape's face units."""
    vertices = rest.copy()
    for name, weight in shape.weights().items():
        vertices += weight * base.face_unit(name)
    if shape.narrow or shape.round:
        vertices = purse(base, vertices, shape.narrow, shape.round)
    return vertices
