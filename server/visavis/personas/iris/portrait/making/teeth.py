"""Two arches of rounded teeth, set along MakeHuman's helper for the upper teeth."""

import math

import numpy as np

# Points of the base mesh along the bite edge of the upper arch, from the middle outwards.
ARCH = [
    (0, 6.6, 1.468),
    (0.089, 6.604, 1.464),
    (0.174, 6.62, 1.412),
    (0.221, 6.64, 1.342),
    (0.252, 6.657, 1.26),
    (0.284, 6.676, 1.173),
    (0.297, 6.688, 1.104),
]
UPPER_WIDTHS = [0.085, 0.066, 0.074, 0.070, 0.068, 0.09]
UPPER_HEIGHTS = [0.100, 0.088, 0.096, 0.084, 0.080, 0.075]
LOWER_WIDTHS = [0.054, 0.060, 0.068, 0.070, 0.070, 0.10]
LOWER_HEIGHTS = [0.085, 0.085, 0.092, 0.080, 0.075, 0.07]
# A little lower and further forward than the helper strip.
DOWN, FORWARD = -0.035, 0.03


def one_tooth(width, depth, height, taper, steps=14):
    """A rounded box: a sphere whose coordinates are raised to small powers."""
    around, up = np.meshgrid(
        np.linspace(-np.pi, np.pi, 2 * steps, endpoint=False),
        np.linspace(-np.pi / 2, np.pi / 2, steps),
    )

    def power(values, exponent):
        return np.sign(values) * np.abs(values) ** exponent

    x = width / 2 * power(np.cos(up), 0.45) * power(np.cos(around), 0.55)
    y = depth / 2 * power(np.cos(up), 0.5) * power(np.sin(around), 0.7)
    z = height / 2 * power(np.sin(up), 0.55)
    x = x * (1 - taper * (z / height + 0.5))
    ring = 2 * steps
    faces = [
        [
            i * ring + j,
            i * ring + (j + 1) % ring,
            (i + 1) * ring + (j + 1) % ring,
            (i + 1) * ring + j,
        ]
        for i in range(steps - 1)
        for j in range(ring)
    ]
    return np.stack([x, y, z], axis=-1).reshape(-1, 3), faces


def arch_points(base, shaped):
    ids = base.group("helper-upper-teeth")
    original = base.vertices[ids]
    nearest = [ids[np.argmin(((original - point) ** 2).sum(axis=1))] for point in np.array(ARCH)]
    points = shaped[nearest]
    points[:, 2] = np.maximum.accumulate(points[::-1, 2])[::-1]
    return points


def set_in_arch(points, widths, heights):
    """Teeth side by side along the arch, mirrored; all stand above the bite edge."""
    along = np.r_[0, np.cumsum(np.hypot(np.diff(points[:, 0]), np.diff(points[:, 2])))]
    vertices, faces, start = [], [], 0.0
    for width, height in zip(widths, heights, strict=True):
        middle = start + width / 2
        start += width
        x, z = (np.interp(middle, along, points[:, axis]) for axis in (0, 2))
        before, after = max(middle - 0.03, 0), middle + 0.03
        run = np.interp(after, along, points[:, 0]) - np.interp(before, along, points[:, 0])
        rise = np.interp(after, along, points[:, 2]) - np.interp(before, along, points[:, 2])
        angle = math.atan2(-rise, run)
        # Small teeth sit a hair higher, which keeps the bite edge from being a ruler's.
        y = points[0, 1] + height / 2 + (0 if height > 0.09 else 0.005)
        y += 0.03 * max(0, middle - 0.2)
        for side in (1, -1):
            tooth, quads = one_tooth(width * 1.08, 0.085, height, 0.10)
            px = x + tooth[:, 0] * math.cos(angle) + tooth[:, 1] * math.sin(angle)
            pz = z - 0.015 + tooth[:, 1] * math.cos(angle) - tooth[:, 0] * math.sin(angle)
            offset = sum(len(v) for v in vertices)
            vertices.append(np.stack([px * side, y + tooth[:, 2], pz], axis=-1))
            faces += [[i + offset for i in (q if side > 0 else q[::-1])] for q in quads]
    return np.concatenate(vertices), faces


def upper_arch(base, shaped):
    points, faces = set_in_arch(arch_points(base, shaped), UPPER_WIDTHS, UPPER_HEIGHTS)
    return points + np.array([0, DOWN, FORWARD]), faces


def lower_arch(base, shaped):
    """The upper arch upside down, further in, its edge just behind the upper one's."""
    edge = arch_points(base, shaped)
    points, faces = set_in_arch(edge, LOWER_WIDTHS, LOWER_HEIGHTS)
    points = points * [0.97, -1, 1]
    points[:, 1] += 2 * edge[0, 1] + 0.014 + DOWN
    points[:, 2] += FORWARD - 0.05
    return points, faces
